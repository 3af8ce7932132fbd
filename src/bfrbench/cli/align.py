"""`bfrbench align`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bfrbench.cli.console import escape, out, print_json, progress, warn
from bfrbench.cli.options import Address, EngineName, Json, Workers, engine_of
from bfrbench.errors import InputError
from bfrbench.storage import open_place

if TYPE_CHECKING:
    from bfrbench.degradations.align.card import Facts
    from bfrbench.degradations.align.photo import Recogniser

SIZES = (64, 2048)
"""The least and the most px of a crop."""


def dlib() -> "Recogniser":
    """The embedded recogniser: 128 numbers of an aligned face."""
    from bfrbench.benchmark.judges.dlib_resnet import descriptor
    from bfrbench.benchmark.metrics.identity import chip

    return lambda crop, landmarks: descriptor(chip(crop, landmarks))


def align(
    photos: Annotated[
        Path,
        typer.Argument(parser=open_place, metavar="IN", help="Folder of photographs, with folders below."),
    ],
    out_folder: Annotated[
        Path, typer.Argument(parser=open_place, metavar="OUT", help="Folder for the faces.")
    ],
    size: Annotated[int, typer.Option(help="Side of the crops, in pixels.")] = 512,
    detector: Annotated[str, typer.Option(help="Who finds faces; see `photo --list-detectors`.")] = "mtcnn",
    largest: Annotated[
        bool, typer.Option("--largest", help="Of several faces take the largest, instead of none.")
    ] = False,
    max_enlarged: Annotated[
        float, typer.Option(min=0.0, help="Skip faces that the crop enlarges more than this.")
    ] = 1.25,
    max_turned: Annotated[
        float, typer.Option(min=0.0, help="Skip faces whose nose is further aside, in eye distances.")
    ] = 0.38,
    min_sharp: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Skip faces that are less sharp; 0 keeps all.")
    ] = 0.2,
    max_outside: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Skip crops with more beyond the photograph's edge.")
    ] = 0.2,
    people: Annotated[
        Literal["dlib", "none"],
        typer.Option(help="Who tells people apart: the embedded recogniser, or nobody."),
    ] = "dlib",
    splits: Annotated[
        str | None,
        typer.Option(help="Put each person into train, val or test, in percent, as 80/10/10."),
    ] = None,
    source: Annotated[str, typer.Option(help="Where the photographs come from, for the card.")] = "",
    licence: Annotated[str, typer.Option(help="Their licence, for the card.")] = "",
    workers: Workers = 0,
    engine: EngineName = "local",
    address: Address = None,
    as_json: Json = False,
) -> None:
    """Make aligned faces of your own photographs: find, filter, cut, and freeze the landmarks.

    OUT/faces has a crop of each photograph that holds one clear face; OUT/index.csv its person, landmarks
    and measures, as `degrade --index` reads them; OUT/report.csv every photograph, kept or why not. Look at
    OUT/kept.jpg and OUT/skipped.jpg. The same command again looks at new and changed photographs alone.

    **Examples**

    `bfrbench align portraits/ mine/` then `bfrbench degrade mine/faces data/ --index mine/index.csv`

    `bfrbench align album/ mine/ --largest --splits 80/10/10 --source "my album" --licence CC0-1.0`
    """
    from functools import partial

    from bfrbench.degradations.align.folder import align_folder
    from bfrbench.degradations.align.limits import Limits
    from bfrbench.degradations.align.photo import Job, Settings
    from bfrbench.degradations.splits import parse_splits
    from bfrbench.detection import open_detector
    from bfrbench.detection.table import detector_row

    if not SIZES[0] <= size <= SIZES[1]:
        raise InputError(f"--size is {SIZES[0]} to {SIZES[1]}, not {size}.")
    if "NON-COMMERCIAL" in detector_row(detector).licence:
        warn(f"detector {detector}: {detector_row(detector).licence}.")
    limits = Limits(
        most_enlarged=max_enlarged,
        most_turned=max_turned,
        most_outside=max_outside,
        least_sharp=min_sharp,
        largest=largest,
    )
    job = Job(
        photos,
        out_folder,
        Settings(size, detector, "" if people == "none" else people, limits),
        open_detector=partial(open_detector, detector),
        open_recogniser=None if people == "none" else dlib,
    )
    with engine_of(engine, address, workers) as place, progress("align", quiet=as_json) as on_progress:
        facts = align_folder(
            job,
            splits=parse_splits(splits) if splits else None,
            source=source,
            licence=licence,
            engine=place,
            on_progress=on_progress,
        )
    if as_json:
        print_json(facts)
    else:
        _print(facts, out_folder)


def _print(facts: "Facts", folder: Path) -> None:
    from bfrbench.degradations.align.card import in_short

    out.print(
        f"{facts.kept} faces of {facts.people} people, out of {facts.photographs} photographs: "
        f"[bold]{escape(str(folder / 'faces'))}[/]"
    )
    if facts.skipped:
        out.print(
            f"Skipped: {in_short(facts.skipped)}; {escape(str(folder / 'report.csv'))} says why of each."
        )
    if facts.settings.recogniser and facts.largest_person > max(20, facts.kept // 20):
        warn(
            f"one of the people has {facts.largest_person} of the {facts.kept} faces: is that so? The "
            "recogniser may have joined several who look alike."
        )
    out.print(f"[dim]bfrbench degrade {folder / 'faces'} DATA --index {folder / 'index.csv'}[/]")
