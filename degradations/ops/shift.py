"""Shift by whole pixels, mirrored at the border."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Pixels = Annotated[int, Field(ge=-(2**20), le=2**20)]


@dataclass(frozen=True, kw_only=True, config=STEP)
class Shift:
    """Move the picture dx pixels to the right and dy down; negative: to the left and up."""

    op: Literal["shift"] = "shift"
    dx: Pixels
    dy: Pixels


def shift(image: UnitImage, step: Shift) -> UnitImage:
    """What numpy's symmetric padding and a crop give (RestoreFormer++): the border pixel is repeated.

    A shift further than the image is wide goes through its mirror images, as the padding would.
    """
    height, width = image.shape[:2]
    rows, columns = _mirrored(height, step.dy), _mirrored(width, step.dx)
    shifted: UnitImage = image[rows[:, None], columns[None, :]]
    return shifted


def _mirrored(side: int, by: int) -> NDArray[np.intp]:
    """Where each pixel of a side comes from: … 1 0 | 0 1 2 … n-1 | n-1 n-2 …"""
    place = (np.arange(side) - by) % (2 * side)
    return np.minimum(place, 2 * side - 1 - place)
