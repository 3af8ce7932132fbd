"""`bfrbench degrade` and `bfrbench verify`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bfrbench.cli.console import escape, out, print_json, progress, warn
from bfrbench.cli.options import Json, Workers, workers_or_all


def _list_presets(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.degradations.presets import PRESETS

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("preset", "for", "what", "source"):
        table.add_column(column)
    for preset in PRESETS.values():
        table.add_row(f"{preset.id}@{preset.version}", f"{preset.size} px", preset.title, preset.source)
    out.print(table)
    raise typer.Exit


def degrade(
    hq: Annotated[Path, typer.Argument(help="Folder of HQ faces (PNG, JPEG, WebP, BMP, TIFF).")],
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the data set.")],
    preset: Annotated[str, typer.Option(help="Which degradations; see --list-presets.")] = "gfpgan-release",
    seed: Annotated[int, typer.Option(help="Root seed. Same seed, same bytes.")] = 0,
    copies: Annotated[int, typer.Option(min=1, help="LQ images made of each HQ.")] = 1,
    index: Annotated[
        Path | None,
        typer.Option(help="CSV with file, and person_id, split, landmarks where known."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only rows of this split of the index.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N faces by name.")] = None,
    source: Annotated[str, typer.Option(help="Where the faces come from, for the card.")] = "",
    licence: Annotated[str, typer.Option(help="The faces' licence, for the card.")] = "",
    grid: Annotated[bool, typer.Option("--grid", help="Also write grid.png: HQ above LQ.")] = False,
    workers: Workers = 0,
    as_json: Json = False,
    list_presets: Annotated[  # noqa: ARG001  # typer calls its callback
        bool,
        typer.Option("--list-presets", callback=_list_presets, is_eager=True, help="List them and stop."),
    ] = False,
) -> None:
    """Make a data set: LQ and HQ pairs with the recipe of every image.

    Every LQ is a pure function of (seed, preset, name): any number of workers, in any order, gives the
    same bytes. Run the same command again after an interruption: it goes on where it stopped.

    **Examples**

    `bfrbench degrade faces/ celeb-test/ --preset gfpgan-release --seed 0`

    `bfrbench degrade faces/ out/ --index index.csv --split val --copies 3 --grid`
    """
    from bfrbench.degradations.dataset import make_dataset, size_note
    from bfrbench.degradations.grid import write_grid

    with progress("degrade", quiet=as_json) as on_progress:
        made = make_dataset(
            hq,
            out_folder,
            preset=preset,
            seed=seed,
            copies=copies,
            workers=workers_or_all(workers),
            index=index,
            split=split,
            limit=limit,
            source=source,
            licence=licence,
            on_progress=on_progress,
        )
    if grid:
        write_grid(made, out_folder / "grid.png")
    if as_json:
        print_json(made.card)
        return
    card = made.card
    if note := size_note(made):
        warn(note)
    out.print(
        f"{card.count} pairs of {card.people} people by {card.preset}, seed {card.seed}: "
        f"[bold]{escape(str(out_folder))}[/]"
    )
    out.print(f"[dim]manifest sha256 {card.manifest_sha256}[/]")


def verify(
    data: Annotated[Path, typer.Argument(help="A data set made by `bfrbench degrade`.")],
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Make every LQ again from its recipe and compare bytes.

    Exit status 0: all the same. 1: something differs; then how much, in pixel levels, and which tool
    versions are not those that made the set.

    **Example**

    `bfrbench verify celeb-test/`
    """
    from bfrbench.degradations.dataset import verify_dataset

    with progress("verify", quiet=as_json) as on_progress:
        found = verify_dataset(data, workers=workers_or_all(workers), on_progress=on_progress)
    if as_json:
        print_json(found)
    else:
        for tool, (then, now) in found.tools_differ.items():
            warn(f"made with {tool} {then}, here is {now}.")
        for item in found.differing:
            off = (
                ""
                if item.share is None
                else f", {item.levels} levels at most, on {item.share:.3%} of the values"
            )
            out.print(f"[red]{escape(item.name)}[/]: {escape(item.what)}{off}")
        for file in found.missing:
            out.print(f"[red]{escape(file)}[/]: missing")
        out.print(f"{found.same} of {found.total} LQ images are the same bytes.")
    if found.same != found.total:
        raise typer.Exit(1)
