"""Make a board of entries: who may stand in one table, in which order, and which values are best.

A board never mixes numbers that cannot be compared: its entries share the data set (by sha256), the
protocol, the version and direction of every metric, and the weights of every judge.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from bfrbench.benchmark.open_scores import check_comparable
from bfrbench.errors import InputError
from bfrbench.files import few
from bfrbench.leaderboards.labels import ARROWS, HEADLINES, family, label_of
from bfrbench.types import Direction, Entry, Score, State

Anchor = Literal["lq", "hq"]
"""The input itself and the ground truth: bounds that every board shows and never ranks."""

_LAST = len(get_args(Anchor)) + 2  # group of the withdrawn rows, below ranked, not ranked and anchors


@dataclass(frozen=True, slots=True)
class Column:
    """One metric of a board."""

    metric: str  # name/variant
    version: int
    better: Direction
    name: str  # LPIPS
    digits: int  # after the point
    headline: bool  # rows are sorted by it; single images show it

    @property
    def variant(self) -> str:
        """What tells this metric from others of its family: `alex` of `lpips/alex`."""
        return self.metric.partition("/")[2]

    @property
    def label(self) -> str:
        """Name and variant: `LPIPS (alex)`."""
        return f"{self.name} ({self.variant})" if self.variant else self.name

    @property
    def arrow(self) -> str:
        """Which way is better, as papers draw it."""
        return ARROWS[self.better]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry on a board."""

    entry: Entry
    ranks: tuple[int | None, ...]  # by column; ties share a rank; None: not ranked there
    complete: bool  # all its images are ok
    anchor: Anchor | None
    withdrawn: str = ""  # why it no longer stands: a sentence; "": it does

    @property
    def ranked(self) -> bool:
        """Whether it takes part: measured, complete, not withdrawn and not an anchor."""
        return _takes_part(self.entry) and not self.withdrawn

    @property
    def images(self) -> int:
        """How many images it answers for, in whatever state."""
        return sum(self.entry.states.values())

    def score(self, column: Column) -> Score | None:
        """Its score in a column, if it has one."""
        return next((score for score in self.entry.scores if score.metric == column.metric), None)

    def states_in_words(self) -> str:
        """Every state but ok with its count, `3 restorer_error, 1 missing`; '' when all are ok."""
        if not self.images:
            return "no image is accounted for"
        counts = self.entry.states
        return ", ".join(f"{counts[s]} {s}" for s in get_args(State) if s != "ok" and counts.get(s))


@dataclass(frozen=True, slots=True)
class Board:
    """A table of entries that can be compared, in the order in which it is shown."""

    title: str
    dataset: str
    dataset_sha256: str
    protocol: str
    images: int
    people: int  # independent units behind the intervals
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]  # ranked rows, best first; those not ranked; the anchors; those withdrawn
    notes: tuple[str, ...]  # what was not computed, and why
    headline: tuple[str, ...] = ()  # metrics that rows are sorted by, the first one first

    @property
    def sort_column(self) -> Column | None:
        """The column that rows are sorted by."""
        return next(iter(_sort_columns(self.columns, self.headline)), None)


def make_board(
    entries: Sequence[Entry],
    *,
    title: str,
    headline: Sequence[str] = (),
    withdrawn: Mapping[str, str] = MappingProxyType({}),
) -> Board:
    """Rank entries; their order does not matter.

    headline: the metrics that rows are sorted by (none: the first of each family in HEADLINES); withdrawn:
    {restorer: why it no longer stands}.

    Raises InputError for no entry, two of one name, or entries that cannot be compared.
    """
    entries = sorted(entries, key=lambda entry: entry.restorer)
    _check_names(entries)
    check_comparable(entries)
    headline = tuple(headline) or _usual_headline(entries)
    columns = _columns(entries, headline)
    standing = {entry.restorer for entry in entries if _takes_part(entry)} - withdrawn.keys()
    ranks = list(zip(*(_column_ranks(entries, column, standing) for column in columns), strict=True))
    rows = [
        Row(
            entry=entry,
            ranks=tuple(ranks[i]) if columns else (),
            complete=_is_complete(entry),
            anchor=_anchor(entry),
            withdrawn=withdrawn.get(entry.restorer, ""),
        )
        for i, entry in enumerate(entries)
    ]
    first = entries[0]
    return Board(
        title=title,
        dataset=first.dataset,
        dataset_sha256=first.dataset_sha256,
        protocol=first.protocol,
        images=max(row.images for row in rows),
        people=max(entry.people for entry in entries),
        columns=columns,
        rows=_in_order(rows, columns, headline),
        notes=tuple(_notes(entries, columns)),
        headline=headline,
    )


def _check_names(entries: Sequence[Entry]) -> None:
    if not entries:
        raise InputError("A board needs the scores of one run at least.")
    names = [entry.restorer for entry in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"Two of these scores are called {few(twice)}: leave one out, or score it under another name."
        )


def _usual_headline(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The first metric of each family in HEADLINES that has a value."""
    valued = [score.metric for score in _first_scores(entries)]
    firsts = (next((metric for metric in valued if family(metric) == name), "") for name in HEADLINES)
    return tuple(filter(None, firsts))


def _first_scores(entries: Sequence[Entry]) -> list[Score]:
    """A score for each metric that has a value in some entry, in the protocol's order."""
    first: dict[str, Score] = {}
    for entry in entries:
        for score in entry.scores:
            if score.mean is not None:
                first.setdefault(score.metric, score)
    place = {score.metric: i for entry in reversed(entries) for i, score in enumerate(entry.scores)}
    return sorted(first.values(), key=lambda score: (place[score.metric], score.metric))


def _columns(entries: Sequence[Entry], headline: Sequence[str]) -> tuple[Column, ...]:
    return tuple(
        Column(
            metric=score.metric,
            version=score.version,
            better=score.better,
            name=label_of(score.metric).text,
            digits=label_of(score.metric).digits,
            headline=score.metric in headline,
        )
        for score in _first_scores(entries)
    )


def _column_ranks(entries: Sequence[Entry], column: Column, standing: Collection[str]) -> list[int | None]:
    """Ranks as in sports: 1, 1, 3. Values are compared as printed: the digits behind are noise."""
    values = [_ranked_value(entry, column) if entry.restorer in standing else None for entry in entries]
    sign = 1.0 if column.better == "higher" else -1.0
    known = [sign * value for value in values if value is not None]
    return [None if value is None else 1 + sum(other > sign * value for other in known) for value in values]


def _ranked_value(entry: Entry, column: Column) -> float | None:
    """The value that takes part in a column: one over all of the row's images."""
    for score in entry.scores:
        if score.metric == column.metric and score.mean is not None and score.n == score.expected:
            return round(score.mean, column.digits)
    return None


def _takes_part(entry: Entry) -> bool:
    return entry.status == "measured" and _is_complete(entry) and _anchor(entry) is None


def _is_complete(entry: Entry) -> bool:
    return 0 < entry.states.get("ok", 0) == sum(entry.states.values())


def _anchor(entry: Entry) -> Anchor | None:
    return next((anchor for anchor in get_args(Anchor) if entry.restorer == anchor), None)


def _in_order(rows: Sequence[Row], columns: tuple[Column, ...], headline: Sequence[str]) -> tuple[Row, ...]:
    places = [columns.index(column) for column in _sort_columns(columns, headline)]
    last = len(rows) + 1

    def key(row: Row) -> tuple[int, list[int], str]:
        group = get_args(Anchor).index(row.anchor) + 2 if row.anchor else int(not row.ranked)
        group = _LAST if row.withdrawn else group
        return group, [row.ranks[place] or last for place in places], row.entry.restorer

    return tuple(sorted(rows, key=key))


def _sort_columns(columns: Sequence[Column], headline: Sequence[str]) -> list[Column]:
    """Headline columns in their order, then the others."""
    order = {metric: i for i, metric in enumerate(headline)}
    return sorted(columns, key=lambda column: order.get(column.metric, len(order)))


def _notes(entries: Sequence[Entry], columns: Sequence[Column]) -> Iterator[str]:
    """One sentence for each metric without any value, then one for each gap in a column."""
    shown = {column.metric for column in columns}
    nowhere: dict[str, list[str]] = {}
    gaps: list[str] = []
    for entry in entries:
        for score in entry.scores:
            reason = score.reason or score.state
            if score.metric not in shown:
                reasons = nowhere.setdefault(score.metric, [])
                reasons += [reason] if reason not in reasons else []
            elif score.mean is None:
                gaps.append(f"{score.metric} of {entry.restorer}: not computed: {reason}")
            elif score.reason and score.n < score.expected:
                gaps.append(f"{score.metric} of {entry.restorer}: on {score.n} of {score.expected}: {reason}")
    yield from (f"{metric}: not computed: {'; '.join(reasons)}" for metric, reasons in nowhere.items())
    yield from gaps
