"""Draws of rectangles that were degraded otherwise than their surroundings."""

from dataclasses import dataclass

import numpy as np

from bfrbench.degradations.draws.base import Draw, Size, draw_all
from bfrbench.degradations.ops.patch import Patch
from bfrbench.degradations.recipe import Step


@dataclass(frozen=True, slots=True)
class DrawPatch:
    """RestoreFormer++'s uneven degradation: the same draws twice, the first shown in a square.

    Drawn in this order: the steps inside, those outside, the square's side (both ends included; never
    more than the HQ has), its top and its left.
    """

    side: tuple[int, int]
    draws: tuple[Draw, ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Patch."""
        inside, outside = draw_all(self.draws, rng, size), draw_all(self.draws, rng, size)
        side = min(int(rng.integers(*self.side, endpoint=True)), *size)
        top, left = (int(rng.integers(0, whole - side, endpoint=True)) for whole in size)
        return (Patch(top=top, left=left, height=side, width=side, steps=inside, outside=outside),)
