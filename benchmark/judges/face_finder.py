"""What a detector sees in a picture: the largest face's five points, or that there is none.

Frozen landmarks are the rule; metrics called `-detected` use these instead, and `detect/…` counts faces.
"""

from functools import cache, partial

import numpy as np

from bfrbench.benchmark.judges.judge import Judge, NoFaceSeen, Picture, Vector
from bfrbench.detection import DETECTORS, Detector, open_detector
from bfrbench.types import Landmarks


def face_finder(detector: str) -> Judge[Vector]:
    """The judge that looks through one of the table of detectors, at the score which that table states.

    It sees the ten coordinates of the largest face's points, x0, y0, …; or nothing, an empty vector.
    """
    return Judge(f"{detector}/largest-face", 1, partial(_look, detector), DETECTORS[detector].weights)


def points_found(finder: Judge[Vector], picture: Picture) -> Landmarks:
    """The largest face's points; raises NoFaceSeen when there is no face."""
    seen = picture.through(finder)
    if not seen.size:
        raise NoFaceSeen(f"{finder.id.partition('/')[0]} finds no face.")
    return seen.reshape(5, 2).astype(np.float64)


def _look(detector: str, picture: Picture) -> Vector:
    faces = _detector(detector)(picture.image)
    points = faces[0].landmarks if faces else np.zeros((0, 2))
    return points.astype(np.float32).ravel()


@cache
def _detector(name: str) -> Detector:
    return open_detector(name)
