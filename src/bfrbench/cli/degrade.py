"""`bfrbench degrade` and `bfrbench verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bfrbench.cli.console import escape, out, print_json, progress, warn
from bfrbench.cli.options import Address, EngineName, Json, Workers, engine_of, workers_or_all
from bfrbench.engine import LocalEngine
from bfrbench.storage import open_place

if TYPE_CHECKING:
    from bfrbench.degradations.dataset import Difference


def _list_presets(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.degradations.presets import PRESETS

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("preset", no_wrap=True)
    table.add_column("for", no_wrap=True)
    table.add_column("what")
    for preset in PRESETS.values():
        table.add_row(f"{preset.id}@{preset.version}", f"{preset.size} px", preset.title)
    out.print(table)
    out.print(
        "[dim]Sources, ranges and what is uncertain: docs/presets.md, and each data set's own README.md.[/]"
    )
    raise typer.Exit


def degrade(
    hq: Annotated[
        Path,
        typer.Argument(
            parser=open_place, metavar="HQ", help="Folder of HQ faces (PNG, JPEG, WebP, BMP, TIFF)."
        ),
    ],
    out_folder: Annotated[
        Path, typer.Argument(parser=open_place, metavar="OUT", help="Folder for the data set.")
    ],
    preset: Annotated[str, typer.Option(help="Which degradations; see --list-presets.")] = "gfpgan-release",
    seed: Annotated[int, typer.Option(help="Root seed. Same seed, same bytes.")] = 0,
    severity: Annotated[
        int | None, typer.Option(min=1, max=5, help="Only this level of a ladder-… preset.")
    ] = None,
    copies: Annotated[
        int | None, typer.Option(min=1, help="LQ images made of each HQ; 1, or 5 for a whole ladder.")
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="CSV with file, and person_id, split, landmarks where known."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only rows of this split of the index.")] = None,
    splits: Annotated[
        str | None,
        typer.Option(help="Put each person into train, val or test, in percent, as 80/10/10."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N faces by name.")] = None,
    source: Annotated[str, typer.Option(help="Where the faces come from, for the card.")] = "",
    licence: Annotated[str, typer.Option(help="The faces' licence, for the card.")] = "",
    shards: Annotated[
        int | None,
        typer.Option(min=1, help="Pack N pairs into each tar, as WebDataset reads them."),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Nearly the same pixels, much sooner; the card says so.")
    ] = False,
    grid: Annotated[
        bool, typer.Option("--grid", help="Also write grid.png: HQ, LQ and recipe of a few people.")
    ] = False,
    workers: Workers = 0,
    engine: EngineName = "local",
    address: Address = None,
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

    `bfrbench degrade ffhq/ train/ --splits 90/5/5 --shards 1000`

    `bfrbench degrade faces/ blurred/ --preset ladder-blur --severity 3`
    """
    from bfrbench.degradations.dataset import make_dataset, size_note
    from bfrbench.degradations.grid import write_grid
    from bfrbench.degradations.presets import find_preset

    name, at, version = preset.partition("@")
    chosen = find_preset(preset if severity is None else f"{name}-{severity}{at}{version}")
    with engine_of(engine, address, workers) as place, progress("degrade", quiet=as_json) as on_progress:
        made = make_dataset(
            hq,
            out_folder,
            preset=chosen.full_name,
            seed=seed,
            copies=copies or chosen.per_face,
            engine=place,
            index=index,
            split=split,
            splits=splits,
            shards=shards,
            fast=fast,
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
    data: Annotated[
        Path, typer.Argument(parser=open_place, metavar="DATA", help="A data set made by `bfrbench degrade`.")
    ],
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Make every LQ again from its recipe and compare bytes.

    Exit status 0: all the same; or tools other than those that made the set (another OpenCV, another
    processor) gave other bytes, and each such LQ is within 32 of 255 levels everywhere and 0.5 on the
    mean. 1: something else differs; then how much.

    **Example**

    `bfrbench verify celeb-test/`
    """
    from bfrbench.degradations.dataset import verify_dataset
    from bfrbench.degradations.verification import MOST_LEVELS, MOST_MEAN

    with progress("verify", quiet=as_json) as on_progress:
        found = verify_dataset(data, engine=LocalEngine(workers_or_all(workers)), on_progress=on_progress)
    if as_json:
        print_json(found)
    else:
        for tool, (then, now) in found.tools_differ.items():
            warn(f"made with {tool} {then}, here is {now}.")
        for item in found.within_tolerance:
            out.print(f"[yellow]{escape(item.name)}[/]: {escape(item.what)}{_size(item)}")
        for item in found.differing:
            out.print(f"[red]{escape(item.name)}[/]: {escape(item.what)}{_size(item)}")
        for file in found.missing:
            out.print(f"[red]{escape(file)}[/]: missing")
        for file in found.shards_differ:
            out.print(f"[red]{escape(file)}[/]: not the tar that shards.json names")
        out.print(f"{found.same} of {found.total} LQ images are the same bytes.")
        if found.within_tolerance:
            out.print(
                f"{len(found.within_tolerance)} more are within {MOST_LEVELS} of 255 levels everywhere and "
                f"{MOST_MEAN} on the mean: other tools, the same recipe."
            )
    if not found.passed:
        raise typer.Exit(1)


def _size(difference: "Difference") -> str:
    """How far off, in words; nothing where pixels could not be compared."""
    if difference.share is None:
        return ""
    return f", {difference.levels} levels at most, on {difference.share:.3%} of the values"
