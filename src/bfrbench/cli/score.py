"""`bfrbench score`."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bfrbench.cli.console import err, escape, out, print_json, progress
from bfrbench.cli.options import Address, EngineName, Json, Workers, engine_of
from bfrbench.errors import InputError
from bfrbench.files import sha256_bytes
from bfrbench.storage import open_place
from bfrbench.types import DataSet

if TYPE_CHECKING:
    from bfrbench.benchmark.protocol import Protocol
    from bfrbench.benchmark.restored import Restored


def _list_metrics(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.benchmark.metrics.metric import why_not
    from bfrbench.benchmark.metrics.table import METRICS

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("metric", "better", "what", "here"):
        table.add_column(column, no_wrap=column != "what")
    for group in dict.fromkeys(row.group for row in METRICS.values()):
        table.add_row(f"[bold]{group}[/]")
        for row in METRICS.values():
            if row.group == group:
                here = "[dim]no weights[/]" if why_not(row) else "yes"
                table.add_row(f"  {row.id}", row.better, escape(row.title), here)
    out.print(table)
    out.print(
        "[dim]`pyiqa/NAME` is any metric of pyiqa, where that is installed (non-commercial licence).[/]"
    )
    raise typer.Exit


def scores_folder(restored: Path, protocol: "Protocol", *, is_plain: bool) -> Path:
    """Where scores go when nobody says: into the run; beside the folder, for plain folders.

    Those of another protocol than strict go to a folder of their own inside, and replace nothing.
    """
    if restored.name in ("", ".."):  # "." and the like have no name to put another beside
        restored = restored.resolve()
    into_run = (restored / "run.json").is_file() and not is_plain
    folder = restored if into_run else restored.with_name(restored.name + "-scores")
    if protocol.id == "strict":
        return folder
    word = re.sub(r"[^\w.@+-]+", "-", protocol.name)
    return folder / "scores" / (word if len(word) <= 60 else f"{word[:50]}-{sha256_bytes(word.encode())[:8]}")


def score(
    restored: Annotated[
        list[Path],
        typer.Argument(parser=open_place, metavar="RESTORED...", help="Runs, or folders of restored images."),
    ],
    against: Annotated[
        Path | None, typer.Option(parser=open_place, metavar="DATA", help="The data set that was restored.")
    ] = None,
    hq: Annotated[
        Path | None,
        typer.Option(
            parser=open_place, metavar="FOLDER", help="Or just a folder of HQ images with the same names."
        ),
    ] = None,
    protocol: Annotated[str, typer.Option(help="Named set of metrics and rules.")] = "strict",
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", "-m", help="These metrics instead of a protocol's; may be repeated."),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Compare sets also with this folder of images, or statistics (.npz, .pth)."),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            parser=open_place,
            metavar="OUT",
            help="Folder for the scores. [default: the run, or RESTORED-scores]",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on the board, for a plain folder.")] = None,
    suffix: Annotated[str, typer.Option(help="Strip this from the restored names, e.g. _out.")] = "",
    cache: Annotated[
        bool, typer.Option(help="Remember features and values for the next scoring (BFRBENCH_CACHE).")
    ] = True,
    workers: Workers = 0,
    engine: EngineName = "local",
    address: Address = None,
    as_json: Json = False,
    list_metrics: Annotated[  # noqa: ARG001  # typer calls its callback
        bool,
        typer.Option("--list-metrics", callback=_list_metrics, is_eager=True, help="List them and stop."),
    ] = False,
) -> None:
    """Score restored images against their HQ, image by image and as a set.

    Writes scores.parquet (a row per image and metric) and scores.json (means with 95 % intervals clustered
    by person, coverage, versions, hashes). Pairs are matched by name, never by order; missing or unreadable
    images are counted, never skipped. Several runs of one data set are scored in one pass.

    **Examples**

    `bfrbench score runs/nlm --against celeb-test/`

    `bfrbench score runs/* --against celeb-test/`

    `bfrbench score my_results/ --hq ground_truth/ --suffix _restored`

    `bfrbench score my_results/ --hq ground_truth/ -m lpips/alex -m fid/clean --reference ffhq/`

    Exit status 1 when some image could not be scored because its restored file is missing or broken.
    """
    from bfrbench.benchmark.score import score_all
    from bfrbench.cli.tables import print_entry

    if (against is None) == (hq is None):
        raise InputError(
            "Say what to score against: --against DATA (a data set) or --hq FOLDER, one of them."
        )
    if len(restored) > 1 and (name is not None or out_folder is not None):
        raise InputError("--name and --out are for one folder: score them one by one, or leave both out.")
    data = _data(against, hq)
    found = [
        _restored(folder, data, is_plain=against is None, name=name, suffix=suffix) for folder in restored
    ]
    chosen = _protocol(protocol, metric or [], reference)
    folders = [out_folder or scores_folder(each, chosen, is_plain=against is None) for each in restored]
    with ExitStack() as stack:
        memory = None if cache else Path(stack.enter_context(TemporaryDirectory())) / "scores.sqlite"
        place = stack.enter_context(engine_of(engine, address, workers))
        on_progress = stack.enter_context(progress("score", quiet=as_json))
        entries = score_all(
            found,
            data,
            folders,
            protocol=chosen,
            engine=place,
            on_progress=on_progress,
            memory=memory,
        )
    if as_json:
        print_json(entries[0] if len(entries) == 1 else entries)
    for entry, folder in zip(entries, folders, strict=True):
        if not as_json:
            print_entry(entry)
            out.print(f"[dim]{escape(str(folder))}/scores.json and scores.parquet[/]")
    failed = sum(count for entry in entries for state, count in entry.states.items() if state != "ok")
    if failed:
        total = sum(sum(entry.states.values()) for entry in entries)
        err.print(f"{failed} of {total} images count as failed: see scores.parquet.")
        raise typer.Exit(1)


def _data(against: Path | None, hq: Path | None) -> DataSet:
    from bfrbench.degradations.dataset import open_dataset, plain_dataset

    return plain_dataset(hq=hq) if against is None else open_dataset(against)


def _restored(folder: Path, data: DataSet, *, is_plain: bool, name: str | None, suffix: str) -> "Restored":
    from bfrbench.benchmark.restored import find_restored
    from bfrbench.benchmark.runs import open_run

    if is_plain and (folder / "run.json").is_file():
        # a run over a folder of LQ without HQ: its images count, by name, as those of any folder
        name = name or open_run(folder).restorer
        return find_restored(folder / "restored", data, name=name, suffix=suffix)
    return find_restored(folder, data, name=name, suffix=suffix)


def _protocol(name: str, metrics: Sequence[str], reference: Path | None) -> "Protocol":
    """The named protocol, or one of the chosen metrics; with a reference of the user's, if there is one."""
    from bfrbench.benchmark.metrics.table import metric
    from bfrbench.benchmark.protocols import choice, protocol, with_reference

    chosen = choice(metric(name) for name in metrics) if metrics else protocol(name)
    return chosen if reference is None else with_reference(chosen, reference)
