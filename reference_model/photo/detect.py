"""Which faces of a photograph to restore, and why the others are left alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bfrbench.detection import Detector, Face
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants restored."""

    min_score: float = 0.9  # of the detector
    min_size: float = 20.0  # px of the photograph: the longer side of the face's box
    only_center: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A face, and why it is skipped ('': it is to be restored)."""

    face: Face
    skipped: str


def detect(image: Image, detector: Detector, choice: Choice) -> list[Found]:
    """All faces that the detector sees, the largest first, each to be restored or not."""
    faces = detector(image)
    center = _center_face(faces, image) if choice.only_center else None
    return [Found(face, _reason(face, choice, center)) for face in faces]


def _reason(face: Face, choice: Choice, center: Face | None) -> str:
    if face.score < choice.min_score:
        return f"below score: {face.score:.2f} of {choice.min_score:g}"
    if face.size < choice.min_size:
        return f"too small: {face.size:.0f} px of {choice.min_size:g}"
    spread = np.linalg.norm(face.landmarks - face.landmarks.mean(axis=0), axis=1)
    if not np.isfinite(spread).all() or spread.max() < 1:
        return "its five points lie in one place"
    if center is not None and face is not center:
        return "not the one in the middle"
    return ""


def _center_face(faces: Sequence[Face], image: Image) -> Face | None:
    middle = np.array(image.shape[1::-1]) / 2

    def distance(face: Face) -> float:
        return float(np.hypot(*(np.reshape(face.box, (2, 2)).mean(axis=0) - middle)))

    return min(faces, key=distance, default=None)
