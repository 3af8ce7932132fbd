"""Faces that every install has: scikit-image's astronaut and the group photograph inside insightface.

The landmarks stand here as numbers (found once by YuNet, checked by eye), so that the crops need no
detector and are the same everywhere.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from bfrbench.alignment import crop_face, similarity, template
from bfrbench.errors import InputError
from bfrbench.files import make_folder, write_text
from bfrbench.pixels import decode_image, write_png
from bfrbench.types import Landmarks


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph inside an installed package, and the faces in it."""

    package: str
    file: str
    sha256: str
    licence: str
    faces: dict[str, tuple[float, ...]]  # name -> x0, y0, ... x4, y4 in the photograph's pixels


PHOTOS: tuple[Photo, ...] = (
    Photo(
        package="skimage",
        file="data/astronaut.png",
        sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        licence="public domain (NASA)",
        faces={"astronaut": (203.35, 103.62, 247.52, 104.45, 224.10, 127.69, 203.96, 143.14, 242.91, 143.67)},
    ),
    Photo(
        package="insightface",
        file="data/images/t1.jpg",
        sha256="47f682e945b659f93a9e490b9c9c4a2a864abe64dace9e1a2893845ddfd69489",
        licence="sample picture of the insightface package; not to be republished",
        faces={
            "group-1": (85.46, 319.78, 129.98, 306.08, 118.39, 333.00, 103.35, 361.41, 141.84, 349.41),
            "group-2": (288.17, 206.03, 327.62, 196.20, 305.31, 225.99, 303.14, 247.73, 334.96, 239.30),
            "group-3": (491.17, 323.29, 540.73, 332.32, 508.47, 360.68, 484.00, 372.93, 527.99, 381.16),
            "group-4": (762.89, 400.10, 806.11, 400.48, 775.29, 427.27, 767.51, 443.74, 802.72, 443.76),
            "group-5": (915.36, 121.29, 941.97, 111.51, 919.49, 152.11, 931.58, 171.92, 954.95, 163.32),
            "group-6": (1156.19, 321.29, 1199.24, 322.51, 1172.45, 346.16, 1156.46, 365.13, 1192.88, 366.20),
        },
    ),
)

SOURCE = "scikit-image's astronaut and the group photograph inside insightface, cut by the demo"
LICENCE = "; ".join(f"{photo.package}: {photo.licence}" for photo in PHOTOS)


def write_embedded_faces(folder: Path, size: int = 128) -> Path:
    """Cut the embedded faces into `folder` as size×size PNGs; returns the index (CSV) beside them.

    The index holds file, person_id and the landmarks of each crop, in its pixels.
    Raises InputError when a package or its photograph is missing or another one.
    """
    make_folder(folder)
    rows = []
    for photo in PHOTOS:
        image = decode_image(_read(photo), photo.file)
        for name, numbers in photo.faces.items():
            points: Landmarks = np.array(numbers).reshape(5, 2)
            write_png(folder / f"{name}.png", crop_face(image, points, size))
            matrix = similarity(points, template(size))
            inside = points @ matrix[:, :2].T + matrix[:, 2]
            landmarks = ";".join(f"{value:.3f}" for value in inside.ravel())
            rows.append({"file": f"{name}.png", "person_id": name, "landmarks": landmarks})
    index = folder.with_name(folder.name + ".csv")
    write_text(index, pd.DataFrame(rows).to_csv(index=False))
    return index


def _read(photo: Photo) -> bytes:
    # looked up without importing: insightface takes seconds to import
    spec = find_spec(photo.package)
    places = list(spec.submodule_search_locations or []) if spec else []
    path = Path(places[0]) / photo.file if places else None
    if path is None or not path.is_file():
        raise InputError(
            f"{photo.package} with its {photo.file} is not installed: `pip install bfrbench` brings it."
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise InputError(f"{path} is not the photograph that the demo's landmarks belong to (other sha256).")
    return data
