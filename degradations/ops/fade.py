"""Fading: a print that lost its blacks and whites and turned yellow."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Level = Annotated[float, Field(ge=0, le=1)]

STAIN = np.array([0.03, 0.10, 0.35])
"""Optical density (red, green, blue) of the stain of old paper and gelatine, at yellowing 1.

The ratios are those in the whites of yellowed portraits of the 1900s to 1920s; the yellowest of 120 had
about 0.6.
"""


@dataclass(frozen=True, kw_only=True, config=STEP)
class Fade:
    """The levels, 0..1, that black and white have become, and how yellow the print has turned (0: not)."""

    op: Literal["fade"] = "fade"
    black: Level = 0.0
    white: Level = 1.0
    yellowing: Annotated[float, Field(ge=0, le=2)] = 0.0

    def __post_init__(self) -> None:
        if self.black > self.white:
            raise ValueError("black must not be lighter than white")


def fade(image: UnitImage, step: Fade) -> UnitImage:
    """(black + (white - black)·image)·10^(-yellowing·STAIN)."""
    stain = 10.0 ** (-step.yellowing * STAIN)
    contrast, black = (step.white - step.black) * stain, step.black * stain
    faded: UnitImage = image * contrast.astype(np.float32) + black.astype(np.float32)
    return faded
