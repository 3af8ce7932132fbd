"""Draws of colour changes."""
# ruff: noqa: ARG002  # every draw is handed the size; none needs it

from dataclasses import dataclass

import numpy as np

from bfrbench.degradations.draws.base import Range, Size
from bfrbench.degradations.ops.colour import Change, ColourJitter, ColourShift, Grey
from bfrbench.degradations.recipe import Step


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
