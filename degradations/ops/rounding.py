"""Rounding to 8 bits in the middle of a recipe."""

from typing import Literal

from pydantic.dataclasses import dataclass

from bfrbench import pixels
from bfrbench.degradations.ops import STEP, UnitImage


@dataclass(frozen=True, kw_only=True, config=STEP)
class Round:
    """Round to 8 bits here; every recipe also does so at its end."""

    op: Literal["round"] = "round"


def round_to_8_bits(image: UnitImage, step: Round) -> UnitImage:  # noqa: ARG001  # every op takes its step
    """Clip to 0..1 and round to a multiple of 1/255, half to even; GPEN does so before its last resize."""
    return pixels.to_unit(pixels.from_unit(image))
