"""What surrounds the faces: enlarged by Lanczos, or by a super-resolution model in tiles."""

import cv2
import numpy as np

from bfrbench.errors import RestorerFailed
from bfrbench.pixels import check_image
from bfrbench.types import Image, Restorer

TILE = 400  # px a side, as the field's scripts cut
PAD = 16  # px around a tile that the model sees too


def enlarge(image: Image, upscale: int, model: Restorer | None = None) -> Image:
    """H×W → (upscale·H)×(upscale·W), by Lanczos, or by a model that enlarges by any whole factor.

    A model works on tiles, so that memory is bounded; its result is averaged down or enlarged further to
    `upscale`. At 1 without a model the picture is returned as it is. Raises RestorerFailed when the model
    gives no picture, or one of another shape.
    """
    if model is None:
        return image if upscale == 1 else _resized(image, upscale * image.shape[1], upscale * image.shape[0])
    height, width = image.shape[:2]
    canvas = np.empty((height * upscale, width * upscale, 3), np.uint8)
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            _tile(canvas, image, top, left, upscale=upscale, model=model)
    return canvas


def _tile(canvas: Image, image: Image, top: int, left: int, *, upscale: int, model: Restorer) -> None:
    bottom, right = min(top + TILE, image.shape[0]), min(left + TILE, image.shape[1])
    y0, x0 = max(0, top - PAD), max(0, left - PAD)
    padded = np.ascontiguousarray(image[y0 : bottom + PAD, x0 : right + PAD])
    large = _resized(_call(model, padded), padded.shape[1] * upscale, padded.shape[0] * upscale)
    inner = large[(top - y0) * upscale :, (left - x0) * upscale :]
    height, width = (bottom - top) * upscale, (right - left) * upscale
    canvas[top * upscale : bottom * upscale, left * upscale : right * upscale] = inner[:height, :width]


def _call(model: Restorer, tile: Image) -> Image:
    try:
        [large] = model([tile])
        check_image(large, "the result")
    except Exception as error:  # a model is anybody's code
        raise RestorerFailed(f"{model.name} could not enlarge the background: {error}.") from error
    factor = large.shape[0] / tile.shape[0]
    if factor < 1 or large.shape[:2] != (factor * tile.shape[0], factor * tile.shape[1]):
        raise RestorerFailed(
            f"{model.name} made {large.shape[1]}×{large.shape[0]} px of {tile.shape[1]}×{tile.shape[0]}: "
            "a background model enlarges both sides by one factor."
        )
    return large


def _resized(image: Image, width: int, height: int) -> Image:
    if image.shape[1::-1] == (width, height):
        return image
    shrinks = width < image.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), dtype=np.uint8)
