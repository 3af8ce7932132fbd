"""Restored faces back in their photograph: no seam, no shift, and memory for one strip at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bfrbench.reference_model.photo.align import Matrix
from bfrbench.reference_model.photo.masks import Weights
from bfrbench.types import Image

COLOUR_FLAGS = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
WEIGHT_FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
STRIP = 256  # rows of the photograph that are in floating point at once


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A restored face, where it comes from and where it counts."""

    image: Image  # F×F
    matrix: Matrix  # photograph (before upscaling) → crop
    size: int  # side of the crop that the matrix leads to
    weights: Weights  # F×F, 0..1
    strength: float = 1.0  # 0: the photograph, 1: the face


def paste(background: Image, faces: Sequence[Placed], *, upscale: int) -> Image:
    """The background with every face blended in, in order; a new picture.

    background: the photograph, already enlarged `upscale` times. A pixel (x, y) of it is the photograph's
    ((x + 1/2)/upscale - 1/2, …), which the matrix takes to the crop: so nothing moves, at any scale.
    """
    canvas = background.copy()
    for face in faces:
        _blend(canvas, face, upscale)
    return canvas


def _blend(canvas: Image, placed: Placed, upscale: int) -> None:
    to_crop = _square(placed.matrix) @ _rescaled(1 / upscale)
    to_face = _rescaled(placed.image.shape[0] / placed.size) @ to_crop
    image, weights, to_face = _shrunk(placed.image, placed.weights, to_face)
    left, top, right, bottom = _bounds(to_face, image.shape[0], canvas.shape)
    for start in range(top, bottom, STRIP):
        part = canvas[start : min(start + STRIP, bottom), left:right]
        matrix = (to_face @ _moved(left, start))[:2]
        size = (part.shape[1], part.shape[0])
        colour = cv2.warpAffine(image, matrix, size, flags=COLOUR_FLAGS, borderMode=cv2.BORDER_REPLICATE)
        alpha = placed.strength * cv2.warpAffine(weights, matrix, size, flags=WEIGHT_FLAGS)[:, :, None]
        part[:] = np.rint(part + alpha * (colour.astype(np.float32) - part)).astype(np.uint8)


def _shrunk(image: Image, weights: Weights, to_face: Matrix) -> tuple[Image, Weights, Matrix]:
    """The face averaged down when the photograph has less than half its resolution, so as not to alias."""
    k = int(np.sqrt(np.linalg.det(to_face[:2, :2])))
    if k < 2:
        return image, weights, to_face
    side = max(1, image.shape[0] // k)
    small, soft = (cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA) for x in (image, weights))
    shrink = _rescaled(side / image.shape[0])
    return np.asarray(small, np.uint8), np.asarray(soft, np.float32), shrink @ to_face


def _bounds(to_face: Matrix, side: int, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of the canvas that the face may touch: left, top, right, bottom."""
    corners = np.array([[x, y, 1.0] for x in (-1, side) for y in (-1, side)]).T
    places = np.linalg.inv(to_face)[:2] @ corners
    low = np.clip(np.floor(places.min(axis=1)), 0, shape[1::-1]).astype(int)
    high = np.clip(np.ceil(places.max(axis=1)) + 1, 0, shape[1::-1]).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _square(matrix: Matrix) -> Matrix:
    return np.vstack([matrix, [0, 0, 1]])


def _rescaled(factor: float) -> Matrix:
    """x → (x + 1/2)·factor - 1/2 in both directions, as 3×3."""
    shift = factor / 2 - 0.5
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


def _moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
