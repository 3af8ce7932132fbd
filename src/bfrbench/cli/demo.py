"""`bfrbench demo`: the whole way, on faces that every install has."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out, print_json, progress, warn
from bfrbench.cli.options import Json
from bfrbench.engine import HERE

PRESET = "gfpgan-release-128"
SIZE = 128
COPIES = 4
MOST = 24
"""Faces of one's own that are used: what takes under two minutes."""


@dataclass(frozen=True, slots=True)
class Faces:
    """What the demo degrades."""

    folder: Path
    index: Path
    source: str
    licence: str


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[OUT]", help="Folder for everything made.")] = Path(
        "demo"
    ),
    seed: Annotated[int, typer.Option(help="Root seed of the degradations.")] = 0,
    faces: Annotated[
        Path | None, typer.Option(help="Your own portraits instead: a folder of photographs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Do the whole way on embedded faces: degrade, restore, score, board. Offline, in under two minutes.

    Seven faces (scikit-image's astronaut, and the group photograph inside insightface) at 128 px, four
    recipes each; the reference GFP-GAN, every classical restorer, and the LQ and HQ anchors; a table here
    and a page to open.
    With --faces, the faces of your own photographs, at most 24 of them, found and cut as `align` does.

    **Examples**

    `bfrbench demo demo/`

    `bfrbench demo mine/ --faces portraits/`
    """
    from bfrbench.benchmark.baselines import RESTORERS
    from bfrbench.benchmark.protocols import protocol
    from bfrbench.benchmark.restored import find_restored
    from bfrbench.benchmark.score import score_all
    from bfrbench.cli.restore import REFERENCES, run_restorer
    from bfrbench.cli.tables import print_board
    from bfrbench.degradations.dataset import make_dataset
    from bfrbench.leaderboards.build import build_board

    started = time.monotonic()
    own = _embedded(folder) if faces is None else _aligned(faces, folder / "aligned", quiet=as_json)
    with progress("degrade", quiet=as_json) as on_progress:
        data = make_dataset(
            own.folder,
            folder / "data",
            preset=PRESET,
            seed=seed,
            copies=COPIES,
            engine=HERE,  # here and below: for so few small images a second process takes longer to start
            index=own.index,
            limit=MOST,
            source=own.source,
            licence=own.licence,
            on_progress=on_progress,
        )
    runs = {name: folder / "runs" / name for name in (*REFERENCES, *RESTORERS, "hq")}
    for name, run in runs.items():
        with progress(name, quiet=as_json) as on_progress:
            run_restorer(data, run, name, batch=8, engine=HERE, on_progress=on_progress)
    found = [find_restored(run, data, name=None, suffix="") for run in runs.values()]
    with progress("score", quiet=as_json) as on_progress:
        score_all(
            found,
            data,
            list(runs.values()),
            protocol=protocol("strict"),
            engine=HERE,
            on_progress=on_progress,
            memory=folder / "memory.sqlite",
        )
    board = build_board(
        list(runs.values()), folder / "board", title="bfrbench demo", data=data, images=data.card.count
    )
    if as_json:
        print_json(board)
        return
    print_board(board)
    page = (folder / "board" / "index.html").resolve()
    out.print(f"\n{time.monotonic() - started:.0f} s. Open the page: [bold]{escape(page.as_uri())}[/]")


def _embedded(folder: Path) -> Faces:
    from bfrbench.benchmark.datasets.embedded import LICENCE, SOURCE, write_embedded_faces

    index = write_embedded_faces(folder / "faces", SIZE)
    return Faces(folder / "faces", index, SOURCE, LICENCE)


def _aligned(photos: Path, place: Path, *, quiet: bool) -> Faces:
    """Faces out of somebody's own photographs, with what was left out."""
    from functools import partial

    from bfrbench.cli.align import dlib
    from bfrbench.degradations.align.card import in_short
    from bfrbench.degradations.align.folder import align_folder
    from bfrbench.degradations.align.photo import FACES, Job, Settings
    from bfrbench.detection import open_detector

    settings = Settings(size=SIZE, recogniser="dlib")
    job = Job(photos, place, settings, partial(open_detector, settings.detector), dlib)
    with progress("align", quiet=quiet) as on_progress:
        facts = align_folder(job, on_progress=on_progress)
    if facts.skipped:
        warn(f"photographs left out: {in_short(facts.skipped)}; {place / 'report.csv'} says why of each.")
    if facts.kept > MOST:
        warn(f"the demo takes the first {MOST} of {facts.kept} faces.")
    return Faces(place / FACES, place / "index.csv", "photographs of one's own", "")
