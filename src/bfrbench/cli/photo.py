"""`bfrbench photo`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from bfrbench.cli.console import err, escape, out, print_json, progress, warn
from bfrbench.cli.options import Json
from bfrbench.errors import InputError

if TYPE_CHECKING:
    from bfrbench.reference_model.photo.report import PhotoReport, PhotosReport

UPSCALES = (1, 2, 4)


def _list_detectors(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.detection import DETECTORS
    from bfrbench.weights import locate

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("--detector", "what", "source", "weights", "licence"):
        table.add_column(column)
    for name, row in DETECTORS.items():
        here = "here" if all(locate(weight) for weight in row.weights) else "[yellow]not here[/]"
        table.add_row(name, row.title, row.source, here, row.licence)
    out.print(table)
    raise typer.Exit


def photographs(places: list[Path]) -> list[Path]:
    """Files as they are, and the images directly in folders. Raises InputError when a place is not there."""
    from bfrbench.files import images_in

    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise InputError(f"{place} is not there.")
        found += images_in(place).values() if place.is_dir() else [place]
    return found


def photo(
    images: Annotated[list[Path], typer.Argument(help="Photographs, or folders of them.")],
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the results.")],
    restorer: Annotated[
        str, typer.Option("--restorer", "-r", help="Who restores faces; see `restore --list-restorers`.")
    ],
    detector: Annotated[str, typer.Option(help="Who finds faces; see --list-detectors.")] = "mtcnn",
    upscale: Annotated[int, typer.Option(help="Enlarge the photograph: 1, 2 or 4 times.")] = 1,
    background: Annotated[
        str, typer.Option(help="`lanczos`, or a restorer that enlarges, e.g. spandrel:FILE.")
    ] = "lanczos",
    mask: Annotated[
        Literal["ellipse", "parsing", "square"],
        typer.Option(
            help="Where a face is pasted; `square`: as facexlib does, to the pixel.",
        ),
    ] = "ellipse",
    strength: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="0: the photograph; 1: the restorer.")
    ] = 1.0,
    colour: Annotated[
        Literal["photo", "restorer"], typer.Option(help="Whose colours restored faces have.")
    ] = "photo",
    size: Annotated[
        int, typer.Option(min=32, help="Side of the aligned faces that the restorer wants.")
    ] = 512,
    min_size: Annotated[float, typer.Option(min=0.0, help="Leave smaller faces alone (px).")] = 20.0,
    min_score: Annotated[
        float | None, typer.Option(help="Leave less certain faces alone. [default: the detector's own]")
    ] = None,
    only_center: Annotated[bool, typer.Option("--only-center", help="Only the face in the middle.")] = False,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Also write photograph and result beside each other.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Faces a call.")] = 8,
    as_json: Json = False,
    list_detectors: Annotated[  # noqa: ARG001  # typer calls its callback
        bool,
        typer.Option("--list-detectors", callback=_list_detectors, is_eager=True, help="List them and stop."),
    ] = False,
) -> None:
    """Restore the faces in whole photographs: detect, align, restore, paste back.

    Each result keeps its photograph's name, format, EXIF, colour profile and transparency; 16 bits a channel
    become 8. OUT/photos.json lists every face found: restored, skipped and why, or failed. A face that fails
    is left as it was. The same command again goes on where it stopped.

    **Examples**

    `bfrbench photo holiday.jpg results/ -r gfpgan:GFPGANv1.4.pth`

    `bfrbench photo album/ results/ -r gfpgan:GFPGANv1.4.pth --upscale 2 --strength 0.8 --side-by-side`

    Exit status 1 when a photograph or a face could not be restored; one without faces is no failure.
    """
    from bfrbench.cli.restore import build_restorer
    from bfrbench.detection import open_detector
    from bfrbench.detection.table import detector_row
    from bfrbench.reference_model.photo.detect import Choice
    from bfrbench.reference_model.photo.masks import ParsingMask, ellipse_mask
    from bfrbench.reference_model.photo.parsenet import load_parser
    from bfrbench.reference_model.photo.report import Settings
    from bfrbench.reference_model.photo.run import Parts, restore_photos

    if upscale not in UPSCALES:
        raise InputError(f"--upscale is 1, 2 or 4, not {upscale}.")
    row = detector_row(detector)
    if "NON-COMMERCIAL" in row.licence:
        warn(f"detector {detector}: {row.licence}.")
    faces = build_restorer(restorer)()
    behind = None if background == "lanczos" else build_restorer(background)()
    parts = Parts(
        detector=open_detector(detector, min_score=0.0),  # faint faces are reported as skipped
        restorer=faces,
        background=behind,
        mask=ParsingMask(load_parser()) if mask == "parsing" else ellipse_mask,
        batch=batch,
    )
    settings = Settings(
        restorer=restorer,
        detector=detector,
        weights_sha256={
            f"{place}{name}": sha256
            for place, part in (("", faces), ("background ", behind))
            for name, sha256 in getattr(part, "weights_sha256", {}).items()
        },
        background=background,
        choice=Choice(row.min_score if min_score is None else min_score, min_size, only_center),
        upscale=upscale,
        size=size,
        mask=mask,
        strength=strength,
        colour=colour,
        side_by_side=side_by_side,
    )
    with progress("photographs", quiet=as_json) as on_progress:
        report = restore_photos(photographs(images), out_folder, settings, parts, on_progress=on_progress)
    if as_json:
        print_json(report)
    else:
        _print(report, out_folder)
    failed = [photo for photo in report.photos if photo.failed]
    for photo in failed[:10]:
        err.print(f"[red]{escape(photo.file)}[/]: {photo.state}: {escape(photo.message)}")
    if failed:
        raise typer.Exit(1)


def _print(report: "PhotosReport", folder: Path) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("photograph", "restored", "skipped", "failed", "state"):
        table.add_column(column, justify="left" if column in ("photograph", "state") else "right")
    for photo in report.photos:
        counts = (str(_count(photo, state)) for state in ("restored", "skipped", "failed"))
        table.add_row(escape(photo.file), *counts, photo.state)
    out.print(table)
    out.print(f"[dim]{escape(str(folder))}/photos.json says why[/]")


def _count(photo: "PhotoReport", state: str) -> int:
    return sum(face.state == state for face in photo.faces)
