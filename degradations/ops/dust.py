"""Dust: specks and hairs that lay on the negative or the print."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench import seeds
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.noise import Seed
from bfrbench.degradations.ops.strokes import Plane, Stroke, Values, draw, overlay, wander, wear


@dataclass(frozen=True, kw_only=True, config=STEP)
class Dust:
    """How many specks and hairs, the specks' median radius (of the shorter side), opacity and level, 0..1.

    Level 1: dust on the negative, which prints white. 0: dirt on the print.
    """

    op: Literal["dust"] = "dust"
    specks: Annotated[int, Field(ge=0, le=10_000)]
    hairs: Annotated[int, Field(ge=0, le=1000)] = 0
    radius: Annotated[float, Field(gt=0, le=0.02)] = 0.0015
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.9
    level: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: Seed


def dust(image: UnitImage, step: Dust) -> UnitImage:
    """Blend with the level under lobed specks, whose radii are log-normal, and under curled hairs.

    Speck and hair k depend on the seed and k alone, so more of them are the fewer and others.
    """
    if step.opacity == 0 or step.specks == step.hairs == 0:
        return image
    height, width = image.shape[:2]
    mask = np.zeros((height, width), dtype=np.float32)
    for number in range(step.specks):
        _draw_speck(mask, seeds.generator(seeds.key(step.seed, "speck", number)), step)
    for number in range(step.hairs):
        draw(mask, _hair(seeds.generator(seeds.key(step.seed, "hair", number)), height, width, step))
    return overlay(image, mask, step.level)


def _draw_speck(mask: Plane, rng: np.random.Generator, step: Dust) -> None:
    """A disc with three lobes of random strength, softened over one pixel; below a pixel it is fainter."""
    height, width = mask.shape
    x, y = rng.uniform(0, 1, 2) * (width, height) - 0.5
    radius = rng.lognormal(0, 0.6) * step.radius * min(height, width)
    opacity = step.opacity * rng.uniform(0.3, 1)
    lobes, phases = rng.normal(0, 0.2, 3), rng.uniform(0, 2 * np.pi, 3)
    reach = int(np.ceil(2 * radius)) + 1
    rows = slice(max(0, int(y) - reach), int(y) + reach + 2)
    columns = slice(max(0, int(x) - reach), int(x) + reach + 2)
    area = mask[rows, columns]
    across = np.arange(columns.start, columns.start + area.shape[1]) - x
    down = (np.arange(rows.start, rows.start + area.shape[0]) - y)[:, None]
    drawn = max(radius, 0.5)
    edge = drawn * _outline(np.arctan2(down, across), lobes, phases)
    share = np.clip(edge + 0.5 - np.hypot(across, down), 0, 1) * opacity * (radius / drawn) ** 2
    np.maximum(area, share, out=area, casting="same_kind")


def _outline(angle: Values, lobes: Values, phases: Values) -> Values:
    """The radius by direction, about 1, never below 0.3 or above 1.7."""
    outline = np.ones_like(angle)
    for k in range(3):
        outline += lobes[k] * np.cos((k + 1) * angle + phases[k])
    return np.clip(outline, 0.3, 1.7, out=outline)


def _hair(rng: np.random.Generator, height: int, width: int, step: Dust) -> Stroke:
    """A curl as long as some forty specks are wide, and half as thick as one."""
    radius = step.radius * min(height, width)
    centre = rng.uniform(0, 1, 2) * (width, height)
    points = wander(rng, rng.uniform(20, 80) * radius, rng.uniform(0, 2 * np.pi), bend=3.0)
    strength = step.opacity * rng.uniform(0.5, 1)
    return Stroke(points=centre - 0.5 + points, width=radius, opacity=strength * np.sqrt(wear(rng)))
