"""Scratches: thin, bent lines where the emulsion is gone."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import seeds
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.noise import Seed
from bfrbench.degradations.ops.strokes import Stroke, draw, overlay, wander, wear


@dataclass(frozen=True, kw_only=True, config=STEP)
class Scratches:
    """How many; their median length and width, of the shorter side; opacity 0..1; their level, 0..1.

    Level 1 is bare paper, as when a print is scratched; 0 is a line that a scratched negative printed.
    """

    op: Literal["scratches"] = "scratches"
    count: Annotated[int, Field(ge=0, le=1000)]
    length: Annotated[float, Field(gt=0, le=1)] = 0.4
    width: Annotated[float, Field(gt=0, le=0.02)] = 0.002
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.8
    level: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: Seed


def scratches(image: UnitImage, step: Scratches) -> UnitImage:
    """Blend with the level along random curves, which mostly keep to one direction.

    Scratch k depends on the seed and k alone, so more scratches are the fewer and others. After the scratch
    and dust masks of Wan et al. 2020, "Bringing Old Photos Back to Life", drawn instead of collected.
    """
    if step.count == 0 or step.opacity == 0:
        return image
    height, width = image.shape[:2]
    main = seeds.generator(step.seed).uniform(0, np.pi)
    mask = np.zeros((height, width), dtype=np.float32)
    for number in range(step.count):
        rng = seeds.generator(seeds.key(step.seed, "scratch", number))
        draw(mask, _scratch(rng, height, width, main, step))
    return overlay(image, mask, step.level)


def _scratch(rng: np.random.Generator, height: int, width: int, main: float, step: Scratches) -> Stroke:
    side = min(height, width)
    centre = rng.uniform(0, 1, 2) * (width, height)
    length, thickness = np.minimum(rng.lognormal(0, (0.8, 0.4)), 3) * (step.length, step.width) * side
    points = wander(rng, length, main + rng.normal(0, 0.4), bend=0.4)
    strength = step.opacity * rng.uniform(0.4, 1)
    return Stroke(points=centre - 0.5 + points, width=thickness, opacity=strength * wear(rng))
