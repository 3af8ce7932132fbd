"""Draws made of draws."""

from dataclasses import dataclass

import numpy as np

from bfrbench.degradations.draws.base import Draw, Size, draw_all, pick
from bfrbench.degradations.recipe import Step


@dataclass(frozen=True, slots=True)
class Maybe:
    """All of some draws with a probability, otherwise none of them."""

    probability: float
    draws: tuple[Draw, ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """Their steps, or nothing."""
        return draw_all(self.draws, rng, size) if rng.random() < self.probability else ()


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several sequences of draws, as often as its weight says (weights need not sum to 1)."""

    options: tuple[tuple[Draw, ...], ...]
    weights: tuple[float, ...] = ()  # none: all alike

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """The steps of the one that came up."""
        weights = self.weights or (1.0,) * len(self.options)
        return draw_all(self.options[pick(rng, weights)], rng, size)


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """All of several sequences of draws, in an order that is drawn first; each sequence stays together."""

    parts: tuple[tuple[Draw, ...], ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """Their steps."""
        order = rng.permutation(len(self.parts))
        return tuple(step for place in order for step in draw_all(self.parts[place], rng, size))
