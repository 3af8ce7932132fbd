"""Halftone: a print made of dots of one ink, bigger where it is darker."""

from functools import cache
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.colour import Grey, grey

Plane: TypeAlias = NDArray[np.float32]

SUBPIXELS = 4
"""Each pixel is the mean of 4×4 points of the print."""


@dataclass(frozen=True, kw_only=True, config=STEP)
class Halftone:
    """A screen of dots: its period (of the shorter side), its angle, how much of it shows (1: ink or paper).

    `colour`: three screens of cyan, magenta and yellow ink, 30° less, 30° more and 45° less than the angle,
    which at 45° are the printers' 15°, 75° and 0°.
    """

    op: Literal["halftone"] = "halftone"
    period: Annotated[float, Field(ge=0.0001, le=1)]
    angle_degrees: float = 45.0
    amount: Annotated[float, Field(ge=0, le=1)] = 1.0
    colour: bool = False


def halftone(image: UnitImage, step: Halftone) -> UnitImage:
    """An amplitude-modulated screen with the round spot (cos u + cos v)/2, which keeps the mean tone."""
    if step.amount == 0:
        return image
    if step.colour:
        turns = (-30.0, 30.0, -45.0)
        layers = [screen(image[:, :, i], step.period, step.angle_degrees + turns[i]) for i in range(3)]
        printed = np.stack(layers, axis=2)
    else:
        printed = screen(grey(image, Grey())[:, :, 0], step.period, step.angle_degrees)[:, :, None]
    blended: UnitImage = image + np.float32(step.amount) * (printed - image)
    return blended


def screen(tone: Plane, period: float, angle_degrees: float) -> Plane:
    """The share of paper, 0..1, that one ink's screen leaves at each pixel of a tone."""
    height, width = tone.shape
    level = _spot_level(np.clip(tone, 0, 1))
    turn = 2 * np.pi / (period * min(height, width))
    across, down = turn * np.cos(np.radians(angle_degrees)), turn * np.sin(np.radians(angle_degrees))
    paper = np.zeros((height, width), dtype=np.float32)
    steps = (np.arange(SUBPIXELS) + 0.5) / SUBPIXELS - 0.5
    for dy in steps:
        for dx in steps:
            x, y = np.arange(width) + dx, (np.arange(height) + dy)[:, None]
            spot = _cosine(across * x, down * y) + _cosine(-down * x, across * y)
            paper += spot < level
    share: Plane = paper / np.float32(SUBPIXELS**2)
    return share


def _cosine(x: NDArray[np.float64], y: NDArray[np.float64]) -> Plane:
    """cos(x + y)/2 over a grid, without a cosine for each of its points."""
    cos_x, sin_x = (np.cos(x) / 2).astype(np.float32), (np.sin(x) / 2).astype(np.float32)
    cos_y, sin_y = np.cos(y).astype(np.float32), np.sin(y).astype(np.float32)
    wave: Plane = cos_x * cos_y - sin_x * sin_y
    return wave


def _spot_level(tone: Plane) -> Plane:
    """The level below which a share `tone` of the spot function lies, so that ink covers 1 - tone."""
    shares, levels = _spot_quantiles()
    return np.interp(tone, shares, levels).astype(np.float32)


@cache
def _spot_quantiles() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cell = np.cos((np.arange(256) + 0.5) / 256 * 2 * np.pi)
    shares = np.linspace(0, 1, 1025)
    levels = np.quantile((cell[:, None] + cell) / 2, shares)
    levels[0], levels[-1] = -1.5, 1.5  # black stays all ink and white all paper
    return shares, levels
