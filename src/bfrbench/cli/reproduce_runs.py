"""What `bfrbench board reproduce` does: restore what is at hand, score it, lay it beside what is stated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bfrbench.cli.console import progress
from bfrbench.engine import Engine
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import few, read_json
from bfrbench.leaderboards.side_by_side import INPUT
from bfrbench.types import DataSet, Entry

if TYPE_CHECKING:
    from bfrbench.benchmark.protocol import Protocol
    from bfrbench.leaderboards.records import BoardDefinition, ReportedTable
    from bfrbench.leaderboards.reproduce import Reproduction

_FOLDERS: Final = (
    ("lq", "hq"),
    ("LQ", "HQ"),
    ("celeba_512_validation_lq", "celeba_512_validation"),
    ("self_celeba_512_v2", "celeba_512_validation"),
)
"""What LQ and HQ are called inside the folder of a test set; the last two are the names in its archives."""

_NO_PROTOCOL: Final = (
    "Nothing was measured: the table's authors say neither which script nor which reference made it, so "
    "no protocol of ours stands for it. `bfrbench score --protocol NAME` measures under the rules of "
    "another school."
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user handed in, and where runs and scores go."""

    data: Path | None
    hq: Path | None
    runs: Mapping[str, Path]  # row → folder of restored images
    restorers: Mapping[str, str]  # row → what restores it
    only: Sequence[str]
    reference: Path | None
    suffix: str
    out: Path
    engine: Engine
    quiet: bool

    def wants(self, row: str) -> bool:
        """Whether --only leaves the row in."""
        return not self.only or row in self.only

    def check(self, rows: Collection[str]) -> None:
        """Raise UnknownName for a row that there is not."""
        if unknown := [row for row in (*self.runs, *self.restorers, *self.only) if row not in rows]:
            raise UnknownName(f"There is no row {few(unknown)}. There are: {', '.join(rows)}.")


def of_table(table: "ReportedTable", request: Request) -> "Reproduction":
    """A reported table: the input's row, and the methods that were handed in, under the table's own rules."""
    from bfrbench.leaderboards.reproduce import Reproduction, reported_cells, requirements, rules, used_set
    from bfrbench.pixels import read_image

    rows = {row.method: row for row in table.rows}
    request.check(rows)
    wanted = [row for row in rows if request.wants(row)]
    takes = requirements(
        table,
        wanted,
        data=request.data,
        reference=request.reference,
        handed_in={*request.runs, *request.restorers},
    )
    notes = (table.reference_set, *table.notes)
    found = Reproduction(table.id, table.title, table.source, table.protocol, takes, notes=notes)
    if request.data is None:
        return replace(found, not_run=("Nothing was measured: name the test set with --data.",))
    if not table.protocol:
        return replace(found, not_run=(_NO_PROTOCOL,))
    data = _open_test_set(request.data, request.hq)
    measure, measured_by = rules(table, request.reference)
    specs = {INPUT: "lq"} | dict(request.restorers)
    at_hand = [row for row in wanted if row in request.runs or row in specs]
    absent = [row for row in wanted if row not in at_hand]
    entries = _measure(data, at_hand, specs, measure, request)
    return replace(
        found,
        protocol=measure.name,
        used=used_set(table, data, read_image(data.folder / data.pairs[0].lq).shape[1]),
        cells=tuple(
            cell for row in at_hand for cell in reported_cells(table, rows[row], entries[row], measured_by)
        ),
        not_run=tuple(f"{row}: name its images with --runs or its model with --restorer." for row in absent),
    )


def of_board(definition: "BoardDefinition", folder: Path, request: Request) -> "Reproduction":
    """A board of ours: what comes with bfrbench or was handed in, restored and scored anew."""
    from bfrbench.benchmark.baselines import RESTORERS
    from bfrbench.benchmark.protocols import protocol
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.leaderboards.reproduce import Reproduction, UsedSet, board_cells, requirements_of_board

    stored = _stored(folder)
    request.check(stored)
    takes = requirements_of_board(definition, found=request.data is not None)
    found = Reproduction(definition.id, definition.title, definition.summary, definition.protocol, takes)
    if request.data is None:
        return replace(found, not_run=("Nothing was measured: name the data set with --data.",))
    data = open_dataset(request.data)
    if data.card.manifest_sha256 != definition.dataset_sha256:
        raise InputError(
            f"{request.data} is not the data set of {definition.id}: its manifest's sha256 begins with "
            f"{data.card.manifest_sha256[:12]}, not {definition.dataset_sha256[:12]}. Make that one with: "
            f"{'; '.join(definition.make)}"
        )
    # a published spec may hold any command: only what names a part of bfrbench is run for its own sake
    own = {name: spec for name, (spec, _) in stored.items() if spec in RESTORERS}
    own |= {"hq": "hq"} if stored.get("hq", ("other",))[0] == "" else {}  # adopted as it is: nobody made it
    specs = own | dict(request.restorers)
    wanted = [row for row in stored if request.wants(row)]
    at_hand = [row for row in wanted if row in request.runs or row in specs]
    entries = _measure(data, at_hand, specs, protocol(definition.protocol), request)
    same = [row for row in at_hand if entries[row].run_sha256 == stored[row][1].run_sha256]
    return replace(
        found,
        used=UsedSet(
            definition.dataset,
            data.card.count,
            data.card.manifest_sha256,
            False,
            "It is the board's data set.",
        ),
        cells=tuple(cell for row in at_hand for cell in board_cells(stored[row][1], entries[row])),
        not_run=tuple(
            f"{row}: made by {stored[row][0] or 'somebody else'}; name its model with --restorer or its "
            "images with --runs."
            for row in wanted
            if row not in at_hand
        ),
        notes=(f"The same images, bit for bit: {few(same, 20)}.",) if same else (),
    )


def _stored(folder: Path) -> dict[str, tuple[str, Entry]]:
    """{restorer: (its spec, its scores)} of a board, as they lie there."""
    from bfrbench.leaderboards.entry import SCORES_JSON, read_entry
    from bfrbench.leaderboards.records import ENTRY_JSON, Publication

    found = {}
    for path in sorted(folder.glob(f"*/{ENTRY_JSON}")):
        publication = read_json(path, Publication, "a published entry")
        found[publication.method.name] = (publication.spec, read_entry(path.with_name(SCORES_JSON)))
    return found


def _measure(
    data: DataSet, rows: Sequence[str], specs: Mapping[str, str], measure: "Protocol", request: Request
) -> dict[str, Entry]:
    """Restore what is no folder of images yet, and score all rows in one pass."""
    from bfrbench.benchmark.restored import find_restored
    from bfrbench.benchmark.score import score_all
    from bfrbench.cli.restore import run_restorer
    from bfrbench.leaderboards.results import slug

    found = []
    for row in rows:
        folder = request.runs.get(row, request.out / "runs" / slug(row))
        if row not in request.runs:
            with progress(row, quiet=request.quiet) as on_progress:
                run_restorer(
                    data, folder, specs[row], batch=8, engine=request.engine, on_progress=on_progress
                )
        found.append(find_restored(folder, data, name=row, suffix=request.suffix))
    if not found:
        return {}
    with progress("score", quiet=request.quiet) as on_progress:
        entries = score_all(
            found,
            data,
            [request.out / "scores" / slug(row) for row in rows],
            protocol=measure,
            engine=request.engine,
            on_progress=on_progress,
            memory=request.out / "memory.sqlite",
        )
    return dict(zip(rows, entries, strict=True))


def _open_test_set(folder: Path, hq: Path | None) -> DataSet:
    """A data set; a folder that holds LQ and HQ in folders of known names; or folders of images."""
    from bfrbench.degradations.dataset import open_dataset, plain_dataset

    if hq is not None:
        return plain_dataset(hq=hq, lq=folder)
    if (folder / "dataset.json").is_file():
        return open_dataset(folder)
    for lq_name, hq_name in _FOLDERS:
        if (folder / lq_name).is_dir() and (folder / hq_name).is_dir():
            return plain_dataset(hq=folder / hq_name, lq=folder / lq_name)
    return plain_dataset(lq=folder)
