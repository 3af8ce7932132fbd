"""Sensor noise: what a high ISO setting adds, in linear light."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import seeds
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.noise import Seed


@dataclass(frozen=True, kw_only=True, config=STEP)
class IsoNoise:
    """Variance read + shot·x at the linear intensity x in 0..1; grey noise is the same in all channels.

    Cameras have shot 0.0001 (base ISO) to 0.012, and about log(read) = 2.18 log(shot) + 1.20 ± 0.26
    (Brooks et al. 2019, §3.1, from the Darmstadt Noise Dataset).
    """

    op: Literal["iso"] = "iso"
    read: Annotated[float, Field(ge=0, le=1)]
    shot: Annotated[float, Field(ge=0, le=1)]
    grey: bool = False
    seed: Seed


def iso_noise(image: UnitImage, step: IsoNoise) -> UnitImage:
    """sRGB to linear light, x + √(read + shot·x)·n with n normal, clip, and back to sRGB.

    The Gaussian form of Poissonian–Gaussian noise (Foi et al. 2008), as Brooks et al. 2019 (Unprocessing
    Images for Learned Raw Denoising) add it; without their mosaic, colour matrix and white balance.
    """
    height, width = image.shape[:2]
    linear = linear_light(np.clip(image, 0, 1))
    normal = seeds.generator(step.seed).standard_normal(
        (height, width, 1 if step.grey else 3), dtype=np.float32
    )
    noisy = linear + np.sqrt(np.float32(step.read) + np.float32(step.shot) * linear) * normal
    return gamma_encoded(np.clip(noisy, 0, 1))


def linear_light(image: UnitImage) -> UnitImage:
    """sRGB values 0..1 to linear light (IEC 61966-2-1)."""
    linear: UnitImage = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    return linear


def gamma_encoded(linear: UnitImage) -> UnitImage:
    """Linear light 0..1 to sRGB values (IEC 61966-2-1)."""
    encoded: UnitImage = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded
