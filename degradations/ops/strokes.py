"""Thin curved strokes of any width, also below a pixel: what scratches and hairs are made of."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bfrbench.degradations.ops import UnitImage

Plane: TypeAlias = NDArray[np.float32]
Values: TypeAlias = NDArray[np.float64]

POINTS = 48
"""Points along a stroke, whatever the image's size, so that every size has the same strokes."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through N points (N×2: x, y in pixels), its width in pixels, its opacity 0..1 at each point."""

    points: Values
    width: float
    opacity: Values


def wander(rng: np.random.Generator, length: float, heading: float, bend: float) -> Values:
    """POINTS×2 points of a smooth path of that length, its middle at the origin.

    The heading (radians) turns by a normal number of deviation `bend` over the whole length, and
    waves about that twice as the path goes.
    """
    t = np.linspace(-1, 1, POINTS)
    turn, wave = rng.normal(0, bend, 2) * (0.5, 0.15)
    angle = heading + turn * t + wave * np.sin(2 * np.pi * (t + rng.uniform(-1, 1)))
    path = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], axis=1), axis=0) * (length / POINTS)
    centred: Values = path - path[POINTS // 2]
    return centred


def wear(rng: np.random.Generator) -> Values:
    """POINTS opacities 0..1 that rise and fall along a stroke, thin out at its ends and may break off."""
    window = np.hanning(13)
    smooth = np.convolve(rng.normal(0, 1, POINTS + 12), window / np.linalg.norm(window), mode="valid")
    place = np.arange(POINTS)
    taper = np.minimum(1, np.minimum(place, place[::-1]) / 6)
    worn: Values = np.clip(0.75 + 0.4 * smooth, 0, 1) * taper
    return worn


def draw(mask: Plane, stroke: Stroke) -> None:
    """Write a stroke into a mask (H×W, 0..1), in place; where strokes cross, the stronger one stays.

    A pixel's share is how much of its unit length across the line the line covers: what is thinner
    than a pixel gets fainter, not wider. All straight pieces at once, each in a square box of its own.
    """
    height, width = mask.shape
    half = stroke.width / 2
    a, piece = stroke.points[:-1], np.diff(stroke.points, axis=0)
    corner = np.floor(a + np.minimum(piece, 0) - half - 0.5)
    box = np.arange(np.ceil(np.abs(piece).max() + stroke.width + 1) + 2)
    column, row = corner[:, 0, None, None] + box, corner[:, 1, None, None] + box[:, None]
    x, y, (dx, dy) = column - a[:, 0, None, None], row - a[:, 1, None, None], piece.T[:, :, None, None]
    along = np.clip((x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-12), 0, 1)  # 0 at a, 1 at its end
    distance = np.hypot(x - along * dx, y - along * dy)
    share = np.clip(np.minimum(distance + 0.5, half) - np.maximum(distance - 0.5, -half), 0, 1)
    fading = np.diff(stroke.opacity)[:, None, None]
    share *= stroke.opacity[:-1, None, None] + along * fading
    seen = (share > 0) & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    places = [np.broadcast_to(place, seen.shape)[seen].astype(np.intp) for place in (row, column)]
    np.maximum.at(mask, tuple(places), share[seen].astype(np.float32))


def overlay(image: UnitImage, mask: Plane, level: float) -> UnitImage:
    """Blend each pixel with a level, 0..1, by the mask's share."""
    laid, hit = image.copy(), mask > 0  # few pixels, as a rule
    laid[hit] += mask[hit][:, None] * (np.float32(level) - laid[hit])
    return laid
