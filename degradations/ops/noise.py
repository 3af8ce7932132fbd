"""Additive Gaussian noise."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import seeds
from bfrbench.degradations.ops import STEP, UnitImage


@dataclass(frozen=True, kw_only=True, config=STEP)
class GaussianNoise:
    """Sigma in levels of 255; grey noise has one value for the three channels of a pixel.

    The seed names the field; below 2⁵³, so that JSON, parquet and JavaScript all keep it.
    """

    op: Literal["noise"] = "noise"
    sigma: Annotated[float, Field(ge=0)]
    grey: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**53)]


def noise(image: UnitImage, step: GaussianNoise) -> UnitImage:
    """Add the step's field and clip to 0..1; nothing is rounded."""
    height, width = image.shape[:2]
    return add_field(image, noise_field(height, width, step))


def noise_field(height: int, width: int, step: GaussianNoise) -> UnitImage:
    """Height×width×3 (grey: ×1) normal numbers of standard deviation sigma/255, drawn as float32."""
    channels = 1 if step.grey else 3
    normal = seeds.generator(step.seed).standard_normal((height, width, channels), dtype=np.float32)
    normal *= np.float32(step.sigma / 255)
    return normal


def add_field(image: UnitImage, field: UnitImage) -> UnitImage:
    """Add a field that broadcasts to the image, and clip to 0..1."""
    noisy: UnitImage = image + field
    return np.clip(noisy, 0, 1, out=noisy)
