"""`bfrbench demo`: the whole way, on faces that every install has."""

import time
from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out, print_json, progress
from bfrbench.cli.options import Json

PRESET = "gfpgan-release-128"
COPIES = 4


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[OUT]", help="Folder for everything made.")] = Path(
        "demo"
    ),
    seed: Annotated[int, typer.Option(help="Root seed of the degradations.")] = 0,
    as_json: Json = False,
) -> None:
    """Do the whole way on embedded faces: degrade, restore, score, board. Offline, in under two minutes.

    Seven faces (scikit-image's astronaut, and the group photograph inside insightface) at 128 px, four
    recipes each; every classical restorer, and the LQ and HQ anchors; a table here and a page to open.

    **Example**

    `bfrbench demo demo/`
    """
    from bfrbench.benchmark.baselines import RESTORERS
    from bfrbench.benchmark.datasets.embedded import LICENCE, SOURCE, write_embedded_faces
    from bfrbench.benchmark.protocols import protocol
    from bfrbench.benchmark.restored import find_restored
    from bfrbench.benchmark.score import score_all
    from bfrbench.cli.restore import run_restorer
    from bfrbench.cli.tables import print_board
    from bfrbench.degradations.dataset import make_dataset
    from bfrbench.leaderboards.build import build_board

    started = time.monotonic()
    faces = folder / "faces"
    index = write_embedded_faces(faces)
    with progress("degrade", quiet=as_json) as on_progress:
        data = make_dataset(
            faces,
            folder / "data",
            preset=PRESET,
            seed=seed,
            copies=COPIES,
            workers=1,  # here and below: for 28 small images a second process takes longer to start
            index=index,
            source=SOURCE,
            licence=LICENCE,
            on_progress=on_progress,
        )
    runs = {name: folder / "runs" / name for name in (*RESTORERS, "hq")}
    for name, run in runs.items():
        with progress(name, quiet=as_json) as on_progress:
            run_restorer(data, run, name, batch=8, workers=1, on_progress=on_progress)
    found = [find_restored(run, data, name=None, suffix="") for run in runs.values()]
    with progress("score", quiet=as_json) as on_progress:
        score_all(
            found,
            data,
            list(runs.values()),
            protocol=protocol("strict"),
            workers=1,
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
