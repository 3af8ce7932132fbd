"""Severity curves: each restorer's metric at each level of what the board is sliced by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bfrbench.benchmark.comparison.curves import SeverityCurve
from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.plots.style import MARKERS, Theme, blank, legend, short
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import counted

_PANELS = 3
_LEGEND_COLUMNS = 4
_MOST = 12  # lines that can be told apart
_BANDS = 5  # up to so many restorers, intervals are drawn; more of them would hide the lines


@dataclass(frozen=True, slots=True)
class Look:
    """How a restorer is drawn in all panels."""

    colour: str
    marker: str
    line: str


def severity(published: Published, theme: Theme) -> Figure | None:
    """Curves of the headline metrics; None when the board is sliced by nothing with numbers."""
    lines = published.comparison.curves.lines if published.comparison else ()
    drawn = [line for line in lines if line.restorer != "hq"]
    columns = headline_columns(published, {line.metric for line in drawn})
    if not columns:
        return None
    order = [row.entry.restorer for row in published.board.rows]
    every = sorted({line.restorer for line in drawn}, key=order.index)
    restorers = [name for name in every if name == "lq" or every.index(name) < _MOST - 1]
    looks = {name: _look(name, number, theme) for number, name in enumerate(restorers)}
    bands = len(restorers) <= _BANDS
    board = published.board
    told = (
        f"{board.title}: {counted(board.images, 'image')} of {counted(board.people, 'person', 'people')}. "
        f"{'Bands: 95 % intervals.' if bands else 'Means; their intervals are in the tables.'}"
    )
    if len(every) > len(restorers):
        told += f" The first {len(restorers)} of {len(every)} restorers."
    rows = math.ceil(len(restorers) / _LEGEND_COLUMNS)
    figure = blank(2.4, f"By {published.definition.by}", told, theme, legend_rows=rows)
    panels = figure.subplots(1, len(columns), squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        of_metric = [line for line in drawn if line.metric == column.metric and line.restorer in looks]
        _panel(axes, column, of_metric, looks, bands=bands)
        axes.set_xlabel(published.definition.by)
    legend(figure, panels[0], _LEGEND_COLUMNS)
    return figure


def headline_columns(published: Published, metrics: set[str]) -> list[Column]:
    """The board's headline columns that have numbers of a kind, in the board's order of importance."""
    columns = {column.metric: column for column in published.board.columns}
    names = [name for name in published.definition.headline if name in columns and name in metrics]
    return [columns[name] for name in names[:_PANELS]]


def _look(name: str, number: int, theme: Theme) -> Look:
    """Colours come again after some restorers, then with another line; markers are all different."""
    if name == "lq":
        return Look(theme.faint, "D", ":")
    series = theme.series
    return Look(
        series[number % len(series)], MARKERS[number % len(MARKERS)], "-" if number < len(series) else "--"
    )


def _panel(
    axes: Axes, column: Column, lines: Sequence[SeverityCurve], looks: dict[str, Look], *, bands: bool
) -> None:
    for line in sorted(lines, key=lambda line: list(looks).index(line.restorer)):
        look, points = looks[line.restorer], line.curve.points
        levels = [point.level for point in points]
        axes.plot(
            levels,
            [point.mean for point in points],
            color=look.colour,
            marker=look.marker,
            ms=3.6,
            lw=1.3,
            ls=look.line,
            label=short(line.restorer),
        )
        inside = [point for point in points if point.low is not None and point.high is not None]
        if bands and inside:
            axes.fill_between(
                [point.level for point in inside],
                [point.low or 0.0 for point in inside],
                [point.high or 0.0 for point in inside],
                color=look.colour,
                alpha=0.15,
                lw=0,
            )
        axes.set_xticks(levels)
    axes.set_title(f"{column.label} {column.arrow}", loc="left")
