"""`bfrbench score`."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import err, escape, out, print_json, progress
from bfrbench.cli.options import Json, Workers, workers_or_all
from bfrbench.errors import InputError


def scores_folder(restored: Path, *, is_plain: bool) -> Path:
    """Where scores go when nobody says: into the run; or beside the folder, for plain folders."""
    into_run = (restored / "run.json").is_file() and not is_plain
    return restored if into_run else restored.with_name(restored.name + "-scores")


def score(
    restored: Annotated[Path, typer.Argument(help="A run, or any folder of restored images.")],
    against: Annotated[Path | None, typer.Option(help="The data set that was restored.")] = None,
    hq: Annotated[
        Path | None, typer.Option(help="Or just a folder of HQ images with the same names.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="Named set of metrics and rules.")] = "strict",
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the scores. [default: the run, or RESTORED-scores]"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on the board, for a plain folder.")] = None,
    suffix: Annotated[str, typer.Option(help="Strip this from the restored names, e.g. _out.")] = "",
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Score restored images against their HQ, image by image and as a set.

    Writes scores.parquet (a row per image and metric) and scores.json (means with 95 % intervals clustered
    by person, coverage, versions, hashes). Pairs are matched by name, never by order; missing or unreadable
    images are counted, never skipped.

    **Examples**

    `bfrbench score runs/nlm --against celeb-test/`

    `bfrbench score my_results/ --hq ground_truth/ --suffix _restored`

    Exit status 1 when some image could not be scored because its restored file is missing or broken.
    """
    from bfrbench.benchmark.protocols import protocol as named
    from bfrbench.benchmark.runs import open_run
    from bfrbench.benchmark.score import score as score_run
    from bfrbench.cli.tables import print_entry
    from bfrbench.degradations.dataset import open_dataset, plain_dataset

    if (against is None) == (hq is None):
        raise InputError(
            "Say what to score against: --against DATA (a data set) or --hq FOLDER, one of them."
        )
    folder = out_folder or scores_folder(restored, is_plain=against is None)
    data = open_dataset(against) if against is not None else plain_dataset(hq=hq)
    if against is None and (restored / "run.json").is_file():
        # a run over a folder of LQ without HQ: its images count, by name, as those of any folder
        restored, name = restored / "restored", name or open_run(restored).restorer
    with progress("score", quiet=as_json) as on_progress:
        entry = score_run(
            restored,
            data,
            folder,
            protocol=named(protocol),
            workers=workers_or_all(workers),
            on_progress=on_progress,
            name=name,
            suffix=suffix,
        )
    if as_json:
        print_json(entry)
    else:
        print_entry(entry)
        out.print(f"[dim]{escape(str(folder))}/scores.json and scores.parquet[/]")
    failed = sum(count for state, count in entry.states.items() if state != "ok")
    if failed:
        err.print(f"{failed} of {sum(entry.states.values())} images count as failed: see scores.parquet.")
        raise typer.Exit(1)
