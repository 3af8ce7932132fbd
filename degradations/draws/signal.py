"""Draws of noise and of compression."""
# ruff: noqa: ARG002  # every draw is handed the size; few need it

from dataclasses import dataclass

import numpy as np

from bfrbench.degradations.draws.base import Range, Size
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.recipe import Step


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
