"""Film grain: noise that is coarser than a pixel and strongest in the mid tones."""

from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import seeds
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.colour import Grey, grey
from bfrbench.degradations.ops.noise import Seed


@dataclass(frozen=True, kw_only=True, config=STEP)
class FilmGrain:
    """Strength: the standard deviation at mid grey, of 0..1. Size: the grains' radius (the Gaussian's
    deviation), of the shorter side.

    `colour`: a field of its own for each channel, as the three layers of a colour film.
    """

    op: Literal["grain"] = "grain"
    strength: Annotated[float, Field(ge=0, le=1)]
    size: Annotated[float, Field(ge=0, le=0.05)]
    colour: bool = False
    seed: Seed


def grain(image: UnitImage, step: FilmGrain) -> UnitImage:
    """Add strength·2·√(u(1 - u))·field, where u is the luma (by channel with `colour`), clipped to 0..1.

    u(1 - u) is the variance of a Boolean model that covers a share u of the film with grains (Newson,
    Delon & Galerne 2017, "A Stochastic Film Grain Model for Resolution-Independent Rendering"); their
    Monte Carlo discs are replaced by a Gaussian field of the same reach, on the stored values.
    """
    if step.strength == 0:
        return image
    height, width = image.shape[:2]
    tone = np.clip(image if step.colour else grey(image, Grey())[:, :, :1], 0, 1)
    deviation = np.float32(2 * step.strength) * np.sqrt(tone * (1 - tone))
    field = grain_field(height, width, step)
    grainy: UnitImage = np.clip(image + deviation * field, 0, 1)
    return grainy


def grain_field(height: int, width: int, step: FilmGrain) -> UnitImage:
    """Height×width×3 (one layer: ×1) normal numbers of variance 1, correlated over the grain's radius."""
    layers = 3 if step.colour else 1
    sigma = step.size * min(height, width)
    reach = int(np.ceil(4 * sigma))
    shape = (height + 2 * reach, width + 2 * reach, layers)
    white = seeds.generator(step.seed).standard_normal(shape, dtype=np.float32)
    if reach == 0:
        return white
    gaussian = cv2.getGaussianKernel(2 * reach + 1, sigma, cv2.CV_32F)
    kernel = gaussian / np.linalg.norm(gaussian)  # the sum of squares is what a filter does to a variance
    smooth = cv2.sepFilter2D(white, -1, kernel, kernel).reshape(shape)
    return np.asarray(smooth[reach : reach + height, reach : reach + width])
