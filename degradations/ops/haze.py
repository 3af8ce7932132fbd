"""Haze: a veil of even light."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage


@dataclass(frozen=True, kw_only=True, config=STEP)
class Haze:
    """How much of the image comes through (alpha 1: all of it), and the veil's level, 0..1 (1: white)."""

    op: Literal["haze"] = "haze"
    alpha: Annotated[float, Field(ge=0, le=1)]
    level: Annotated[float, Field(ge=0, le=1)] = 1.0


def haze(image: UnitImage, step: Haze) -> UnitImage:
    """alpha·image + (1 - alpha)·level: Koschmieder's law for one depth, as RestoreFormer++ adds it."""
    hazy: UnitImage = np.float32(step.alpha) * image + np.float32((1 - step.alpha) * step.level)
    return hazy
