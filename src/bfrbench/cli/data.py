"""`bfrbench data list / get / verify`, and what a DATA argument may be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bfrbench.cli.console import err, escape, out, print_json, progress, warn
from bfrbench.cli.options import Json, Workers, workers_or_all
from bfrbench.degradations.dataset import open_dataset, plain_dataset
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError
from bfrbench.types import DataSet

if TYPE_CHECKING:
    from bfrbench.degradations.catalog.entry import Entry
    from bfrbench.degradations.catalog.own_copy import Recognition
    from bfrbench.degradations.openfaces.build import Report

app = typer.Typer(no_args_is_help=True, help="Data sets: the field's, and one that anybody can have.")


def open_data(folder: Path) -> DataSet:
    """A data set, or a plain folder of LQ images that nobody has HQ of."""
    if (folder / "dataset.json").is_file():
        return open_dataset(folder)
    if (folder / "plan.json").is_file():
        raise InputError(
            f"{folder} is an unfinished data set: run its `bfrbench degrade` again to finish it."
        )
    return plain_dataset(lq=folder)


@app.command("list")
def list_sets(
    name: Annotated[str | None, typer.Argument(help="One of them, in full.")] = None, as_json: Json = False
) -> None:
    """List the field's data sets: what each is, its licence, where its authors publish it, and who says so.

    **Examples**

    `bfrbench data list`

    `bfrbench data list celeba-test`
    """
    from bfrbench.degradations.catalog.entry import find_entry, read_catalog

    entries = [find_entry(name)] if name else list(read_catalog().values())
    if as_json:
        print_json(entries)
    elif name:
        _print_entry(entries[0])
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("set", "images", "HQ", "licence", "get it"):
            table.add_column(column, no_wrap=column == "set")
        for entry in entries:
            ours = entry.id == "openfaces"
            how = "[green]data get openfaces512[/]" if ours else escape(entry.text("published"))
            facts = (escape(entry.text(aspect)) for aspect in ("count", "ground_truth", "licence"))
            table.add_row(entry.id, *facts, how)
        out.print(table)
        out.print("[dim]Who says so: `bfrbench data list SET`, and docs/catalog.md.[/]")


def _print_entry(entry: "Entry") -> None:
    from bfrbench.degradations.catalog.entry import ASPECTS

    numbers = {source: number for number, source in enumerate(entry.sources, 1)}
    lines = [(heading, entry.facts.get(aspect)) for aspect, heading in ASPECTS.items()]
    lines += [("Known difference", fact) for fact in entry.differences]
    out.print(f"[bold]{escape(entry.title)}[/] ({entry.id})")
    for heading, fact in lines:
        if fact is None:
            out.print(f"{heading}: [dim]unknown[/]")
        else:
            said = ", ".join(str(numbers[source]) for source in fact.sources)
            out.print(f"{heading}: {escape(fact.text)} [dim]({said})[/]")
    for source, number in numbers.items():
        out.print(f"[dim]{number} {escape(source.title)} {escape(source.url)}[/]")


@app.command()
def get(
    name: Annotated[str, typer.Argument(help="openfaces512, openfaces256 or openfaces128.")],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the faces. [default: NAME]")
    ] = None,
    size: Annotated[int | None, typer.Option(help="Of `openfaces`: 512, 256 or 128 px.")] = None,
    mirror: Annotated[
        str | None,
        typer.Option(help="Folder or address that has REPO/COMMIT/PATH of each source. [default: GitHub]"),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where downloaded sources are kept. [default: the user's cache]")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Finish with what could be had; the card says what is missing.")
    ] = False,
    attempts: Annotated[int, typer.Option(min=1, help="At each file, with longer and longer waits.")] = 4,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds without a byte.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Make OpenFaces: download public photographs, cut the faces by a recipe, and check each of them.

    Sources are checked by sha256, four are under way at a time, and a transfer that broke off goes on. OUT
    gets faces/, index.csv (people, splits, landmarks), ATTRIBUTION.md and a card. The same command again
    keeps all that is right. Exit status 1 when crops are missing; then which, and why.

    **Examples**

    `bfrbench data get openfaces512`

    `bfrbench data get openfaces --size 128 --mirror /media/openfaces --out faces`
    """
    from bfrbench.degradations.openfaces.build import get_openfaces
    from bfrbench.degradations.openfaces.mirror import Patience, default_cache, open_mirror
    from bfrbench.degradations.openfaces.recipe import parse_name

    if not name.startswith("openfaces"):
        _say_where(name)
    edge = parse_name(name, size)
    place = out_folder or Path(f"openfaces{edge}")
    source = open_mirror(mirror, cache or default_cache(), Patience(attempts=attempts, timeout=timeout))
    with progress(f"openfaces{edge}", quiet=as_json) as on_progress:
        report = get_openfaces(edge, place, source, partial=partial, on_progress=on_progress)
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if not report.finished:
        raise typer.Exit(1)


def _say_where(name: str) -> None:
    """Raise InputError: a set that bfrbench does not distribute, and where it is."""
    from bfrbench.degradations.catalog.entry import find_entry

    entry = find_entry(name)
    raise InputError(
        f"bfrbench does not distribute {entry.title} (licence: {entry.text('licence')}). Its authors publish "
        f"it at {entry.text('published')}. Then `bfrbench data verify FOLDER --as {entry.id}` checks it."
    )


def _print_report(report: "Report") -> None:
    from bfrbench.degradations.openfaces.build import STATES

    whole = report.count("exact") + report.count("near")
    kept = sum(outcome.kept for outcome in report.outcomes)
    out.print(
        f"{whole} of {len(report.outcomes)} faces of {report.name}: {report.count('exact')} equal to the "
        f"pixel, {report.count('near')} within the tolerance for other libraries; {kept} were there already."
    )
    for state, meaning in STATES.items():
        if count := report.count(state):
            err.print(f"[red]{count} {state}[/]: {meaning}.")
    for outcome in report.troubles[:10]:
        err.print(f"  [red]{escape(outcome.name)}[/]: {escape(outcome.message)}")
    if len(report.troubles) > 10:
        err.print(f"  and {len(report.troubles) - 10} more; --json lists all.")
    if report.finished:
        out.print(f"[bold]{escape(str(report.folder))}[/]: faces/, index.csv, ATTRIBUTION.md, README.md")
    else:
        err.print(
            f"Not finished. The {whole} faces in {escape(str(report.folder))} are kept: run the same command "
            "again, with another --mirror if need be, or with --partial to do without the rest."
        )


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Your copy: the folder of LQ images, or the only one.")],
    as_name: Annotated[str, typer.Option("--as", help="Which set it is; see `data list`.")],
    hq: Annotated[Path | None, typer.Option(help="The folder of HQ images, with the same names.")] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the record. [default: the set's name]")
    ] = None,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Check your own copy of one of the field's sets, and make it a data set without copying an image.

    Count, sizes and names are compared with what is known; mix-ups of sets that share a name are told. The
    checksums of all files are recorded in OUT at first use, and compared after that. OUT is a data set for
    `restore` and `score`; its manifest's sha256 is the same for everybody with the same copy, pandas and
    pyarrow. Exit status 1 when something speaks against it; then nothing is recorded.

    **Examples**

    `bfrbench data verify celeba_512_validation_lq --as celeba-test --hq celeba_512_validation`

    `bfrbench data verify Wider-Test --as wider-test --out wider`
    """
    from bfrbench.degradations.catalog.entry import find_entry
    from bfrbench.degradations.catalog.own_copy import recognise

    if as_name.startswith("openfaces"):
        raise InputError(f"`bfrbench data get {as_name} --out {folder}` checks every face of OpenFaces.")
    entry = find_entry(as_name)
    record = out_folder or Path(entry.id)
    with progress(entry.id, quiet=as_json) as on_progress:
        found = recognise(
            entry, folder, hq, record, engine=LocalEngine(workers_or_all(workers)), on_progress=on_progress
        )
    if as_json:
        print_json(found)
    else:
        _print_recognition(found, record)
    if not found.is_it:
        raise typer.Exit(1)


def _print_recognition(found: "Recognition", record: Path) -> None:
    sizes = ", ".join(f"{size} ({count})" for size, count in found.sizes.items())
    out.print(f"{found.images} images, {sizes}.")
    if found.psnr is not None:
        out.print(f"LQ against HQ: {found.psnr:.2f} dB on average.")
    for finding in found.findings:
        if finding.weight == "wrong":
            err.print(f"[red]Wrong:[/] {escape(finding.sentence)}")
        else:
            warn(finding.sentence)
    if not found.is_it:
        err.print(f"This is not taken for {found.entry.title}.")
        return
    out.print(f"Nothing speaks against {found.entry.title}: [bold]{escape(str(record))}[/] is the data set.")
    out.print(f"[dim]manifest sha256 {found.manifest_sha256}[/]")
