"""What every spec of a draw is."""

from typing import Protocol

import numpy as np

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


def draw_all(draws: tuple[Draw, ...], rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
    """The steps of several draws, one after another."""
    return tuple(step for draw in draws for step in draw.draw(rng, size))


def pick(rng: np.random.Generator, weights: tuple[float, ...]) -> int:
    """An index, as often as its weight says."""
    ends = np.cumsum(weights)
    return min(int(np.searchsorted(ends, rng.random() * ends[-1], side="right")), len(weights) - 1)
