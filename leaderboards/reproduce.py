"""Stated against measured: what a table takes, under which rules it is measured, and what may then be said.

Restoring and scoring are the caller's; here is what decides about them and about their numbers.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, Literal

from bfrbench.benchmark.metrics.metric import Metric, SetMetric, Statistics, weights_of
from bfrbench.benchmark.metrics.table import metric
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.protocols import choice, protocol, with_reference
from bfrbench.leaderboards.labels import label_of
from bfrbench.leaderboards.records import BoardDefinition, Need, ReportedRow, ReportedTable
from bfrbench.leaderboards.render import number_text
from bfrbench.leaderboards.reported import LQ_SETS, USERS_REFERENCE
from bfrbench.types import DataSet, Entry, Score
from bfrbench.weights import WEIGHTS, locate

Verdict = Literal["same", "agrees", "within the interval", "differs", "not measured"]
"""What may be said of a measured number beside the stated one.

same: every digit; agrees: to the digits that were printed; within the interval: what was printed lies in the
95 % interval of what was measured.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table or board, stated and measured."""

    row: str  # method of a reported table, restorer of a board
    column: str  # as the table calls it; the metric's id on a board
    metric: str  # what measured it
    stated: str  # with its printed digits
    measured: float | None
    low: float | None  # 95 % interval of the measured one
    high: float | None
    difference: float | None  # measured minus stated
    verdict: Verdict
    reason: str = ""  # why it was not measured, or what differs besides


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that reproducing takes, and where it was found."""

    need: Need
    found: str  # "": not here


@dataclass(frozen=True, slots=True)
class UsedSet:
    """The images that numbers were measured on, beside those that they should have been."""

    declared: str  # the set that the table names
    images: int
    sha256: str  # over names and files
    stand_in: bool  # certainly not the declared set
    said: str  # a sentence on it


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Everything that is printed of it."""

    id: str
    title: str
    source: str
    protocol: str
    requirements: tuple[Requirement, ...]
    used: UsedSet | None = None  # None: nothing was measured
    cells: tuple[Cell, ...] = ()
    not_run: tuple[str, ...] = ()  # sentences
    notes: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many numbers have this verdict."""
        return sum(cell.verdict == verdict for cell in self.cells)


def requirements_of_board(definition: BoardDefinition, *, found: bool) -> tuple[Requirement, ...]:
    """What a board of ours takes: its data set, and how that is made."""
    name = f"{definition.dataset}, whose manifest has the sha256 {definition.dataset_sha256}"
    need = Need("test set", name, definition.licence, "; ".join(definition.make))
    return (Requirement(need, "what --data names" if found else ""),)


def requirements(
    table: ReportedTable,
    rows: Collection[str],
    *,
    data: Path | None,
    reference: Path | None,
    handed_in: Collection[str],
) -> tuple[Requirement, ...]:
    """What some rows of a table take, the judges of its metrics too, and where each was found.

    handed_in: the methods whose images or model the user named.
    """
    return tuple(
        Requirement(need, _found(need, data=data, reference=reference, handed_in=handed_in))
        for need in (*table.needs, *_judges(table))
        if not need.method or need.method in rows
    )


def _found(need: Need, *, data: Path | None, reference: Path | None, handed_in: Collection[str]) -> str:
    if need.kind == "test set":
        return "what --data names stands for it" if data else ""
    if need.kind == "reference statistics" and reference:
        return "what --reference names stands for it"
    if need.method in handed_in:
        return "named by --runs or --restorer"
    place = locate(need.weights) if need.weights else None
    return {"embedded": "in the package", "cache": "in the cache"}.get(place[1], place[1]) if place else ""


def _judges(table: ReportedTable) -> Iterator[Need]:
    """The weights behind the table's metrics that it does not name itself."""
    named = {need.weights for need in table.needs}
    names = [column.metric.removesuffix(USERS_REFERENCE) for column in table.columns if column.metric]
    for row in map(metric, names):
        if row.missing is not None:
            yield Need("judge", row.id, row.licence, row.missing() or "installed")
        for name in weights_of(row):
            if name not in named:
                named.add(name)
                file = WEIGHTS[name]
                how = f"`bfrbench weights get {name}`" if file.url else file.by_hand
                yield Need("judge", file.file, file.licence, how, name)


def rules(table: ReportedTable, reference: Path | None) -> tuple[Protocol, Mapping[str, str]]:
    """The protocol that measures a table, and {column id: metric id} of the columns that it measures.

    With a reference of the user's, sets are taken against it wherever the table takes them against another
    set than its own HQ, and the metrics' names say so.

    Raises InputError for a reference that is neither a folder of images nor a file of statistics.
    """
    base = protocol(table.protocol)
    chosen: dict[str, Metric] = {}
    for column in table.columns:
        name = column.metric.removesuffix(USERS_REFERENCE)
        is_published = name == column.metric
        if not name or (reference is None and not is_published):
            continue
        row = metric(name)
        replaced = not is_published or (isinstance(row, SetMetric) and isinstance(row.against, Statistics))
        chosen[column.id] = _against(name, reference) if replaced and reference is not None else row
    measured = {column: row.id for column, row in chosen.items()}
    if reference is None:
        return base, measured
    rows = tuple(dict.fromkeys(chosen.values()))
    return replace(base, id=f"{base.id}+{reference.stem}", metrics=rows), measured


def _against(name: str, reference: Path) -> Metric:
    """A metric of sets against the user's reference: `fid/legacy@ffhq512` becomes `fid/legacy@STEM`."""
    return with_reference(choice([metric(name.partition("@")[0])]), reference).metrics[-1]


def used_set(table: ReportedTable, data: DataSet, side: int) -> UsedSet:
    """Say what the images are beside what the table names; side: width of the first image, in pixels.

    Nobody publishes checksums, so that images can be found not to be a set, and never proved to be it.
    """
    declared, count = LQ_SETS[table.lq_set], data.card.count
    off = []
    if declared.images is not None and count != declared.images:
        off.append(f"{count:,} images where it has {declared.images:,}")
    if side != declared.side:
        off.append(f"{side} pixels wide where it is {declared.side}")
    told = f"Nothing tells it from {table.lq_set}; nobody publishes checksums, so it is your word that it is."
    if off:
        told = (
            f"It is a stand-in and not {table.lq_set}: {' and '.join(off)}. It tries the way, not the table."
        )
    return UsedSet(table.lq_set, count, data.card.manifest_sha256, bool(off), told)


def reported_cells(
    table: ReportedTable, row: ReportedRow, entry: Entry, measured_by: Mapping[str, str]
) -> Iterator[Cell]:
    """The numbers of one method, stated beside measured; measured_by as `rules` returns it."""
    scores = {score.metric: score for score in entry.scores}
    for column in table.columns:
        if column.id not in row.values:
            continue
        stated, name = row.values[column.id], measured_by.get(column.id, "")
        score = scores.get(name)
        blank = Cell(row.method, column.label, name, stated, None, None, None, None, "not measured")
        if score is not None and score.mean is not None:
            gap = score.mean - float(stated)
            yield replace(
                blank,
                measured=score.mean,
                low=score.low,
                high=score.high,
                difference=gap,
                verdict=_verdict(stated, score.mean, score.low, score.high),
                reason=score.reason,
            )
        else:
            yield replace(
                blank, reason=score.reason if score else _why_no_metric(column.metric, column.notes)
            )


def _why_no_metric(name: str, notes: str) -> str:
    if name.endswith(USERS_REFERENCE):
        return "Its reference is published nowhere: name your own copy with --reference."
    return f"None of our metrics is known to be the same measure ({notes})."


def _verdict(stated: str, mean: float, low: float | None, high: float | None) -> Verdict:
    """Of a number as printed: its last digit stands for half of one to either side."""
    printed, half = float(stated), 0.5 * 10.0 ** -len(stated.partition(".")[2])
    slack = half * (1.0 + 1e-9)
    if abs(mean - printed) <= slack:
        return "agrees"
    if low is not None and high is not None and low - slack <= printed <= high + slack:
        return "within the interval"
    return "differs"


def board_cells(stored: Entry, measured: Entry) -> Iterator[Cell]:
    """Every metric of an entry on a board of ours, as it is stored and as it was measured again."""
    again = {score.metric: score for score in measured.scores}
    for score in stored.scores:
        yield _board_cell(stored.restorer, score, again.get(score.metric))


def _board_cell(restorer: str, stored: Score, again: Score | None) -> Cell:
    digits = label_of(stored.metric).digits
    told = number_text(stored.mean, digits)
    blank = Cell(restorer, stored.metric, stored.metric, told, None, None, None, None, "not measured")
    if again is None:
        return replace(blank, reason="The protocol here has no such metric.")
    if again.version != stored.version:
        return replace(
            blank, reason=f"It is stored of version {stored.version}, and here is {again.version}."
        )
    if stored.mean is None or again.mean is None:
        if stored.mean is None and again.mean is None:
            return replace(blank, verdict="same", reason=again.reason)
        return replace(blank, measured=again.mean, reason=again.reason or "It is stored without a value.")
    gap = 0.0 if again.mean == stored.mean else again.mean - stored.mean
    changed = [name for name in _NUMBERS if getattr(stored, name) != getattr(again, name)]
    printed = [name for name in changed if _printed(stored, name, digits) != _printed(again, name, digits)]
    verdict: Verdict = "differs" if printed else ("agrees" if changed else "same")
    told_off = ", ".join(f"{name} {getattr(stored, name)} → {getattr(again, name)}" for name in printed)
    return replace(
        blank,
        measured=again.mean,
        low=again.low,
        high=again.high,
        difference=gap,
        verdict=verdict,
        reason=told_off,
    )


_NUMBERS: Final = tuple(
    field.name
    for field in fields(Score)
    if field.name not in ("metric", "version", "better", "state", "reason")
)


def _printed(score: Score, name: str, digits: int) -> str:
    value = getattr(score, name)
    return number_text(value, digits) if value is None or isinstance(value, float) else str(value)
