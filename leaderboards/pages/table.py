"""A board as a table to be shown: columns in groups, and beside the scores ranks, coverage and cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.leaderboards import page, render
from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.leakage import Flags, flags
from bfrbench.leaderboards.pages.cost import COSTS
from bfrbench.leaderboards.pages.frame import amount
from bfrbench.leaderboards.records import Publication

GROUPS: Final = {
    "fidelity": "Fidelity",
    "perception": "Perception",
    "identity": "Identity",
    "landmarks": "Landmarks",
    "distribution": "Distribution",
    "other": "Other",
}

_LONG: Final = 60  # rows

Places = Mapping[str, Mapping[str, Rank]]


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that stand together under one heading."""

    key: str
    title: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of the table and what stands with it."""

    cell: page.Cell
    places: str  # the places that it may have, "1-3"; "": not known
    note: str  # number of its footnote


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    name: str
    role: str  # the input itself, ground truth, why it was withdrawn, or nothing
    note: str  # number of its footnote
    share: int  # of its images that are ok, in percent, rounded down
    states: str  # what became of the others, in words
    cells: tuple[Shown, ...]  # in the order of the groups' columns
    costs: tuple[tuple[str, str], ...]  # text, and what to sort by


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that stand together: ranked, not ranked, anchors, withdrawn."""

    kind: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A board, ready to print."""

    groups: tuple[Group, ...]
    parts: tuple[Part, ...]
    first: int | None  # the place of the column that rows are sorted by
    footnotes: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether it is too long for all details at once: readers may ask for them."""
        return sum(len(part.lines) for part in self.parts) > _LONG

    @property
    def has_costs(self) -> bool:
        """Whether any row knows what it cost."""
        return any(sort for part in self.parts for line in part.lines for _, sort in line.costs)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of metrics, from left to right."""
        return tuple(column for group in self.groups for column in group.columns)


def make_table(board: Board, publications: Mapping[str, Publication], places: Places) -> Table:
    """The table of a board; places[metric][restorer] are the ranks that a row may have."""
    groups = tuple(_groups(board.columns))
    columns = [column for group in groups for column in group.columns]
    order = [board.columns.index(column) for column in columns]
    cells, notes = page.cells(board), flags(board, publications)

    def line(row: Row) -> Line:
        name = row.entry.restorer
        own = [cells[name][place] for place in order]
        return _line(row, list(zip(columns, own, strict=True)), publications.get(name), places, notes)

    parts = tuple(Part(kind, heading, tuple(map(line, rows))) for kind, heading, rows in page.parts(board))
    firsts = [column.metric == (board.sort_column and board.sort_column.metric) for column in columns]
    return Table(groups, parts, firsts.index(True) if any(firsts) else None, notes.texts)


def group_of(metric: str) -> str:
    """The group of a metric; `other` for one that the table of metrics does not hold."""
    return METRICS[metric].group if metric in METRICS else "other"


def places_text(rank: Rank | None) -> str:
    """`2`, or `1-3` when the people at hand cannot tell."""
    if rank is None:
        return ""
    return f"{rank.best}" if rank.best == rank.worst else f"{rank.best}–{rank.worst}"


def _groups(columns: Sequence[Column]) -> Iterator[Group]:
    for key, title in GROUPS.items():
        if own := tuple(column for column in columns if group_of(column.metric) == key):
            yield Group(key, title, own)


def _line(
    row: Row,
    cells: Sequence[tuple[Column, page.Cell]],
    about: Publication | None,
    places: Places,
    notes: Flags,
) -> Line:
    name = row.entry.restorer
    return Line(
        name=name,
        role=row.withdrawn or render.role_text(row),
        note=notes.mark(name),
        share=100 * row.entry.states.get("ok", 0) // row.images if row.images else 0,
        states=row.states_in_words(),
        cells=tuple(
            Shown(cell, places_text(places.get(column.metric, {}).get(name)), notes.mark(name, column.metric))
            for column, cell in cells
        ),
        costs=tuple(_cost_cell(column.value(about) if about else None) for column in COSTS),
    )


def _cost_cell(value: float | None) -> tuple[str, str]:
    return (render.NO_VALUE, "") if value is None else (amount(value), repr(value))
