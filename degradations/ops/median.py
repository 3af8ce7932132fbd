"""Median blur."""

from typing import Literal

import cv2
import numpy as np
from pydantic.dataclasses import dataclass

from bfrbench import pixels
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.blur import OddSize


@dataclass(frozen=True, kw_only=True, config=STEP)
class MedianBlur:
    """The median of size×size pixels, channel by channel; the border is replicated."""

    op: Literal["median"] = "median"
    size: OddSize


def median(image: UnitImage, step: MedianBlur) -> UnitImage:
    """Round to 8 bits and take each value's median (Huang, Yang and Tang 1979), by cv2.medianBlur.

    Both imgaug's MedianBlur and OpenCV's wide medians know 8 bits only.
    """
    levels = pixels.from_unit(image)
    if step.size > 1:
        levels = np.asarray(cv2.medianBlur(levels, step.size), dtype=np.uint8)
    return pixels.to_unit(levels)
