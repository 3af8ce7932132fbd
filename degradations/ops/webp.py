"""WebP: write and read again, by OpenCV's libwebp."""

from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import pixels
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.errors import InputError

MAX_SIDE = 16_383


@dataclass(frozen=True, kw_only=True, config=STEP)
class Webp:
    """Lossy WebP at an integer libwebp quality; its chroma is always 4:2:0."""

    op: Literal["webp"] = "webp"
    quality: Annotated[int, Field(ge=1, le=100)]


def webp(image: UnitImage, step: Webp) -> UnitImage:
    """Clip, round to 8 bits (half to even), compress, decode, back to 0..1.

    Raises InputError when a side is longer than WebP's 16,383 pixels.
    """
    height, width = image.shape[:2]
    if max(height, width) > MAX_SIDE:
        raise InputError(f"WebP holds sides of up to {MAX_SIDE:,} pixels; this image is {width}×{height}.")
    bgr = cv2.cvtColor(pixels.from_unit(image), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, step.quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return pixels.to_unit(np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8))
