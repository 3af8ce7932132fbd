"""Geometry of the small bars that show an interval, and how far it overlaps the best row's one."""

import math
from dataclasses import dataclass

from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.types import Score

WIDTH, HEIGHT = 96, 12  # pixels
_MARGIN = 4.0  # so that a point at the end of the scale is a whole circle


@dataclass(frozen=True, slots=True)
class Scale:
    """The x axis that all bars of a column share, with the best row's interval on it."""

    first: float
    last: float
    best: tuple[float, float] | None  # low and high of the best ranked row

    def x(self, value: float) -> float:
        """Pixels from the left edge, to a tenth."""
        width = WIDTH - 2 * _MARGIN
        return round(_MARGIN + width * (value - self.first) / (self.last - self.first), 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval in pixels: a line from low to high, a point at the mean, a band behind."""

    low: float
    mean: float
    high: float
    band: tuple[float, float] | None  # x and width of the best row's interval


def column_scale(board: Board, column: Column) -> Scale | None:
    """The range of a column's intervals without the anchors, which would squeeze the contestants.

    None when no contestant has an interval.
    """
    ends = [_ends(row.score(column)) for row in board.rows if row.anchor is None]
    values = [value for three in ends if three for value in three]
    if not values:
        return None
    first, last = min(values), max(values)
    if first == last:
        first, last = first - 0.5, last + 0.5
    place = board.columns.index(column)
    best = next((_ends(row.score(column)) for row in board.rows if row.ranks[place] == 1), None)
    return Scale(first, last, (best[0], best[2]) if best else None)


def interval_bar(row: Row, column: Column, scale: Scale | None) -> Bar | None:
    """The bar of one cell; None without an interval, or for an anchor that lies off the scale."""
    ends = _ends(row.score(column))
    if scale is None or ends is None or min(ends) < scale.first or max(ends) > scale.last:
        return None
    low, mean, high = (scale.x(end) for end in ends)
    band = None
    if scale.best:
        left, right = (scale.x(end) for end in scale.best)
        band = (left, round(max(right - left, 1.0), 1))
    return Bar(low, mean, high, band)


def _ends(score: Score | None) -> tuple[float, float, float] | None:
    """low, mean and high, when all three are numbers on a line."""
    if score is None or score.low is None or score.mean is None or score.high is None:
        return None
    ends = (score.low, score.mean, score.high)
    return ends if all(map(math.isfinite, ends)) else None
