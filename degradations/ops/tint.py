"""Prints of one colour: sepia, cyanotype and the like."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.colour import Grey, grey

Print = Literal["sepia", "warm", "green", "purple", "cyanotype"]

COLOURS: Mapping[Print, tuple[float, float, float]] = {
    "sepia": (0.58, 0.47, 0.31),
    "warm": (0.52, 0.49, 0.44),
    "green": (0.40, 0.53, 0.43),
    "purple": (0.48, 0.43, 0.54),
    "cyanotype": (0.22, 0.42, 0.62),
}
"""The colour of a mid tone, RGB 0..1.

The first four as scans of portraits of the 1900s to 1920s have it, at their strongest; Prussian blue by eye.
"""


@dataclass(frozen=True, kw_only=True, config=STEP)
class Tint:
    """What the print is toned in, and how much of its own colour is lost to that (1: all)."""

    op: Literal["tint"] = "tint"
    kind: Print
    amount: Annotated[float, Field(ge=0, le=1)] = 1.0


def tint(image: UnitImage, step: Tint) -> UnitImage:
    """Blend with a gradient from black over the print's colour to white, at the pixel's own luma.

    Luma (0.299 R + 0.587 G + 0.114 B) stays what it is, and 0..1 stays 0..1.
    """
    if step.amount == 0:
        return image
    luma = grey(image, Grey())
    colour = np.array(COLOURS[step.kind], dtype=np.float32)
    middle = colour @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    toned = np.where(luma < middle, luma * (colour / middle), 1 - (1 - luma) * ((1 - colour) / (1 - middle)))
    blended: UnitImage = image + np.float32(step.amount) * (toned - image)
    return blended
