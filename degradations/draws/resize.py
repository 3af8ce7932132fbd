"""Draws of new sizes. HQ sides are divided and cut to whole pixels, at least one."""
# ruff: noqa: ARG002  # every draw is handed the generator and the size; not all need both

from dataclasses import dataclass, replace

import numpy as np

from bfrbench.degradations.draws.base import Range, Size, pick
from bfrbench.degradations.ops.resample import Interpolation, Resample
from bfrbench.degradations.recipe import Step


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
class DrawRescale:
    """Real-ESRGAN's random resize: up, down or neither, then how far, then the interpolation.

    The new side is int(HQ side / divide * scale), scale in 1..high, low..1, or 1. `by_factor`: samples are
    spaced by the scale and not by the ratio of the sizes, as torch's interpolate does when handed a scale.
    """

    scale: Range
    weights: tuple[float, float, float]  # of up, down and keep
    interpolations: tuple[Interpolation, ...]
    divide: float = 1
    by_factor: bool = False

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Resample."""
        low, high = self.scale
        ends = ((1.0, high), (low, 1.0), (1.0, 1.0))[pick(rng, self.weights)]
        scale = rng.uniform(*ends)
        height, width = (max(1, int(side / self.divide * scale)) for side in size)
        resample = _resample(rng, height, width, self.interpolations)
        if self.by_factor and resample.interpolation in ("linear", "cubic"):
            resample = replace(resample, factor=scale)
        return (resample,)


@dataclass(frozen=True, slots=True)
class ResizeTo:
    """Resize to the HQ's size divided by a number, by one of several interpolations."""

    divide: float
    interpolations: tuple[Interpolation, ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Resample."""
        height, width = (max(1, int(side / self.divide)) for side in size)
        return (_resample(rng, height, width, self.interpolations),)


@dataclass(frozen=True, slots=True)
class DrawSide:
    """Resize to a square of low..high pixels, both included, by one of several interpolations."""

    side: tuple[int, int]
    interpolations: tuple[Interpolation, ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Resample."""
        side = int(rng.integers(*self.side, endpoint=True))
        return (_resample(rng, side, side, self.interpolations),)


def _resample(
    rng: np.random.Generator, height: int, width: int, interpolations: tuple[Interpolation, ...]
) -> Resample:
    interpolation = interpolations[int(rng.integers(len(interpolations)))]
    return Resample(height=height, width=width, interpolation=interpolation)
