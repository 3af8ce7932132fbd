"""How figures look: two themes, colours that all can tell apart, one width."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

WIDTH: Final = 6.7
"""Inches: the width of text over both columns of a paper; fonts are at their final size."""

TITLE, TEXT, SMALL = 9.5, 8.0, 7.0
"""Font sizes in points."""

LEGEND_ROW: Final = 0.18
_HEAD: Final = 0.34  # of the title
_FOOT: Final = 0.14  # of each line of words
_LETTERS: Final = 120  # that fit into such a line
_LEFT: Final = 0.012  # of the width
_NAME: Final = 26  # letters of a restorer's name


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a figure; those of the series differ to eyes without red, green or blue cones, too."""

    name: str
    ground: str
    ink: str
    faint: str  # of what is said besides
    line: str  # of axes and grids
    good: str
    bad: str
    series: tuple[str, ...]


LIGHT: Final = Theme(
    name="light",
    ground="#ffffff",
    ink="#1f2328",
    faint="#5d6670",
    line="#d5d9de",
    good="#0072b2",
    bad="#d55e00",
    series=("#0072b2", "#d55e00", "#1e9f6a", "#7d2551", "#404c0b", "#827cf9"),
)
DARK: Final = Theme(
    name="dark",
    ground="#14171c",
    ink="#e8eaed",
    faint="#a3abb5",
    line="#3a4048",
    good="#5cb8f5",
    bad="#ff9a5c",
    series=("#5cb8f5", "#ff9a5c", "#9ae9a4", "#cd4476", "#5b8313", "#7d61e2"),
)
THEMES: Final = (LIGHT, DARK)

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """Everything drawn inside has the theme; text in SVG stays text, and its ids are the same each time."""
    settings = {
        "axes.edgecolor": theme.line,
        "axes.facecolor": theme.ground,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.labelcolor": theme.ink,
        "axes.labelsize": TEXT,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": TEXT,
        "figure.facecolor": theme.ground,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
        "font.size": TEXT,
        "grid.color": theme.line,
        "grid.linewidth": 0.5,
        "legend.fontsize": TEXT,
        "legend.frameon": False,
        "savefig.facecolor": theme.ground,
        "svg.fonttype": "none",
        "svg.hashsalt": "bfrbench",
        "text.color": theme.ink,
        "text.parse_math": False,  # a $ in a name is a $
        "xtick.color": theme.line,
        "xtick.labelcolor": theme.faint,
        "xtick.labelsize": SMALL,
        "ytick.color": theme.line,
        "ytick.labelcolor": theme.faint,
        "ytick.labelsize": SMALL,
    }
    with rc_context(settings):  # type: ignore[arg-type]  # its stub knows no new settings
        yield


def blank(body: float, title: str, told: str, theme: Theme, *, legend_rows: int = 0) -> Figure:
    """A figure with its heading, room for a legend, words below; `body` inches are left for the rest."""
    lines = textwrap.wrap(told, _LETTERS)
    head, foot = _HEAD + legend_rows * LEGEND_ROW, len(lines) * _FOOT + 0.06
    height = head + body + foot
    layout = ConstrainedLayoutEngine(rect=(0.0, foot / height, 1.0, body / height))
    figure = Figure(figsize=(WIDTH, height), layout=layout)
    figure.text(_LEFT, 1.0 - 0.06 / height, title, va="top", fontsize=TITLE, fontweight="bold")
    for number, line in enumerate(reversed(lines)):
        y = (number * _FOOT + 0.06) / height
        figure.text(_LEFT, y, line, va="bottom", fontsize=SMALL, color=theme.faint)
    return figure


def legend(figure: Figure, axes: Axes, columns: int) -> None:
    """The legend of all panels, below the heading."""
    height = figure.get_size_inches()[1]
    handles, names = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(_LEFT, 1.0 - (_HEAD - 0.06) / height),
        borderaxespad=0.0,
        borderpad=0.0,
        labelspacing=0.4,
        ncols=columns,
        handlelength=2.6,
        columnspacing=1.6,
    ).set_in_layout(False)


def short(name: str) -> str:
    """A restorer's name, cut where it would not fit."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def plain(axes: Axes) -> None:
    """No line around, no marks of scales."""
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
