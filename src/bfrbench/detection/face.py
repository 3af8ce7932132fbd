"""What a detector says: faces with five points, in the pixels of the picture it was given."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.types import Image, Landmarks

Boxes = NDArray[np.float64]
"""N×4: x0, y0, x1, y1."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face. Boxes and points may reach past the picture's edge; a pixel's centre is an integer."""

    box: tuple[float, float, float, float]  # x0, y0, x1, y1
    landmarks: Landmarks  # 5×2, see types.Landmarks
    score: float  # 0..1, of this detector; scores of two detectors do not compare

    @property
    def size(self) -> float:
        """The longer side of the box, in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


Detector = Callable[[Image], list[Face]]
"""H×W×3 uint8 RGB in; faces out, the largest first."""


def as_faces(boxes: Boxes, landmarks: NDArray[np.float64], scores: NDArray[np.float64]) -> list[Face]:
    """Faces from N×4 boxes, N×5×2 points and N scores."""
    rows = zip(boxes.tolist(), landmarks, scores.tolist(), strict=True)
    return [
        Face((x0, y0, x1, y1), np.array(points, np.float64), score)
        for (x0, y0, x1, y1), points, score in rows
    ]


def not_overlapping(boxes: Boxes, scores: NDArray[np.float64], threshold: float) -> list[int]:
    """Non-maximum suppression: indices to keep, best score first, no two with IoU above `threshold`."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    keep: list[int] = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best, left = left[0], left[1:]
        keep.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        left = left[shared <= threshold * (area[best] + area[left] - shared)]
    return keep


@dataclass(frozen=True, slots=True)
class Bounded:
    """A detector on a copy of the picture whose longer side is at most `max_side` pixels.

    Memory and time then do not grow with the picture. Faces come back in the picture's own pixels; those
    below about 20 px in the copy are out of sight. A detector that was not made for faces above `largest`
    pixels takes a second look at a quarter of the copy's size for them.
    """

    find: Detector
    max_side: int
    min_score: float
    largest: int | None = None  # px in the copy; None: it sees any size

    def __call__(self, image: Image) -> list[Face]:
        """Faces that score at least `min_score`, the largest first."""
        longer = max(image.shape[:2])
        side = min(longer, self.max_side)
        faces = self._look(image, side)
        if self.largest is not None and side > self.largest:
            limit = self.largest * longer / side
            faces = [face for face in faces if face.size <= limit]
            large = [face for face in self._look(image, side // 4) if face.size > 0.75 * limit]
            faces += [face for face in large if not any(overlap(face, other) > 0.4 for other in faces)]
        return sorted(faces, key=lambda face: (-face.size, *face.box))

    def _look(self, image: Image, side: int) -> list[Face]:
        """Faces that are seen in a copy whose longer side is `side`."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        back = np.array([width / size[0], height / size[1]])
        found = self.find(np.asarray(small, dtype=np.uint8))
        return [_enlarged(face, back) for face in found if face.score >= self.min_score]


def overlap(one: Face, other: Face) -> float:
    """Intersection of the boxes over their union, 0..1."""
    low, high = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    area = sum((face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in (one, other))
    return shared / (area - shared) if area > shared else 0.0


def _enlarged(face: Face, factor: NDArray[np.float64]) -> Face:
    # pixel centres are integers: x = (x' + 1/2)·factor - 1/2
    box = (np.reshape(face.box, (2, 2)) + 0.5) * factor - 0.5
    x0, y0, x1, y1 = box.ravel().tolist()
    return Face((x0, y0, x1, y1), (face.landmarks + 0.5) * factor - 0.5, face.score)
