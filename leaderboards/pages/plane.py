"""Perception against distortion (Blau, Michaeli 2018): restorers as points, better up and to the right."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.pages.axes import Axis, Tick, axis
from bfrbench.leaderboards.pages.table import group_of

WIDTH: Final = 400
HEIGHT: Final = 312
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 392.0, 26.0, 262.0
_LETTER: Final = 6.8  # width of one in px, about
_LINE: Final = 14.0
_MOST_LABELS: Final = 24

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside a point."""

    x: float
    y: float
    anchor: str  # start, middle, end
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A restorer: its means, and the ends of their intervals, in pixels."""

    name: str
    words: str  # for who cannot see or points at it
    x: float
    y: float
    across: tuple[float, float] | None
    along: tuple[float, float] | None
    best: bool  # on the front: nobody is better in both
    anchor: bool


@dataclass(frozen=True, slots=True)
class Plane:
    """A drawing of a board by two of its metrics."""

    x: Column
    y: Column
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    points: tuple[Point, ...]
    labels: tuple[Label, ...]
    front: str  # the points of its line


def planes(board: Board) -> list[Plane]:
    """Distortion is the first metric of fidelity; perception is LPIPS, identity, and a distance of sets."""
    across = _first(board, "fidelity")
    every = [_named(board, "lpips/"), _first(board, "identity"), _first(board, "distribution")]
    along = [column for column in every if column and column is not across]
    drawn = [plane(board, across, column) for column in along] if across else []
    return [one for one in drawn if one]


def plane(board: Board, x: Column, y: Column) -> Plane | None:
    """The drawing of two metrics; None when fewer than two ranked rows have both."""
    rows = [row for row in board.rows if row.anchor != "hq" and not row.withdrawn and _both(row, x, y)]
    if sum(row.ranked for row in rows) < 2:
        return None
    across = _axis(rows, x, _LEFT, _RIGHT)
    along = _axis(rows, y, _BOTTOM, _TOP)
    front = _front(rows, x, y)
    points = tuple(_point(row, x, y, across, along, best=row in front) for row in rows)
    corners = sorted((point.x, point.y) for point in points if point.best)
    return Plane(
        x=x,
        y=y,
        x_ticks=across.ticks(7),
        y_ticks=along.ticks(7),
        points=points,
        labels=tuple(_labels(points)),
        front=" ".join(f"{px},{py}" for px, py in corners),
    )


def _first(board: Board, group: str) -> Column | None:
    return next((column for column in board.columns if group_of(column.metric) == group), None)


def _named(board: Board, start: str) -> Column | None:
    return next((column for column in board.columns if column.metric.startswith(start)), None)


def _mean(row: Row, column: Column) -> float:
    score = row.score(column)
    return math.nan if score is None or score.mean is None else score.mean


def _both(row: Row, x: Column, y: Column) -> bool:
    return math.isfinite(_mean(row, x)) and math.isfinite(_mean(row, y))


def _ends(row: Row, column: Column) -> tuple[float, float] | None:
    score = row.score(column)
    if score is None or score.low is None or score.high is None:
        return None
    return (score.low, score.high) if math.isfinite(score.low) and math.isfinite(score.high) else None


def _axis(rows: Sequence[Row], column: Column, worse: float, better: float) -> Axis:
    """An axis of all means and ranked rows' intervals, turned so that `better` is where its better end is."""
    values = [_mean(row, column) for row in rows]
    values += [end for row in rows if row.ranked for end in _ends(row, column) or ()]
    ends = (worse, better) if column.better == "higher" else (better, worse)
    return axis(values, *ends)


def _front(rows: Sequence[Row], x: Column, y: Column) -> list[Row]:
    """Ranked rows that no other ranked row beats in one metric and matches in the other."""

    def good(row: Row) -> tuple[float, float]:
        signs = (1.0 if column.better == "higher" else -1.0 for column in (x, y))
        return tuple(sign * _mean(row, c) for sign, c in zip(signs, (x, y), strict=True))  # type: ignore[return-value]

    ranked = [(row, good(row)) for row in rows if row.ranked]
    return [
        row
        for row, own in ranked
        if not any(a >= own[0] and b >= own[1] and (a, b) != own for _, (a, b) in ranked)
    ]


def _point(row: Row, x: Column, y: Column, across: Axis, along: Axis, *, best: bool) -> Point:
    def span(column: Column, on: Axis) -> tuple[float, float] | None:
        ends = _ends(row, column)
        if ends is None or ends[0] < on.first or ends[1] > on.last:
            return None
        return on.at(ends[0]), on.at(ends[1])

    means = ", ".join(f"{c.label} {_mean(row, c):.{c.digits}f}" for c in (x, y))
    return Point(
        name=row.entry.restorer,
        words=f"{row.entry.restorer}: {means}",
        x=across.at(_mean(row, x)),
        y=along.at(_mean(row, y)),
        across=span(x, across),
        along=span(y, along),
        best=best,
        anchor=not row.ranked,
    )


def _labels(points: Sequence[Point]) -> Iterator[Label]:
    """Names that touch neither a point nor one another; those on the front choose their place first."""
    taken: list[Box] = [(p.x - 5, p.y - 5, p.x + 5, p.y + 5) for p in points]
    for point in sorted(points, key=lambda p: (not p.best, p.anchor))[:_MOST_LABELS]:
        for label, box in _places(point):
            if box[0] < 0 or box[2] > WIDTH or box[1] < 0 or box[3] > _BOTTOM + 4:
                continue
            if not any(_touch(box, other) for other in taken):
                taken.append(box)
                yield label
                break


def _places(point: Point) -> Iterator[tuple[Label, Box]]:
    text = point.name if len(point.name) <= 22 else f"{point.name[:21]}…"
    width = _LETTER * len(text)
    for dy in (0.0, -12.0, 12.0):
        y, reach = point.y + dy, 9.0 if dy == 0.0 else 5.0
        top, bottom = y - _LINE / 2, y + _LINE / 2
        right, left = point.x + reach, point.x - reach
        yield Label(right, round(y + 4, 1), "start", text), (right, top, right + width, bottom)
        yield Label(left, round(y + 4, 1), "end", text), (left - width, top, left, bottom)
    for dy in (-15.0, 15.0):
        y = point.y + dy
        box = (point.x - width / 2, y - _LINE / 2, point.x + width / 2, y + _LINE / 2)
        yield Label(point.x, round(y + 4, 1), "middle", text), box


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
