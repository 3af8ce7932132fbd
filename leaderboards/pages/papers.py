"""The same method and measure across papers' tables: how far numbers of one name lie apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bfrbench.leaderboards.pages.methods import plain
from bfrbench.leaderboards.records import ReportedColumn, ReportedTable
from bfrbench.leaderboards.side_by_side import ALIASES, INPUT, MEASURES, set_name
from bfrbench.types import Direction


@dataclass(frozen=True, slots=True)
class Source:
    """A column of a paper's table."""

    table: ReportedTable
    column: ReportedColumn


@dataclass(frozen=True, slots=True)
class Across:
    """One method's numbers, a place for each source; "" where it has none."""

    method: str
    numbers: tuple[str, ...]
    spread: str  # largest minus smallest; "" where units differ


@dataclass(frozen=True, slots=True)
class Measure:
    """What several tables call by one name, on a test set of one name."""

    test_set: str  # CelebA-Test
    name: str  # FID
    better: Direction
    sources: tuple[Source, ...]
    rows: tuple[Across, ...]


def across(tables: Sequence[ReportedTable]) -> list[Measure]:
    """Every measure that stands in two tables or more for some method, in the tables' order."""
    found: dict[tuple[str, str], list[Source]] = {}
    for table in tables:
        for column in table.columns:
            found.setdefault((set_name(table), _measure(column)), []).append(Source(table, column))
    measures = (
        Measure(test_set, name, sources[0].column.better, tuple(sources), tuple(_rows(sources)))
        for (test_set, name), sources in found.items()
        if len({source.table.id for source in sources}) > 1
    )
    return [measure for measure in measures if measure.rows]


def _measure(column: ReportedColumn) -> str:
    return next((name for name, ids in MEASURES.items() if column.id in ids), column.label)


def _rows(sources: Sequence[Source]) -> Iterator[Across]:
    methods = {ALIASES.get(row.method, row.method) for source in sources for row in source.table.rows}
    one_unit = len({source.column.unit for source in sources}) == 1
    for method in sorted(methods - {INPUT}, key=str.lower):
        numbers = tuple(_number(source, method) for source in sources)
        if sum(number != "" for number in numbers) > 1:
            yield Across(method, numbers, _spread(numbers) if one_unit else "")


def _number(source: Source, method: str) -> str:
    rows = (row for row in source.table.rows if plain(row.method) == plain(method))
    return next((row.values.get(source.column.id, "") for row in rows), "")


def _spread(numbers: Sequence[str]) -> str:
    known = [number for number in numbers if number]
    digits = max(len(number.partition(".")[2]) for number in known)
    values = [float(number) for number in known]
    return f"{max(values) - min(values):.{digits}f}"
