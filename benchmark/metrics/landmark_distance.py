"""LMD: how far the parts of the face have moved from where the HQ has them, for any landmarker.

With p the n points that a landmarker finds in the restored image and q those in the HQ, both in pixels of
the picture made 512×512:

- `lmd/NAME`: mean |p - q|, in pixels. What papers print for 512 px faces.
- `-normalised`: the same, as a fraction of the HQ's inter-ocular distance: comparable between face sizes.
- `-similarity`: mean |T p - q| with T the similarity (shift, turn, scale) of least squares: what is left is
  a change of shape, so that an alignment a pixel off costs nothing.
- `-affine`: the same with T the affine map of least squares, which also forgives a stretched or sheared face.

A landmarker's own noise is the floor: FAN's points lie on a grid of 2 px. FAN and the 68-point landmarker
always answer, also where there is no face: read `detect/…` beside them. MTCNN does not (state `no_face`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.alignment import TEMPLATE_512, crop_face, similarity
from bfrbench.benchmark.judges.face_finder import face_finder, points_found
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.types import Image, Landmarks

Points = NDArray[np.float64]
"""n×2, (x, y)."""

SIDE: Final = 512
"""Side in px of the picture in whose pixels distances are."""

# The square that the 68-point landmarker looks at, in px of the template at 512: middle and side. Detectors'
# boxes of template-aligned faces have this middle; at this side it is as exact as on their boxes.
_BOX_MIDDLE, _BOX_SIDE = np.array([256.0, 284.0]), 340.0
_BOX_CROP: Final = 64

BOX_TEMPLATE: Final[Landmarks] = (TEMPLATE_512 - _BOX_MIDDLE + _BOX_SIDE / 2 + 0.5) * (
    _BOX_CROP / _BOX_SIDE
) - 0.5
"""Where the five points lie in that square, in pixels of the 64×64 crop."""


@dataclass(frozen=True, slots=True)
class Landmarker:
    """Something that finds the same n points in every face."""

    judge: Judge[Vector]  # sees x0, y0, x1, … in px of the picture made 512×512
    eyes: tuple[int, int]  # the two points between which the inter-ocular distance is taken
    title: str
    source: str


def _look_fan98(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import fan  # noqa: PLC0415  # torch only when a judge starts

    return (fan.landmarks(picture.image) * (SIDE / fan.CELLS)).astype(np.float32).ravel()


def _look_fr68(picture: Picture) -> Vector:
    return _at_512(landmarks68(picture.image, picture.landmarks), picture.image)


def landmarks68(image: Image, landmarks: Landmarks) -> Points:
    """68 points of the face that the five frozen points frame, in pixels of the image."""
    from bfrbench.benchmark.judges import fr_networks  # noqa: PLC0415

    crop = crop_face(image, landmarks, _BOX_CROP, target=BOX_TEMPLATE)
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    matrix = similarity(landmarks, BOX_TEMPLATE)
    in_crop = fr_networks.landmarks(grey)
    return np.asarray(np.linalg.solve(matrix[:, :2], (in_crop - matrix[:, 2]).T).T, dtype=np.float64)


def _look_five(finder: Judge[Vector], picture: Picture) -> Vector:
    return _at_512(points_found(finder, picture), picture.image)


def _at_512(points: Points, image: Image) -> Vector:
    """Points of an image in pixels of the image made 512×512, where pixel centres are at n + 1/2."""
    scale = SIDE / np.array(image.shape[1::-1])
    return np.asarray((points + 0.5) * scale, dtype=np.float32).ravel()


_MTCNN: Final = face_finder("mtcnn")

LANDMARKERS: Final[dict[str, Landmarker]] = {
    "fan98": Landmarker(
        Judge("facexlib-fan98/whole", 1, _look_fan98, ("facexlib-fan98",)),
        eyes=(60, 72),  # outer corners, as WFLW normalises
        title="98 points (facexlib's FAN on the whole picture)",
        source="calculate_landmark_distance.py of VQFR; FAN with adaptive wing loss (Wang, Bo, Fuxin 2019)",
    ),
    "fr68": Landmarker(
        Judge("fr68/box", 1, _look_fr68, ("fr-landmark",), framed=True),
        eyes=(36, 45),  # outer corners, as 300-W normalises
        title="68 points (a small network where the frozen points frame the face)",
        source="fr_landmark of faceplugin-face-recognition-js",
    ),
    "mtcnn5": Landmarker(
        Judge("mtcnn/five", 1, partial(_look_five, _MTCNN), _MTCNN.weights),
        eyes=(0, 1),
        title="five points (of the largest face that MTCNN finds)",
        source="Zhang et al. 2016, as in facenet-pytorch",
    ),
}
"""Landmarkers by the name that metrics carry."""


def points_of(landmarker: Landmarker, picture: Picture) -> Points:
    """The landmarker's n points, in px of the picture made 512×512. Raises what its judge raises."""
    return picture.through(landmarker.judge).astype(np.float64).reshape(-1, 2)


def moved(p: Points, q: Points) -> float:
    """Mean |p - q|, in pixels."""
    return float(np.linalg.norm(p - q, axis=1).mean())


def normalised(eyes: tuple[int, int], p: Points, q: Points) -> float:
    """Mean |p - q| over the distance of the two eye points of q; ValueError when that is 0."""
    left, right = q[list(eyes)]
    between = float(np.linalg.norm(left - right))
    if between == 0:
        raise ValueError("The landmarker puts both eyes of the HQ at one point.")
    return moved(p, q) / between


def after_similarity(p: Points, q: Points) -> float:
    """Mean |T p - q|, T the similarity of least squares; ValueError when all p coincide."""
    if not np.ptp(p, axis=0).any():
        raise ValueError("All landmarks are at one point: no similarity takes them to a face.")
    matrix = similarity(p, q)
    return moved(p @ matrix[:, :2].T + matrix[:, 2], q)


def after_affine(p: Points, q: Points) -> float:
    """Mean |T p - q|, T the affine map of least squares; ValueError when all p lie on one line."""
    from_p = np.column_stack([p, np.ones(len(p))])
    best, _, rank, _ = np.linalg.lstsq(from_p, q, rcond=None)
    if rank < from_p.shape[1]:
        raise ValueError("All landmarks are on one line: no affine map takes them to a face.")
    return moved(from_p @ best, q)


Form = Callable[[Points, Points], float]


def lmd(landmarker: Landmarker, form: Form, restored: Picture, hq: Picture) -> float:
    """LMD in one of its forms, 0 and up, lower is better. Raises what the landmarker or the form raises."""
    return form(points_of(landmarker, restored), points_of(landmarker, hq))
