"""Exposure: more or less light, as a camera or an enlarger would have had it."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.iso_noise import gamma_encoded, linear_light


@dataclass(frozen=True, kw_only=True, config=STEP)
class Exposure:
    """Stops of light: +1 doubles it. `linear`: in linear light; else the stored values themselves."""

    op: Literal["exposure"] = "exposure"
    stops: Annotated[float, Field(ge=-16, le=16)]
    linear: bool = True


def exposure(image: UnitImage, step: Exposure) -> UnitImage:
    """Multiply by 2^stops and clip to 0..1, between sRGB's decoding and encoding.

    With `linear` off it is RestoreFormer++'s exposure, which scales the stored values.
    """
    if step.stops == 0:
        return image
    gain = np.float32(2.0**step.stops)
    if not step.linear:
        scaled: UnitImage = np.clip(image * gain, 0, 1)
        return scaled
    return gamma_encoded(np.clip(linear_light(np.clip(image, 0, 1)) * gain, 0, 1))
