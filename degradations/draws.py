"""How steps are drawn at random: small frozen specs of ranges and probabilities, each giving steps.

A preset is a tuple of these. `draw(rng, size)` gets the size of the HQ image and returns the steps to
append, none when its probability missed. Numbers are drawn here and nowhere else.
"""
# ruff: noqa: ARG002  # every draw is handed the size; few need it

from dataclasses import dataclass
from math import pi
from typing import Protocol

import numpy as np

from bfrbench.degradations.ops.blur import Blur
from bfrbench.degradations.ops.colour import Change, ColourJitter, ColourShift, Grey
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.resample import Interpolation, Resample
from bfrbench.degradations.recipe import Step

Range = tuple[float, float]
"""Low and high of a uniform draw; high itself is never drawn."""

Size = tuple[int, int]
"""Height, width of the HQ image."""


class Draw(Protocol):
    """Anything that draws steps."""

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """The next steps of a recipe for an HQ image of this size."""
        ...


@dataclass(frozen=True, slots=True)
class DrawBlur:
    """A Gaussian kernel; anisotropic ones draw sigma_y like sigma_x, and theta from all directions."""

    kernel: int
    sigma: Range
    anisotropic: float = 0.5  # probability

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Blur."""
        turned = rng.random() < self.anisotropic
        sigma_x = rng.uniform(*self.sigma)
        if not turned:
            return (Blur(kind="isotropic", size=self.kernel, sigma_x=sigma_x, sigma_y=sigma_x),)
        sigma_y, theta = rng.uniform(*self.sigma), rng.uniform(-pi, pi)
        return (Blur(kind="anisotropic", size=self.kernel, sigma_x=sigma_x, sigma_y=sigma_y, theta=theta),)


@dataclass(frozen=True, slots=True)
class DrawDownsample:
    """Divide the HQ's size by s and cut to whole pixels, at least one; s < 1 enlarges."""

    scale: Range
    interpolation: Interpolation = "linear"

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Resample to int(side // s)."""
        scale = rng.uniform(*self.scale)
        height, width = (max(1, int(side // scale)) for side in size)
        return (Resample(height=height, width=width, interpolation=self.interpolation),)


@dataclass(frozen=True, slots=True)
class ResizeBack:
    """Resize to the HQ's own size."""

    interpolation: Interpolation = "linear"

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Resample; nothing is random about it."""
        height, width = size
        return (Resample(height=height, width=width, interpolation=self.interpolation),)


@dataclass(frozen=True, slots=True)
class DrawNoise:
    """Gaussian noise, sigma in levels of 255."""

    sigma: Range
    grey: float = 0.0  # probability

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One GaussianNoise with a seed of its own."""
        sigma, one_channel = rng.uniform(*self.sigma), rng.random() < self.grey
        return (GaussianNoise(sigma=sigma, grey=one_channel, seed=int(rng.integers(2**53))),)


@dataclass(frozen=True, slots=True)
class DrawJpeg:
    """JPEG at a quality that is drawn uniformly and then cut to an integer."""

    quality: Range

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Jpeg."""
        return (Jpeg(quality=int(rng.uniform(*self.quality))),)


@dataclass(frozen=True, slots=True)
class DrawColourShift:
    """With some probability, shift each channel by up to ±levels of 255."""

    levels: float
    probability: float

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One ColourShift, or nothing."""
        if rng.random() >= self.probability:
            return ()
        red, green, blue = (float(v) for v in rng.uniform(-self.levels, self.levels, 3))
        return (ColourShift(red=red, green=green, blue=blue),)


@dataclass(frozen=True, slots=True)
class DrawGrey:
    """With some probability, lose all colour."""

    probability: float

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Grey, or nothing."""
        return (Grey(),) if rng.random() < self.probability else ()


@dataclass(frozen=True, slots=True)
class DrawColourJitter:
    """With some probability, torchvision's colour jitter: four factors, done in a random order."""

    brightness: Range
    contrast: Range
    saturation: Range
    hue: Range  # turns
    probability: float

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One ColourJitter, or nothing."""
        if rng.random() >= self.probability:
            return ()
        changes: tuple[Change, ...] = ("brightness", "contrast", "saturation", "hue")
        brightness, contrast, saturation, hue = (rng.uniform(*getattr(self, name)) for name in changes)
        return (
            ColourJitter(
                brightness=brightness,
                contrast=contrast,
                saturation=saturation,
                hue=hue,
                order=tuple(changes[i] for i in rng.permutation(4)),
            ),
        )
