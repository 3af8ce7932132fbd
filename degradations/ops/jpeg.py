"""JPEG: write and read again, by OpenCV's libjpeg-turbo."""

from collections.abc import Mapping
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import pixels
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.errors import InputError

Chroma = Literal["4:4:4", "4:2:2", "4:2:0"]

SAMPLING_FACTORS: Mapping[Chroma, int] = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


@dataclass(frozen=True, kw_only=True, config=STEP)
class Jpeg:
    """An integer libjpeg quality and the chroma subsampling; 4:2:0 is what OpenCV does unasked."""

    op: Literal["jpeg"] = "jpeg"
    quality: Annotated[int, Field(ge=1, le=100)]
    chroma: Chroma = "4:2:0"


def jpeg(image: UnitImage, step: Jpeg) -> UnitImage:
    """Clip, round to 8 bits (half to even), compress, decode, back to 0..1.

    Raises InputError when a side is longer than JPEG's 65,500 pixels.
    """
    height, width = image.shape[:2]
    if max(height, width) > 65_500:
        raise InputError(f"JPEG holds sides of up to 65,500 pixels; this image is {width}×{height}.")
    bgr = cv2.cvtColor(pixels.from_unit(image), cv2.COLOR_RGB2BGR)
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        step.quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        SAMPLING_FACTORS[step.chroma],
    ]
    _, data = cv2.imencode(".jpg", bgr, settings)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return pixels.to_unit(np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8))
