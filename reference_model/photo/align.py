"""A face on the template that restorers are trained on, and the matrix that leads there."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.alignment import similarity, template
from bfrbench.types import Image, Landmarks

Matrix = NDArray[np.float64]
"""2×3: a pixel (x, y, 1) of the photograph → its place in the crop; pixel centres are integers."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """An aligned face."""

    image: Image  # size×size
    matrix: Matrix


def fit(landmarks: Landmarks, target: Landmarks) -> Matrix:
    """The similarity that takes five points to `target`, by least median of squares (facexlib's way).

    A point that is far off (a mouth behind a hand) is left out; when nothing fits so, all points count, by
    least squares. Raises ValueError when all points are one.
    """
    matrix, _ = cv2.estimateAffinePartial2D(landmarks, target, method=cv2.LMEDS)
    # OpenCV gives None for points in a heap
    found = np.asarray([] if matrix is None else matrix, dtype=np.float64)
    return found if found.size else similarity(landmarks, target)


def align(image: Image, landmarks: Landmarks, size: int) -> Crop:
    """Cut the size×size crop whose five points lie on the template.

    Bicubic; a face more than twice as large is averaged down, so that nothing aliases. Outside the picture
    it is mirrored. Raises ValueError when all points are one.
    """
    matrix = fit(landmarks, template(size))
    k = max(1, int(1 / np.sqrt(np.linalg.det(matrix[:, :2]))))
    part, left, top = _around(image, matrix, size)
    # k pixels for each of the crop's; the part's pixel (0, 0) is the picture's (left, top)
    large = k * matrix
    large[:, 2] += (k - 1) / 2 + large[:, :2] @ (left, top)
    warped = cv2.warpAffine(
        part, large, (k * size, k * size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    crop = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA) if k > 1 else warped
    return Crop(np.asarray(crop, dtype=np.uint8), matrix)


def _around(image: Image, matrix: Matrix, size: int) -> tuple[Image, int, int]:
    """The part of the picture that a crop needs, and where it begins; OpenCV warps no side over 32,767."""
    corners = np.array([[x, y] for x in (0, size) for y in (0, size)]) - matrix[:, 2]
    places = np.linalg.solve(matrix[:, :2], corners.T)
    limit = np.array(image.shape[1::-1])
    low = np.clip(places.min(axis=1).astype(int) - 4, 0, limit - 1)
    high = np.clip(places.max(axis=1).astype(int) + 5, low + 1, limit)
    return image[low[1] : high[1], low[0] : high[0]], int(low[0]), int(low[1])
