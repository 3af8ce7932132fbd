"""Severity curves: a metric's mean at each level, a line for each restorer."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bfrbench.benchmark.comparison.curves import SeverityCurve
from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.pages.axes import Axis, Tick, axis
from bfrbench.leaderboards.records import Published

WIDTH: Final = 400
HEIGHT: Final = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 292.0, 12.0, 222.0
_MOST: Final = 6  # lines of contestants; more are in the tables
_LINE: Final = 14.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One restorer's line with the band of its intervals, and where its name stands."""

    name: str
    kind: str  # first, other, anchor
    words: str
    points: tuple[tuple[float, float], ...]
    band: str  # the points of a closed line; "" without intervals
    label_y: float

    @property
    def line(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    """The curves of one metric."""

    column: Column
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Drawn, ...]
    left_out: int  # contestants without a line here


def charts(published: Published) -> list[Chart]:
    """A chart for each headline metric that has curves."""
    if published.comparison is None:
        return []
    lines = published.comparison.curves.lines
    columns = {column.metric: column for column in published.board.columns}
    wanted = [columns[metric] for metric in published.board.headline if metric in columns]
    drawn = (
        _chart(published, column, [line for line in lines if line.metric == column.metric])
        for column in wanted
    )
    return [chart for chart in drawn if chart]


def _chart(published: Published, column: Column, lines: Sequence[SeverityCurve]) -> Chart | None:
    by_name = {line.restorer: line for line in lines if _is_finite(line)}
    ranked = [row.entry.restorer for row in published.board.rows if row.ranked]
    shown = [name for name in (*ranked[:_MOST], "lq") if name in by_name]
    if len(shown) < 2:
        return None
    points = [point for name in shown for point in by_name[name].curve.points]
    x = axis((point.level for point in points), _LEFT, _RIGHT)
    ends = [end for p in points for end in (p.low, p.mean, p.high) if end is not None]
    y = axis(ends, _BOTTOM, _TOP)
    lasts = {name: y.at(by_name[name].curve.points[-1].mean) for name in shown}
    heights = _apart(lasts)
    return Chart(
        column=column,
        x_ticks=tuple(Tick(x.at(level), f"{level:g}") for level in sorted({p.level for p in points})),
        y_ticks=y.ticks(5),
        lines=tuple(
            _drawn(by_name[name], column, x, y, heights[name], first=name == shown[0]) for name in shown
        ),
        left_out=len([name for name in ranked if name in by_name]) - len([n for n in shown if n != "lq"]),
    )


def _is_finite(line: SeverityCurve) -> bool:
    return all(math.isfinite(point.mean) for point in line.curve.points)


def _drawn(line: SeverityCurve, column: Column, x: Axis, y: Axis, label_y: float, *, first: bool) -> Drawn:
    points = line.curve.points
    upper = [f"{x.at(p.level)},{y.at(p.high)}" for p in points if p.high is not None]
    lower = [f"{x.at(p.level)},{y.at(p.low)}" for p in reversed(points) if p.low is not None]
    means = ", ".join(f"{p.level:g}: {p.mean:.{column.digits}f}" for p in points)
    return Drawn(
        name=line.restorer,
        kind="anchor" if line.restorer == "lq" else "first" if first else "other",
        words=f"{line.restorer}, {column.label}: {means}",
        points=tuple((x.at(p.level), y.at(p.mean)) for p in points),
        band=" ".join((*upper, *lower)) if len(upper) == len(lower) == len(points) else "",
        label_y=label_y,
    )


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Heights for labels, a line apart: those that would touch are centred together on where they belong."""
    order = sorted(wanted, key=wanted.__getitem__)
    blocks: list[list[str]] = []
    for name in order:
        blocks.append([name])
        while len(blocks) > 1 and _top(blocks[-1], wanted) < _top(blocks[-2], wanted) + _LINE * len(
            blocks[-2]
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return dict(_heights(blocks, wanted))


def _top(block: Sequence[str], wanted: dict[str, float]) -> float:
    centre = sum(wanted[name] for name in block) / len(block)
    return max(_TOP, min(centre - _LINE * (len(block) - 1) / 2, _BOTTOM - _LINE * (len(block) - 1)))


def _heights(blocks: Sequence[Sequence[str]], wanted: dict[str, float]) -> Iterator[tuple[str, float]]:
    for block in blocks:
        for place, name in enumerate(block):
            yield name, round(_top(block, wanted) + _LINE * place + 4, 1)
