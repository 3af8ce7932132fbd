"""Additive noise: Gaussian, Laplace and Poisson."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import pixels, seeds
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.colour import Grey, grey

Seed = Annotated[int, Field(ge=0, lt=2**53)]
"""Names a field of noise; below 2⁵³, so that JSON, parquet and JavaScript all keep it."""


@dataclass(frozen=True, kw_only=True, config=STEP)
class GaussianNoise:
    """Sigma in levels of 255; grey noise has one value for the three channels of a pixel."""

    op: Literal["noise"] = "noise"
    sigma: Annotated[float, Field(ge=0, le=10_000)]
    grey: bool = False
    seed: Seed


@dataclass(frozen=True, kw_only=True, config=STEP)
class PoissonNoise:
    """Shot noise, multiplied by scale; grey noise is that of the luma, the same in all three channels."""

    op: Literal["poisson"] = "poisson"
    scale: Annotated[float, Field(ge=0, le=1000)] = 1.0
    grey: bool = False
    seed: Seed


@dataclass(frozen=True, kw_only=True, config=STEP)
class LaplaceNoise:
    """Laplace's double exponential in each channel, of scale b in levels of 255 (standard deviation √2·b)."""

    op: Literal["laplace"] = "laplace"
    scale: Annotated[float, Field(ge=0, le=10_000)]
    seed: Seed


@dataclass(frozen=True, kw_only=True, config=STEP)
class SignedPoissonNoise:
    """Whole levels ±n in each channel, n ~ Poisson(rate) whatever the image, the sign by lot."""

    op: Literal["signed_poisson"] = "signed_poisson"
    rate: Annotated[float, Field(ge=0, le=10_000)]
    seed: Seed


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


def laplace(image: UnitImage, step: LaplaceNoise) -> UnitImage:
    """Add p(x) = exp(-|x|/b)/(2b) and clip to 0..1; imgaug's AdditiveLaplaceNoise (arithmetic.py, 0.4)."""
    field = seeds.generator(step.seed).laplace(scale=step.scale / 255, size=image.shape)
    return add_field(image, field.astype(np.float32))


def signed_poisson(image: UnitImage, step: SignedPoissonNoise) -> UnitImage:
    """Add ±n/255 and clip to 0..1; imgaug's AdditivePoissonNoise (arithmetic.py, 0.4), no shot noise."""
    rng = seeds.generator(step.seed)
    counts = rng.poisson(step.rate, image.shape)
    signs = 2 * rng.integers(2, size=image.shape) - 1
    return add_field(image, (signs * counts / 255).astype(np.float32))


def poisson(image: UnitImage, step: PoissonNoise) -> UnitImage:
    """Add (n/v - x)·scale with n ~ Poisson(v·x), x the image (grey: its luma) rounded to 8 bits; clip.

    v = 2^⌈log₂(number of different values in x)⌉, 256 for most photographs: the fewer the values, the
    stronger the noise. Source: BasicSR's degradations.py, generate_poisson_noise (Real-ESRGAN).
    """
    rounded = rounded_for_poisson(image, step.grey)
    counts = seeds.generator(step.seed).poisson(rounded.astype(np.float64) * poisson_peak(rounded))
    return add_field(image, poisson_field(rounded, counts, step.scale))


def rounded_for_poisson(image: UnitImage, one_channel: bool) -> UnitImage:
    """The values that Poisson noise is drawn from: H×W×3, or the luma's H×W×1, in whole 1/255."""
    return pixels.to_unit(pixels.from_unit(grey(image, Grey())[:, :, :1] if one_channel else image))


def poisson_peak(rounded: UnitImage) -> int:
    """The count that stands for 1: the number of different values, rounded up to a power of two."""
    values = np.count_nonzero(np.bincount(pixels.from_unit(rounded).ravel()))
    return 1 << (int(values) - 1).bit_length()


def poisson_field(rounded: UnitImage, counts: NDArray[np.int64], scale: float) -> UnitImage:
    """What counts (H×W×3 or H×W×1) add to an image."""
    field: UnitImage = (counts / poisson_peak(rounded) - rounded).astype(np.float32) * np.float32(scale)
    return field


def add_field(image: UnitImage, field: UnitImage) -> UnitImage:
    """Add a field that broadcasts to the image, and clip to 0..1."""
    noisy: UnitImage = image + field
    return np.clip(noisy, 0, 1, out=noisy)
