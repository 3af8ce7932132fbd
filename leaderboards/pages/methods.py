"""A page for each method: what it is, what it declares, and how it stands everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bfrbench.leaderboards import page, render
from bfrbench.leaderboards.board import Column, Row
from bfrbench.leaderboards.leakage import Flags, flags
from bfrbench.leaderboards.pages.cases import Extremes, extremes
from bfrbench.leaderboards.pages.cost import COSTS
from bfrbench.leaderboards.pages.frame import amount
from bfrbench.leaderboards.pages.table import places_text
from bfrbench.leaderboards.records import Method, Publication, Published, ReportedColumn, ReportedTable
from bfrbench.leaderboards.side_by_side import ALIASES, INPUT


@dataclass(frozen=True, slots=True)
class Value:
    """One metric of a method on one board."""

    column: Column
    cell: page.Cell
    places: str


@dataclass(frozen=True, slots=True)
class Appearance:
    """A method on one board."""

    published: Published
    row: Row
    publication: Publication
    values: tuple[Value, ...]
    flags: tuple[str, ...]  # its footnotes on the board
    coverage: str
    costs: tuple[tuple[str, str], ...]  # name with unit, text
    extremes: tuple[Extremes, ...]

    @property
    def places(self) -> str:
        """The places that it may have by the board's first metric; "" where it has none."""
        first = self.published.board.sort_column
        return next((value.places for value in self.values if value.column is first), "")


@dataclass(frozen=True, slots=True)
class InPaper:
    """A method's row in a table that a paper printed."""

    table: ReportedTable
    values: tuple[tuple[ReportedColumn, str], ...]


@dataclass(frozen=True, slots=True)
class MethodView:
    """All that is known of a method."""

    method: Method
    appearances: tuple[Appearance, ...]
    papers: tuple[InPaper, ...]


def method_views(published: Sequence[Published], reported: Sequence[ReportedTable]) -> list[MethodView]:
    """Every method that a board or a printed table has, by name; described as on the board that says most."""
    found: dict[str, list[Appearance]] = {}
    for one in published:
        cells, footnotes = page.cells(one.board), flags(one.board, one.publications)
        for row in one.board.rows:
            if about := one.publications.get(row.entry.restorer):
                found.setdefault(about.method.name, []).append(
                    _appearance(one, row, about, cells[row.entry.restorer], footnotes)
                )
    views = [
        MethodView(
            method=max((each.publication.method for each in own), key=lambda method: len(method.summary)),
            appearances=tuple(own),
            papers=tuple(_in_papers(name, reported)),
        )
        for name, own in found.items()
    ]
    measured = {plain(name) for name in found}
    printed = {plain(row.method): ALIASES.get(row.method, row.method) for t in reported for row in t.rows}
    views += [
        MethodView(Method(name), (), tuple(_in_papers(name, reported)))
        for key, name in printed.items()
        if key not in measured and name != INPUT
    ]
    return sorted(views, key=lambda view: view.method.name.lower())


def _appearance(
    one: Published, row: Row, about: Publication, cells: Sequence[page.Cell], found: Flags
) -> Appearance:
    name = row.entry.restorer
    values = (
        Value(column, cell, places_text(one.ranks.get(column.metric, {}).get(name)))
        for column, cell in zip(one.board.columns, cells, strict=True)
    )
    own = sorted({number for (restorer, _), number in found.numbers.items() if restorer == name})
    costs = ((column, column.value(about)) for column in COSTS)
    return Appearance(
        published=one,
        row=row,
        publication=about,
        values=tuple(values),
        flags=tuple(found.texts[number - 1] for number in own),
        coverage=render.coverage_text(row),
        costs=tuple((f"{c.name}, {c.unit}", amount(value)) for c, value in costs if value is not None),
        extremes=tuple(extremes(one, name)) if row.anchor is None else (),
    )


def _in_papers(name: str, reported: Sequence[ReportedTable]) -> Iterator[InPaper]:
    for table in reported:
        for row in table.rows:
            if plain(row.method) == plain(name):
                values = (
                    (column, row.values[column.id]) for column in table.columns if column.id in row.values
                )
                yield InPaper(table, tuple(values))


def plain(name: str) -> str:
    """A method's name as people compare it: GFP-GAN and GFPGAN are gfpgan."""
    name = ALIASES.get(name, name)
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "+*")
