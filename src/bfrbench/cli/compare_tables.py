"""Comparisons for the terminal: tables, and what they say in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from rich.table import Table

from bfrbench.benchmark.compare import Comparison
from bfrbench.benchmark.comparison.curves import AreaDifference, Curves
from bfrbench.benchmark.comparison.differences import Difference, Verdict
from bfrbench.benchmark.comparison.orders import Orders
from bfrbench.benchmark.statistics.ranks import Rank, Standing
from bfrbench.cli.console import escape, out
from bfrbench.cli.tables import number
from bfrbench.leaderboards.labels import ARROWS, label_of

_STYLES: Mapping[Verdict, str] = {
    "better": "bold green",
    "perhaps better": "green",
    "perhaps worse": "red",
    "worse": "bold red",
    "incomplete": "yellow",
}
_MARKS: Mapping[Verdict, str] = {
    "better": "▲",
    "perhaps better": "△",
    "perhaps worse": "▽",
    "worse": "▼",
    "incomplete": "!",
}
_FOUND: tuple[Verdict, ...] = ("better", "perhaps better", "perhaps worse", "worse")
_DETAILED = 2  # up to so many metrics, slices are shown with means and intervals


def print_comparison(comparison: Comparison) -> None:
    """A comparison for people: the order of all, each pair, and the words to read them by."""
    out.print(
        f"[bold]{escape(comparison.dataset)}[/]: {comparison.images} images of {comparison.clusters} "
        f"{_units(comparison)}, protocol {comparison.protocol}"
    )
    if comparison.orders is not None:
        out.print()
        _print_orders(comparison.restorers, comparison.orders)
    for (first, second), rows in groupby(comparison.differences, key=lambda row: (row.first, row.second)):
        out.print()
        _print_pair(comparison, first, second, list(rows))
    out.print()
    for note in comparison.notes:
        out.print(f"[yellow]Note:[/] {escape(note)}")
    out.print(f"[dim]{_how_to_read(comparison)}[/]")


def _units(comparison: Comparison) -> str:
    return "people" if comparison.cluster == "person_id" else f"different {escape(comparison.cluster)}"


def _how_to_read(comparison: Comparison) -> str:
    tests = sum(row.p is not None for row in comparison.differences)
    return (
        "Differences are the first's mean minus the second's. The interval holds the true difference for "
        "about 95 of 100 such groups of people; where it holds 0, these images do not say who is better. p: "
        f"how likely chance alone makes at least one such difference among the {tests} tested here (Holm); "
        "from 0.05 on, the winner is only `perhaps`. Tied: no further apart than one in the last digit. "
        "More: docs/statistics.md."
    )


def _table(*columns: str, left: int = 1) -> Table:
    """A plain table; the first `left` columns are words."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1), collapse_padding=True)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < left else "right", no_wrap=True)
    return table


def _print_pair(comparison: Comparison, first: str, second: str, rows: Sequence[Difference]) -> None:
    title = f"[bold]{escape(first)}[/] against [bold]{escape(second)}[/]"
    metrics = list(dict.fromkeys(row.metric for row in rows))
    if not comparison.by:
        out.print(title)
        out.print(_metrics_table(second, rows))
    elif len(metrics) > _DETAILED:
        out.print(f"{title}: differences by {escape(comparison.by)}")
        out.print(_matrix(comparison.by, metrics, rows))
        marks = ", ".join(f"{mark} {verdict}" for verdict, mark in _MARKS.items())
        out.print(f"[dim]{marks}; intervals: name one or two metrics with --metric.[/]")
    else:
        for metric in metrics:
            arrow = ARROWS[next(row.better for row in rows if row.metric == metric)]
            out.print(f"{title}: {metric} {arrow} by {escape(comparison.by)}")
            out.print(_slices_table(comparison, metric, [row for row in rows if row.metric == metric]))
    for loser, lost in ((second, max(r.first_only for r in rows)), (first, max(r.second_only for r in rows))):
        if lost:
            out.print(
                f"[yellow]{escape(loser)} lacks {lost} images that the other has: they count as lost.[/]"
            )
    for reason in dict.fromkeys(f"{row.metric}: {row.reason}" for row in rows if row.reason):
        out.print(f"[dim]{escape(reason)}[/]")
    if not comparison.by:
        out.print(escape(_in_words(first, second, rows)))


def _metrics_table(second: str, rows: Sequence[Difference]) -> Table:
    """One pair over all images, a row for each metric."""
    table = _table(
        "metric",
        "",
        escape(second),
        "difference",
        "95 % interval",
        "p (Holm)",
        "won",
        "tied",
        "lost",
        "better",
        left=2,
    )
    table.columns[-1].justify = "left"
    for row in rows:
        table.add_row(
            row.metric,
            ARROWS[row.better],
            number(row.second_mean, label_of(row.metric).digits),
            *_difference_cells(row),
            _winner(row),
        )
    return table


def _difference_cells(row: Difference) -> list[str]:
    digits = label_of(row.metric).digits
    counts = ["" if count is None else str(count) for count in (row.wins, row.ties, row.losses)]
    return [
        _signed(row.difference, digits),
        "" if row.low is None else f"{_signed(row.low, digits)} … {_signed(row.high, digits)}",
        _chance(row.p_holm),
        *counts,
    ]


def _signed(value: float | None, digits: int) -> str:
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0.0 else text


def _chance(p: float | None) -> str:
    if p is None:
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _winner(row: Difference) -> str:
    """Who is better, as far as that may be said."""
    style = _STYLES.get(row.verdict, "")
    winner = row.first if row.verdict.endswith("better") else row.second
    text = {
        "unclear": "–",
        "same": "same",
        "incomplete": "incomplete",
        "better": winner,
        "worse": winner,
    }.get(row.verdict, f"perhaps {winner}")
    return f"[{style}]{escape(text)}[/]" if style else text


def _in_words(first: str, second: str, rows: Sequence[Difference]) -> str:
    """One sentence for those who do not read tables."""
    of: dict[Verdict, list[str]] = {}
    for row in rows:
        of.setdefault(row.verdict, []).append(row.metric)
    by = {verdict: " and ".join(", ".join(of[verdict]).rsplit(", ", 1)) for verdict in of}
    found = [f"{verdict} by {by[verdict]}" for verdict in _FOUND if verdict in by]
    sentences = [f"Against {second}, {first} is {'; '.join(found)}."] if found else []
    if "same" in by:
        sentences.append(f"By {by['same']} no image differs.")
    if "incomplete" in by:
        sentences.append(
            f"By {by['incomplete']} the one that leads lacks images, so nobody is called better."
        )
    if "unclear" in by:
        sentences.append(f"By {by['unclear']} these images do not say who is better.")
    return " ".join(sentences)


def _slices_table(comparison: Comparison, metric: str, rows: Sequence[Difference]) -> Table:
    """One pair and metric, a row for each slice, and the area under the curve where there is one."""
    first, second, digits = rows[0].first, rows[0].second, label_of(metric).digits
    table = _table(
        escape(comparison.by),
        "images",
        escape(first),
        escape(second),
        "difference",
        "95 % interval",
        "p (Holm)",
        "won",
        "tied",
        "lost",
        "better",
    )
    table.columns[-1].justify = "left"
    for row in rows:
        means = (number(mean, digits) for mean in (row.first_mean, row.second_mean))
        table.add_row(escape(row.slice), str(row.images), *means, *_difference_cells(row), _winner(row))
    for found in comparison.curves.areas:
        if (found.metric, found.first, found.second) == (metric, first, second):
            table.add_row(*_area_cells(comparison.curves, found, digits), *_area_winner(found, rows[0]))
    return table


def _area_cells(curves: Curves, found: AreaDifference, digits: int) -> list[str]:
    lines = {line.restorer: line.curve for line in curves.lines if line.metric == found.metric}
    area = found.area
    return [
        "area",
        str(sum(point.images for point in lines[found.first].points)),
        *(number(lines[name].area.value, digits) for name in (found.first, found.second)),
        _signed(area.value, digits),
        "" if area.low is None else f"{_signed(area.low, digits)} … {_signed(area.high, digits)}",
    ]


def _area_winner(found: AreaDifference, row: Difference) -> list[str]:
    """The cells after the interval: no test, and a winner by the interval alone."""
    low, high = found.area.low, found.area.high
    if low is None or high is None or low <= 0.0 <= high:
        return ["", "", "", "", "–"]
    leads = (found.area.value > 0.0) == (row.better == "higher")
    verdict: Verdict = "perhaps better" if leads else "perhaps worse"
    return ["", "", "", "", _winner(replace(row, verdict=verdict))]


def _matrix(by: str, metrics: Sequence[str], rows: Sequence[Difference]) -> Table:
    """One pair by many metrics: a row for each slice, the differences with their marks."""
    of = {(row.slice, row.metric): row for row in rows}
    table = _table(escape(by), "images", *(_heading(of[rows[0].slice, metric]) for metric in metrics))
    for label in dict.fromkeys(row.slice for row in rows):
        own = [of[label, metric] for metric in metrics]
        images = str(max(row.images for row in own))
        table.add_row(escape(label), images, *(_marked(row) for row in own))
    return table


def _heading(row: Difference) -> str:
    label = label_of(row.metric)
    return f"{label.text} {ARROWS[row.better]}\n[dim]{row.metric.partition('/')[2]}[/]"


def _marked(row: Difference) -> str:
    text = f"{_signed(row.difference, label_of(row.metric).digits)}{_MARKS.get(row.verdict, ' ')}"
    style = _STYLES.get(row.verdict, "")
    return f"[{style}]{text}[/]" if style else text


def _print_orders(restorers: Sequence[str], orders: Orders) -> None:
    """The places of all restorers, a column for each metric; the best by all of them first."""
    headings = (
        f"{label_of(ranked.metric).text}\n[dim]{ranked.metric.partition('/')[2]}[/]"
        for ranked in orders.ranks
    )
    table = _table("places", *headings, "all\n[dim](Borda)[/]", "images won")
    for name in sorted(restorers, key=lambda name: _order(orders, name)):
        places = (_places(ranked.places.get(name)) for ranked in orders.ranks)
        rate = orders.win_rates.get(name)
        won = "–" if rate is None else f"{rate.rate:.0%}"
        if rate is not None and rate.low is not None and rate.high is not None:
            won += f" ({100 * rate.low:.0f}–{100 * rate.high:.0f})"
        table.add_row(escape(name), *places, _standing(orders.standings.get(name)), won)
    out.print(table)
    out.print(
        "[dim]1–2: first or second, for all that these people tell (95 %, all places together); –: lacks "
        "images. All: Borda's count over families of metrics, with the places when one family is left out. "
        "Images won: against any other restorer, by any metric.[/]"
    )


def _order(orders: Orders, name: str) -> tuple[int, str]:
    standing = orders.standings.get(name)
    return (standing.place if standing else len(orders.win_rates) + 1), name


def _places(rank: Rank | None) -> str:
    if rank is None:
        return "–"
    return str(rank.place) if rank.best == rank.worst else f"{rank.best}–{rank.worst}"


def _standing(standing: Standing | None) -> str:
    if standing is None:
        return "–"
    spread = "" if standing.best == standing.worst else f" ({standing.best}–{standing.worst})"
    return f"{standing.place}{spread}"
