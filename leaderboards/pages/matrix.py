"""Who is surely better than whom, by each metric: a matrix of verdicts, and the pairs behind it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bfrbench.benchmark.comparison.differences import Difference, Verdict
from bfrbench.leaderboards import render
from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.records import Published

MARKS: Final[Mapping[Verdict, str]] = {
    "better": "▲",
    "perhaps better": "△",
    "same": "=",
    "unclear": "·",
    "perhaps worse": "▽",
    "worse": "▼",
    "incomplete": "!",
}
_MIRRORED: Final[Mapping[Verdict, Verdict]] = {
    "better": "worse",
    "perhaps better": "perhaps worse",
    "perhaps worse": "perhaps better",
    "worse": "better",
    "same": "same",
    "unclear": "unclear",
    "incomplete": "incomplete",
}
MOST_DRAWN: Final = 40  # restorers in the matrix, the first of the board
MOST_LISTED: Final = 24  # restorers whose every pair is listed; of more, the pairs of the first with each


@dataclass(frozen=True, slots=True)
class Mark:
    """What may be said of the row against the column."""

    verdict: Verdict
    mark: str
    href: str  # of the pair, when it is listed


@dataclass(frozen=True, slots=True)
class Listed:
    """One pair in numbers: first minus second."""

    id: str
    first: str
    second: str
    verdict: Verdict
    difference: str
    interval: str
    p: str
    won: str  # won, tied, lost
    effect: str
    slices: tuple[tuple[str, Verdict, str, str], ...]  # label, verdict, mark, difference
    reason: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """All pairs by one metric."""

    column: Column
    names: tuple[str, ...]  # in the board's order; the matrix has the first MOST_DRAWN
    marks: tuple[tuple[Mark | None, ...], ...]  # rows and columns as names; None on the diagonal, or unknown
    tallies: tuple[tuple[int, int], ...]  # by name: how many it is surely better than, and surely worse
    pairs: tuple[Listed, ...]
    listed_all: bool


def matrices(published: Published) -> list[Matrix]:
    """A matrix for each metric that two rows or more share, headline metrics first."""
    if published.comparison is None:
        return []
    rows = [row.entry.restorer for row in published.board.rows if row.anchor != "hq" and not row.withdrawn]
    found = _by_metric(published.comparison.differences)
    sliced = _by_metric(published.sliced.differences if published.sliced else ())
    first = {metric: place for place, metric in enumerate(published.board.headline)}
    columns = sorted(published.board.columns, key=lambda column: first.get(column.metric, len(first)))
    made = (
        _matrix(column, rows, found[column.metric], sliced.get(column.metric, []))
        for column in columns
        if column.metric in found
    )
    return [matrix for matrix in made if len(matrix.names) > 1]


def _by_metric(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for row in differences:
        found.setdefault(row.metric, []).append(row)
    return found


def _matrix(
    column: Column, rows: Sequence[str], found: Sequence[Difference], sliced: Sequence[Difference]
) -> Matrix:
    known = {name for row in found for name in (row.first, row.second)}
    names = [name for name in rows if name in known]
    place = {name: i for i, name in enumerate(names)}
    by_pair = {(d.first, d.second): d for d in found if d.first in place and d.second in place}
    listed_all = len(names) <= MOST_LISTED
    listed = dict(_listed(names, by_pair, sliced, column, listed_all=listed_all))
    drawn = names[:MOST_DRAWN]
    return Matrix(
        column=column,
        names=tuple(names),
        marks=tuple(tuple(_mark(a, b, by_pair, listed) for b in drawn) for a in drawn),
        tallies=_tallies(names, by_pair.values()),
        pairs=tuple(listed.values()),
        listed_all=listed_all,
    )


def _tallies(names: Sequence[str], found: Iterable[Difference]) -> tuple[tuple[int, int], ...]:
    wins, losses = Counter[str](), Counter[str]()
    for row in found:
        if row.verdict in ("better", "worse"):
            winner, loser = (row.first, row.second) if row.verdict == "better" else (row.second, row.first)
            wins[winner] += 1
            losses[loser] += 1
    return tuple((wins[name], losses[name]) for name in names)


def _mark(
    a: str,
    b: str,
    by_pair: Mapping[tuple[str, str], Difference],
    listed: Mapping[tuple[str, str], Listed],
) -> Mark | None:
    if (a, b) in by_pair:
        verdict = by_pair[a, b].verdict
    elif (b, a) in by_pair:
        verdict = _MIRRORED[by_pair[b, a].verdict]
    else:
        return None
    pair = listed.get((a, b)) or listed.get((b, a))
    return Mark(verdict, MARKS[verdict], f"#{pair.id}" if pair else "")


def _listed(
    names: Sequence[str],
    by_pair: Mapping[tuple[str, str], Difference],
    sliced: Sequence[Difference],
    column: Column,
    *,
    listed_all: bool,
) -> Iterator[tuple[tuple[str, str], Listed]]:
    """Pairs in the board's order, the better placed row first."""
    slices: dict[tuple[str, str], list[Difference]] = {}
    for row in sliced:
        slices.setdefault((row.first, row.second), []).append(row)
    for i, a in enumerate(names if listed_all else names[:1]):
        for j, b in enumerate(names[i + 1 :], i + 1):
            swap = (a, b) not in by_pair
            key = (b, a) if swap else (a, b)
            if key in by_pair:
                parts = [_swapped(part) if swap else part for part in slices.get(key, [])]
                own = _swapped(by_pair[key]) if swap else by_pair[key]
                yield (a, b), _as_listed(own, parts, column, f"pair-{i}-{j}")


def _swapped(row: Difference) -> Difference:
    """The same pair, second minus first."""

    def minus(value: float | None) -> float | None:
        return None if value is None else -value

    return replace(
        row,
        first=row.second,
        second=row.first,
        first_only=row.second_only,
        second_only=row.first_only,
        first_mean=row.second_mean,
        second_mean=row.first_mean,
        difference=minus(row.difference),
        low=minus(row.high),
        high=minus(row.low),
        wins=row.losses,
        losses=row.wins,
        rank_biserial=minus(row.rank_biserial),
        cohens_d=minus(row.cohens_d),
        verdict=_MIRRORED[row.verdict],
    )


def _as_listed(row: Difference, parts: Sequence[Difference], column: Column, id_: str) -> Listed:
    counts = (row.wins, row.ties, row.losses)
    return Listed(
        id=id_,
        first=row.first,
        second=row.second,
        verdict=row.verdict,
        difference=_signed(row.difference, column.digits),
        interval=""
        if row.low is None
        else f"{_signed(row.low, column.digits)} … {_signed(row.high, column.digits)}",
        p=chance(row.p_holm),
        won=" / ".join(map(str, counts)) if None not in counts else "",
        effect=_signed(row.rank_biserial, 2) if row.rank_biserial is not None else "",
        slices=tuple(
            (p.slice, p.verdict, MARKS[p.verdict], _signed(p.difference, column.digits)) for p in parts
        ),
        reason=row.reason,
    )


def chance(p: float | None) -> str:
    """A p value with two digits; `< 0.0001` below that."""
    if p is None:
        return ""
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def _signed(value: float | None, digits: int) -> str:
    text = render.number_text(value, digits)
    return f"+{text}" if value is not None and value > 0.0 and float(text.replace("∞", "inf")) > 0 else text
