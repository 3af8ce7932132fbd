"""The forest plot: how far the first of a board is ahead of each other, image by image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bfrbench.benchmark.comparison.differences import Difference, Verdict
from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.plots.severity import headline_columns
from bfrbench.leaderboards.plots.style import SMALL, TEXT, Theme, blank, short
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import counted

_MOST = 24  # others

_OPPOSITE: Mapping[Verdict, Verdict] = {
    "better": "worse",
    "perhaps better": "perhaps worse",
    "perhaps worse": "perhaps better",
    "worse": "better",
}


@dataclass(frozen=True, slots=True)
class Lead:
    """How far the first is ahead of another: positive is better, whichever way the metric goes."""

    other: str
    value: float
    low: float
    high: float
    verdict: Verdict


def differences(published: Published, theme: Theme) -> Figure | None:
    """The forest plot of the headline metrics; None when there are no two ranked entries to compare."""
    board, comparison = published.board, published.comparison
    first = next((row.entry.restorer for row in board.rows if row.ranked), None)
    if comparison is None or first is None:
        return None
    leads = {
        column.metric: leads_of(comparison.differences, first, column)
        for column in headline_columns(published, {row.metric for row in comparison.differences})
    }
    columns = [column for column in board.columns if leads.get(column.metric)]
    columns.sort(key=lambda column: published.definition.headline.index(column.metric))
    if not columns:
        return None
    order = [row.entry.restorer for row in board.rows]
    others = sorted({lead.other for of in leads.values() for lead in of}, key=order.index)[:_MOST]
    told = (
        f"Right of the line, {short(first)} is the better one. {board.title}: mean of paired differences "
        f"over {counted(board.images, 'image')}, 95 % intervals, people resampled. Filled: the difference "
        "stands after Holm's correction."
    )
    figure = blank(0.75 + 0.22 * len(others), f"How far {short(first)} is ahead", told, theme)
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        _panel(axes, column, leads[column.metric], others, theme)
    panels[0].set_yticks(range(len(others)), list(map(short, others)), fontsize=TEXT, color=theme.ink)
    panels[0].set_ylim(len(others) - 0.5, -0.5)
    return figure


def leads_of(rows: Sequence[Difference], first: str, column: Column) -> list[Lead]:
    """The differences between the first and every other, over all images, that have an interval."""
    found = []
    for row in rows:
        if row.metric != column.metric or row.slice or first not in (row.first, row.second):
            continue
        if row.difference is None or row.low is None or row.high is None or "hq" in (row.first, row.second):
            continue
        turned = (row.second == first) != (column.better == "lower")
        value, low, high = (
            (-row.difference, -row.high, -row.low) if turned else (row.difference, row.low, row.high)
        )
        verdict = row.verdict if row.first == first else _OPPOSITE.get(row.verdict, row.verdict)
        found.append(Lead(row.second if row.first == first else row.first, value, low, high, verdict))
    return found


def _panel(axes: Axes, column: Column, leads: Sequence[Lead], others: Sequence[str], theme: Theme) -> None:
    axes.axvline(0.0, color=theme.faint, lw=0.9)
    for lead in (lead for lead in leads if lead.other in others):
        height, sure = others.index(lead.other), lead.verdict in ("better", "worse")
        colour = (
            theme.faint if lead.low <= 0.0 <= lead.high else (theme.good if lead.value > 0.0 else theme.bad)
        )
        axes.plot([lead.low, lead.high], [height, height], color=colour, lw=1.6, solid_capstyle="butt")
        axes.plot(
            [lead.value], [height], "o", ms=5, mew=1.2, color=colour, mfc=colour if sure else theme.ground
        )
    axes.set_title(column.label, loc="left")
    axes.set_xlabel("← worse    better →", fontsize=SMALL, color=theme.faint)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)
