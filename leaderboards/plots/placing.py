"""Names beside points: where they hide neither points, nor lines, nor one another."""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top in pixels, y upwards."""

Floats: TypeAlias = NDArray[np.float64]

_ANGLES: Final = np.radians(
    [0, 180, 90, 270, 45, 315, 135, 225, 20, 340, 160, 200]
)  # the first is liked best
_STEP: Final = 4.0  # pixels between two distances that are tried
_FURTHEST: Final = 120.0
_OUTSIDE: Final = 100.0  # square pixels that a pixel outside the frame weighs


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    obstacles: Sequence[Box],
    within: Box,
    gap: float,
) -> list[Box]:
    """A box for the name of each point, near it and on nothing else, as far as there is room.

    points, sizes (width, height of the names) and gap, the distance that is tried first, are in pixels.
    Crowded points choose first; a name takes the nearest free place, or the one that hides least.
    """
    taken = np.array([*obstacles]).reshape(-1, 4)
    found: dict[int, Box] = {}
    for number in sorted(range(len(points)), key=lambda one: (_room(points, one), one)):
        away, boxes = _candidates(points[number], sizes[number], gap)
        cost = _overlap(boxes, taken).sum(axis=1) + _OUTSIDE * _outside(boxes, within)
        best = boxes[np.lexsort((away, np.round(cost, 6)))[0]]
        left, bottom, right, top = map(float, best)
        found[number] = (left, bottom, right, top)
        taken = np.vstack([taken, best])
    return [found[number] for number in range(len(points))]


def _room(points: Sequence[tuple[float, float]], one: int) -> float:
    """The distance to the nearest other point."""
    return min((math.dist(points[one], other) for k, other in enumerate(points) if k != one), default=0.0)


def _candidates(point: tuple[float, float], size: tuple[float, float], gap: float) -> tuple[Floats, Floats]:
    """How far away each place is, K numbers, in a ring in the order of preference; and the boxes, K×4.

    A box touches a ring around the point with the side or corner that looks at it.
    """
    rings, angles = np.meshgrid(np.arange(gap, _FURTHEST, _STEP), _ANGLES, indexing="ij")
    away = (rings + 0.1 * np.arange(len(_ANGLES))).ravel()
    half = np.array(size) / 2.0
    looks = np.stack([np.cos(angles).ravel(), np.sin(angles).ravel()], axis=1)
    middles = np.array(point) + looks * (rings.reshape(-1, 1) + half)
    return away, np.hstack([middles - half, middles + half])


def _overlap(boxes: Floats, others: Floats) -> Floats:
    """The areas that K boxes share with each of M others, K×M."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared: Floats = np.clip(high - low, 0.0, None).prod(axis=2)
    return shared


def _outside(boxes: Floats, within: Box) -> Floats:
    """How far each box reaches out of another, all sides together."""
    low, high = np.array(within[:2]), np.array(within[2:])
    over: Floats = np.clip(low - boxes[:, :2], 0.0, None) + np.clip(boxes[:, 2:] - high, 0.0, None)
    return np.asarray(over.sum(axis=1), dtype=np.float64)
