"""One photograph: read, find the face, measure, cut, write; and the row that tells of it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench import pixels
from bfrbench.alignment import crop_face, similarity, template
from bfrbench.degradations.align.limits import Limits, Measures, measure, others, why_not
from bfrbench.detection import Detector
from bfrbench.errors import UnreadableImage
from bfrbench.files import FileState, read_bytes
from bfrbench.types import Image, Landmarks

FACES, SET_ASIDE = "faces", "set-aside"
Recogniser = Callable[[Image, Landmarks], NDArray[np.float32]]
"""An aligned face and its five points in; a vector out, near for one person and far for two."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides what becomes of a photograph."""

    size: int = 512  # px of the crops
    detector: str = "mtcnn"  # its name, for the record
    recogniser: str = ""  # its name; '': nobody tells people apart
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph to look at."""

    file: str  # below the folder of photographs
    name: str  # of its crop, without suffix
    state: FileState  # when it was listed


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a photograph."""

    file: str
    name: str
    state: FileState  # an unchanged one is not looked at twice
    faces: int = 0  # as large as the limits count them
    reason: str = ""  # why it is skipped; '': it is kept
    message: str = ""  # by how much
    landmarks: tuple[float, ...] = ()  # x0, y0, ... x4, y4 in the crop
    measures: Measures | None = None  # None: no face
    look: str = ""  # 256 bits of the whole photograph, in hex: near for near-duplicates
    vector: str = ""  # of the recogniser: float32 in base64


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs; it must pickle."""

    photos: Path
    out: Path
    settings: Settings
    open_detector: Callable[[], Detector] = field(compare=False)
    open_recogniser: Callable[[], Recogniser] | None = field(compare=False, default=None)


@lru_cache(maxsize=1)
def tools(job: Job) -> tuple[Detector, Recogniser | None]:
    """The networks, opened once in every worker."""
    return job.open_detector(), job.open_recogniser() if job.open_recogniser else None


def look_at(photo: Photo, *, job: Job) -> Row:
    """Make the crop of a photograph, or say why there is none."""
    detector, recogniser = tools(job)
    row = Row(photo.file, photo.name, photo.state)
    settings, limits = job.settings, job.settings.limits
    try:
        image = pixels.decode_image(read_bytes(job.photos / photo.file), photo.file)
    except UnreadableImage as error:
        return replace(row, reason="unreadable", message=str(error))
    except OSError as error:
        return replace(
            row, reason="unreadable", message=f"{photo.file} cannot be opened: {error.strerror or error}."
        )
    faces = detector(image)
    if not faces:
        return replace(row, reason="no face", message=f"{settings.detector} finds none")
    face, count = faces[0], 1 + others(faces, limits)
    if np.ptp(face.landmarks, axis=0).min() < 1:
        return replace(row, faces=count, reason="no face", message="its five points lie in one line or place")
    crop = crop_face(image, face.landmarks, settings.size)
    measures = measure(face, image, crop)
    reason, message = why_not(measures, limits)
    if count > 1 and not limits.largest:
        reason, message = "several faces", f"{count} faces of like size"
    row = replace(row, faces=count, reason=reason, message=message, measures=measures)
    if reason:
        return row
    matrix = similarity(face.landmarks, template(settings.size))
    points = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    vector = recogniser(crop, points) if recogniser else np.zeros(0, np.float32)
    pixels.write_png(job.out / FACES / f"{photo.name}.png", crop)
    return replace(
        row,
        landmarks=tuple(round(float(value), 3) for value in points.ravel()),
        look=look_of(image).tobytes().hex(),
        vector=base64.b64encode(vector.astype("<f4").tobytes()).decode(),
    )


def look_of(image: Image) -> NDArray[np.uint8]:
    """256 bits of a picture, as 32 bytes: whether each cell of 16×16 is darker than its right neighbour.

    (The difference hash of Krawetz 2013, at 16×16.) A copy at another size or quality differs in few bits.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA)
    return np.packbits(cells[:, 1:] > cells[:, :-1])
