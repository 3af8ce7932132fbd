"""Which metrics agree about the same images: Spearman's correlation, each turned so that more is better."""

import math

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.plots.style import TEXT, WIDTH, Theme, blank, plain
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import counted

_FULL = 0.6  # from here on, a cell's colour is so full that its number is written in the ground's


def correlation(published: Published, theme: Theme) -> Figure | None:
    """The lower triangle of the matrix; None when fewer than two metrics have values of single images."""
    columns, matrix = correlations(published)
    if len(columns) < 2:
        return None
    ranked = sum(row.ranked for row in published.board.rows)
    told = (
        f"{published.board.title}: Spearman's correlation over {counted(published.board.images, 'image')} "
        f"of each restorer, mean over {counted(ranked, 'restorer')}. Every metric turned so that more is "
        "better."
    )
    count = len(columns)
    side = min(0.36, (WIDTH - 2.0) / count)
    figure = blank(1.2 + side * count, "Which metrics agree about an image", told, theme)
    axes = figure.add_subplot()
    shown = np.ma.masked_where(np.triu(np.ones_like(matrix, dtype=bool)) | np.isnan(matrix), matrix)
    colours = LinearSegmentedColormap.from_list("agreement", [theme.bad, theme.ground, theme.good])
    axes.imshow(shown[1:, :-1], cmap=colours, vmin=-1.0, vmax=1.0, aspect="equal")
    for i, j in ((row, column) for row in range(count) for column in range(row)):
        value = float(matrix[i, j])
        if not math.isnan(value):
            axes.text(
                j,
                i - 1,
                f"{round(value, 2) + 0.0:.2f}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=min(TEXT, 19 * side),
                color=theme.ground if abs(value) > _FULL else theme.ink,
            )
    names = [column.label for column in columns]
    axes.set_yticks(range(count - 1), names[1:], fontsize=TEXT, color=theme.ink)
    axes.set_xticks(range(count - 1), names[:-1], fontsize=TEXT, color=theme.ink, rotation=40, ha="right")
    axes.tick_params(axis="x", pad=1)
    for tick in axes.get_xticklabels():
        tick.set_rotation_mode("anchor")
    axes.grid(visible=False)
    plain(axes)
    return figure


def correlations(published: Published) -> tuple[list[Column], NDArray[np.float64]]:
    """The metrics of single images, and how they correlate over a restorer's images: the mean of all ranked.

    Where a metric gives all images of a restorer one value, that restorer has no say; NaN where nobody has.
    """
    ranked = [row.entry.restorer for row in published.board.rows if row.ranked]
    tables = [published.values[name] for name in ranked]
    columns = [
        column
        for column in published.board.columns
        if any(column.metric in table and table[column.metric].nunique() > 1 for table in tables)
    ]
    names = [column.metric for column in columns]
    signs = np.array([1.0 if column.better == "higher" else -1.0 for column in columns])
    every = [table.reindex(columns=names).corr("spearman").to_numpy() for table in tables]
    if not every or not names:
        return [], np.zeros((0, 0))
    stacked = pd.DataFrame([matrix.ravel() for matrix in every]).mean().to_numpy()
    return columns, stacked.reshape(len(names), -1) * np.outer(signs, signs)
