"""Resize without antialiasing, the way the field shrinks its faces."""

from collections.abc import Mapping
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Interpolation = Literal["linear", "cubic", "area"]
Pixels = Annotated[int, Field(ge=1, le=2**20)]

INTERPOLATIONS: Mapping[Interpolation, int] = {
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


@dataclass(frozen=True, kw_only=True, config=STEP)
class Resample:
    """Resize to height×width pixels."""

    op: Literal["resample"] = "resample"
    height: Pixels
    width: Pixels
    interpolation: Interpolation = "linear"


def resample(image: UnitImage, step: Resample) -> UnitImage:
    """Resize with half-pixel centres, by cv2.resize.

    "linear" looks at the four nearest pixels even when it shrinks: the aliasing is part of what the
    field calls downsampling. Only "area" averages.
    """
    size = (step.width, step.height)
    resized = cv2.resize(image, size, interpolation=INTERPOLATIONS[step.interpolation])
    return np.asarray(resized, dtype=np.float32)
