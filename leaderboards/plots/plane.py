"""The perception–distortion plane (Blau and Michaeli 2018): gains in one may be losses in the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.plots.placing import Box, place
from bfrbench.leaderboards.plots.style import TEXT, Theme, blank, short
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import counted
from bfrbench.types import Score

DISTORTION: Final = ("psnr/rgb", "ssim/rgb", "lpips/alex")
PERCEPTION: Final = ("fid/clean", "kid/clean", "fd/dlib", "niqe/y601")
"""The first of each that a board has is drawn: error of pixels, and distance of sets from natural faces."""

_NAMED: Final = 24


@dataclass(frozen=True, slots=True)
class Point:
    """A restorer on the plane."""

    row: Row
    x: Score
    y: Score
    on_front: bool = False

    @property
    def at(self) -> tuple[float, float]:
        """Both means."""
        return self.x.mean or 0.0, self.y.mean or 0.0


def plane(published: Published, theme: Theme) -> Figure | None:
    """The plane of a board, best at the upper right; None when it has no metric of one of the two kinds."""
    board = published.board
    columns = [_first(board, names) for names in (DISTORTION, PERCEPTION)]
    if columns[0] is None or columns[1] is None:
        return None
    across, up = columns[0], columns[1]
    points = points_of(board, across, up)
    if not points:
        return None
    told = (
        f"{board.title}: {counted(board.images, 'image')} of {counted(board.people, 'person', 'people')}. "
        "Lines: 95 % intervals, cut at the frame. Filled: nobody is better in both. Diamond: the input."
    )
    figure = blank(3.6, "Perception and distortion", told, theme)
    axes = figure.add_subplot()
    _draw(axes, points, theme)
    axes.set_xlabel(f"distortion: {_axis(across)} →")
    axes.set_ylabel(f"perception: {_axis(up)} →")
    axes.set_xlim(_limits([point.x for point in points], across))
    axes.set_ylim(_limits([point.y for point in points], up))
    _name(figure, axes, points, theme)
    return figure


def points_of(board: Board, across: Column, up: Column) -> list[Point]:
    """The rows that have both numbers, and which of the ranked ones nobody beats in both."""
    points = []
    for row in board.rows:
        x, y = row.score(across), row.score(up)
        if x and y and _finite(x) and _finite(y) and (row.ranked or row.anchor):
            points.append(Point(row, x, y))
    ranked = [point for point in points if point.row.ranked]
    return [
        Point(p.row, p.x, p.y, p.row.ranked and not any(_beats(q, p, across, up) for q in ranked))
        for p in points
    ]


def _beats(one: Point, other: Point, across: Column, up: Column) -> bool:
    """Whether one is as good in both, and better in one."""
    signs = [1.0 if column.better == "higher" else -1.0 for column in (across, up)]
    gaps = [sign * (a - b) for sign, a, b in zip(signs, one.at, other.at, strict=True)]
    return min(gaps) >= 0.0 < max(gaps)


def _limits(scores: Sequence[Score], column: Column) -> tuple[float, float]:
    """The ends of an axis, the better one last: all intervals, if points can then be told apart."""
    means = [score.mean or 0.0 for score in scores]
    ends = [end for score in scores for end in (score.low, score.high) if end is not None]
    span = (max(means) - min(means)) or max(abs(means[0]), 1.0) * 0.1
    low = max(min([*ends, *means]), min(means) - 0.6 * span)
    high = min(max([*ends, *means]), max(means) + 0.6 * span)
    low, high = low - 0.1 * span, high + 0.1 * span
    return (low, high) if column.better == "higher" else (high, low)


def _first(board: Board, names: Sequence[str]) -> Column | None:
    known = {column.metric: column for column in board.columns}
    return next((known[name] for name in names if name in known), None)


def _finite(score: Score) -> bool:
    return score.mean is not None and math.isfinite(score.mean)


def _axis(column: Column) -> str:
    return f"{column.label}, {column.better} is better"


def _draw(axes: Axes, points: Sequence[Point], theme: Theme) -> None:
    front = sorted((point.at for point in points if point.on_front), reverse=True)
    axes.plot(
        [x for x, _ in front], [y for _, y in front], color=theme.good, lw=1.0, ls=(0, (1, 2)), zorder=1.5
    )
    for point in points:
        colour = theme.good if point.on_front else theme.faint
        (x, y), anchor = point.at, point.row.anchor is not None
        for score, horizontal in ((point.x, True), (point.y, False)):
            if score.low is not None and score.high is not None:
                ends = ([score.low, score.high], [y, y]) if horizontal else ([x, x], [score.low, score.high])
                axes.plot(*ends, color=colour, lw=0.9, alpha=0.4, solid_capstyle="butt")
        axes.plot(
            [x],
            [y],
            "D" if anchor else "o",
            ms=5.5,
            mew=1.2,
            color=colour,
            mfc=colour if point.on_front else theme.ground,
            zorder=3,
        )


def _name(figure: Figure, axes: Axes, points: Sequence[Point], theme: Theme) -> None:
    """Write the names where they hide nothing; of many, those of the front, the anchors and the first."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # what is measured now stays
    pixel = figure.dpi / 72.0
    named = sorted(points, key=lambda point: not (point.on_front or point.row.anchor))[:_NAMED]
    names = [_text(axes, point, theme) for point in named]
    extents = [name.get_window_extent() for name in names]
    boxes = place(
        [_middle(axes, point) for point in named],
        [(extent.width + 2 * pixel, extent.height) for extent in extents],
        [box for point in points for box in _obstacles(axes, point, pixel)],
        _box(axes),
        6 * pixel,
    )
    back = axes.transData.inverted()
    for name, (left, bottom, right, top), point in zip(names, boxes, named, strict=True):
        name.set_position(tuple(back.transform((left + pixel, bottom))))
        x, y = _middle(axes, point)
        near = (min(max(x, left), right), min(max(y, bottom), top))
        if math.dist(near, (x, y)) > 12 * pixel:
            ends = back.transform([near, (x, y)])
            axes.plot(ends[:, 0], ends[:, 1], color=theme.faint, lw=0.5, zorder=1.2)


def _text(axes: Axes, point: Point, theme: Theme) -> Text:
    colour = theme.ink if point.row.ranked else theme.faint
    return axes.text(*point.at, short(point.row.entry.restorer), fontsize=TEXT, color=colour, va="bottom")


def _middle(axes: Axes, point: Point) -> tuple[float, float]:
    x, y = axes.transData.transform(point.at)
    return float(x), float(y)


def _box(axes: Axes) -> Box:
    frame = axes.get_window_extent()
    return frame.x0, frame.y0, frame.x1, frame.y1


def _obstacles(axes: Axes, point: Point, pixel: float) -> list[Box]:
    """What a name may not hide: the point and its intervals."""
    x, y = _middle(axes, point)
    return [(x - 4 * pixel, y - 4 * pixel, x + 4 * pixel, y + 4 * pixel), *_intervals(axes, point, pixel)]


def _intervals(axes: Axes, point: Point, pixel: float) -> list[Box]:
    """The interval lines of a point, as thin boxes."""
    x, y = point.at
    boxes = []
    if point.x.low is not None and point.x.high is not None:
        boxes.append(_thin(axes, (point.x.low, y), (point.x.high, y), pixel))
    if point.y.low is not None and point.y.high is not None:
        boxes.append(_thin(axes, (x, point.y.low), (x, point.y.high), pixel))
    return boxes


def _thin(axes: Axes, start: tuple[float, float], end: tuple[float, float], pixel: float) -> Box:
    (x0, y0), (x1, y1) = axes.transData.transform([start, end])
    return (min(x0, x1) - pixel, min(y0, y1) - pixel, max(x0, x1) + pixel, max(y0, y1) + pixel)
