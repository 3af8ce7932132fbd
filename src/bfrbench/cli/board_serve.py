"""`bfrbench board site` and `bfrbench board serve`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrbench.cli.console import escape, out, print_json, progress, warn
from bfrbench.cli.options import Json

if TYPE_CHECKING:
    from bfrbench.leaderboards.records import Published


def site(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the site.")] = Path("site"),
    results: Annotated[
        Path | None,
        typer.Option(help="Folder of published results. [default: those that bfrbench came with]"),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="BOARD=FOLDER", help="A board's data set, to show its pictures."),
    ] = None,
    runs: Annotated[
        list[str] | None,
        typer.Option(metavar="BOARD=FOLDER", help="A folder of a board's runs, to show their pictures."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build the site: every board, method, metric, protocol and printed table as pages to open from disk.

    Every number is proved against its images' values first. Pictures of faces are shown only where you hand
    in their folders: mind the licence of the faces before you show the site to others.

    **Examples**

    `bfrbench board site --out site/`

    `bfrbench board site --data faces-128=data/ --runs faces-128=runs/`
    """
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.leaderboards.pages.site import build_site
    from bfrbench.leaderboards.reported import reported_tables
    from bfrbench.leaderboards.results import RESULTS, read_results
    from bfrbench.leaderboards.spread import causes

    found = {board: _runs_in(folder) for board, folder in _by_board("--runs", runs or ()).items()}
    images = {board: open_dataset(folder) for board, folder in _by_board("--data", data or ()).items()}
    with progress("boards", quiet=as_json) as on_progress:
        boards = read_results(results or RESULTS, on_progress)
    for one in boards:
        _drop_unknown(found.get(one.definition.id, {}), one)
    tables = reported_tables()
    with progress("pictures", quiet=as_json or not images) as on_progress:
        build_site(
            boards,
            out_folder,
            reported=tuple(tables.values()),
            causes=tuple(causes(tables)),
            images=images,
            runs=found,
            on_progress=on_progress,
        )
    if as_json:
        print_json({"site": out_folder, "boards": [one.definition.id for one in boards]})
    else:
        out.print(f"[bold]{escape((out_folder / 'index.html').resolve().as_uri())}[/]")


def serve(
    folder: Annotated[Path, typer.Argument(metavar="[SITE]", help="A built site.")] = Path("site"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Show a built site at an address of this machine, which no other can reach. Ctrl-C ends it.

    **Example**

    `bfrbench board serve site/ --port 8000`
    """
    from bfrbench.leaderboards.pages.server import HOST, site_server

    with site_server(folder, port) as server:
        out.print(f"[bold]http://{HOST}:{server.server_port}/[/] Ctrl-C ends it.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("")


def _runs_in(folder: Path) -> dict[str, Path]:
    """The runs in a folder, by their restorers' names."""
    from bfrbench.files import read_json
    from bfrbench.leaderboards.gallery import RUN_JSON
    from bfrbench.types import Run

    runs = (run for run in sorted(folder.iterdir()) if (run / RUN_JSON).is_file())
    return {read_json(run / RUN_JSON, Run, "a run").restorer: run for run in runs}


def _drop_unknown(runs: dict[str, Path], board: "Published") -> None:
    """Leave out runs of restorers that are not on the board, and say so."""
    for name in sorted(runs.keys() - board.publications.keys()):
        warn(f"{name} is not on the board {board.definition.id}: its pictures are left out.")
        del runs[name]


def _by_board(option: str, texts: Sequence[str]) -> dict[str, Path]:
    """`BOARD=FOLDER` texts as {board: folder}; raises InputError for what is none, or names a board twice."""
    from bfrbench.errors import InputError

    found: dict[str, Path] = {}
    for text in texts:
        board, equals, folder = text.partition("=")
        if not (board and equals and folder):
            raise InputError(f"{option} takes BOARD=FOLDER, as faces-128=data/; {text!r} is not that.")
        if board in found:
            raise InputError(f"{option} names the board {board} twice.")
        if not Path(folder).is_dir():
            raise InputError(f"{folder} is not a folder.")
        found[board] = Path(folder)
    return found
