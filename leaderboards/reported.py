"""Tables that papers and their repositories printed, `reported/<table>.json`, read and checked.

They are kept digit by digit, each with where it stands, how it was read, on which LQ set and against which
reference it was measured. Only what was read off its source is here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import few, read_json
from bfrbench.leaderboards.records import ReportedColumn, ReportedTable
from bfrbench.weights import WEIGHTS

FOLDER: Final = Path(__file__).parent / "reported"

USERS_REFERENCE: Final = "@reference"
"""Ends the metric of a column whose reference nobody published: a folder or file of the user replaces it."""


@dataclass(frozen=True, slots=True)
class LqSet:
    """What a test set looks like; nobody publishes checksums, so there is no more to hold on to."""

    images: int | None  # None: not stated
    has_hq: bool
    side: int = 512  # pixels


LQ_SETS: Final[Mapping[str, LqSet]] = {
    "CelebA-Test (GFP-GAN)": LqSet(3000, has_hq=True),
    "CelebA-Test (DAEFR)": LqSet(3000, has_hq=True),
    "CelebA-Test (DMDP-FR)": LqSet(None, has_hq=True),
    "LFW-Test": LqSet(1711, has_hq=False),
    "WebPhoto-Test": LqSet(407, has_hq=False),
    "WIDER-Test": LqSet(970, has_hq=False),
}


def reported_tables(folder: Path = FOLDER) -> dict[str, ReportedTable]:
    """Every table, by id. Raises InputError, naming the file, for one that contradicts itself."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}


def reported_table(name: str) -> ReportedTable:
    """The table of that id; raises UnknownName with those there are."""
    tables = reported_tables()
    if name not in tables:
        raise UnknownName(f"No reported table is called {name!r}. There are: {', '.join(tables)}.")
    return tables[name]


def _read(path: Path) -> ReportedTable:
    table = read_json(path, ReportedTable, "a reported table")
    if wrong := next(_contradictions(table, path.stem), ""):
        raise InputError(f"{path} is not a reported table: {wrong}.")
    return table


def _contradictions(table: ReportedTable, stem: str) -> Iterator[str]:
    """What no schema can see."""
    columns = [column.id for column in table.columns]
    methods = [row.method for row in table.rows]
    if table.id != stem:
        yield f"its id is {table.id!r}"
    if table.lq_set not in LQ_SETS:
        yield f"nobody knows the LQ set {table.lq_set!r}; there are: {', '.join(LQ_SETS)}"
    for what, names in (("column", columns), ("method", methods)):
        if twice := {name for name in names if names.count(name) > 1}:
            yield f"it has the {what} {few(sorted(twice))} twice"
    for row in table.rows:
        if strange := sorted(set(row.values) - set(columns)):
            yield f"{row.method} has a value of {few(strange)}, which is no column"
    if table.protocol and table.protocol not in PROTOCOLS:
        yield f"no protocol is called {table.protocol!r}"
    else:
        yield from filter(None, (_wrong_metric(table, column) for column in table.columns))
    for need in table.needs:
        if need.weights and need.weights not in WEIGHTS:
            yield f"no weights are called {need.weights!r}"
        if need.method and need.method not in methods:
            yield f"{need.name} is needed for {need.method!r}, which is no row"


def _wrong_metric(table: ReportedTable, column: ReportedColumn) -> str:
    """A column's metric is one of the table's protocol, of the same direction; '' when it is, or has none."""
    if not column.metric:
        return ""
    of_protocol = PROTOCOLS[table.protocol].metrics if table.protocol else ()
    known = {metric.id: metric for metric in of_protocol}
    name = column.metric.removesuffix(USERS_REFERENCE)
    metric = METRICS.get(name) if name != column.metric else known.get(name)
    if metric is None:
        return f"{column.label}: {table.protocol or 'no protocol'} has no {column.metric}"
    return "" if metric.better == column.better else f"{column.label}: {metric.id} is better the other way"
