"""`bfrbench board`: tables and pages of one's own scores; the published boards are in board_results."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli import board_figures, board_reproduce, board_results, board_serve
from bfrbench.cli.board_results import Results
from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Boards: tables and pages from scores; the published ones.")


@app.callback()
def about() -> None:
    """Boards: tables and pages from scores; the published ones."""


@app.command()
def build(
    runs: Annotated[list[Path], typer.Argument(help="Scored runs, or folders with scores.json.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the board.")] = Path("board"),
    data: Annotated[Path | None, typer.Option(help="The data set, to show its images.")] = None,
    images: Annotated[int, typer.Option(min=0, help="How many pairs to show on the page.")] = 12,
    title: Annotated[str, typer.Option(help="The board's title.")] = "Blind face restoration",
    intervals: Annotated[bool, typer.Option(help="Print 95 % intervals in board.md and board.tex.")] = True,
    as_json: Json = False,
) -> None:
    """Build a board: board.md, board.tex, board.csv, board.json and a self-contained index.html.

    All runs must be of one data set, one protocol and the same metric versions. `lq` and `hq` runs become
    the anchor rows. Runs with failed images are shown, but not ranked.

    **Example**

    `bfrbench board build runs/* --data celeb-test/ --out board/`
    """
    from bfrbench.cli.tables import print_board
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.leaderboards.build import build_board

    opened = open_dataset(data) if data else None
    board = build_board(runs, out_folder, title=title, data=opened, images=images, intervals=intervals)
    if as_json:
        print_json(board)
        return
    print_board(board)
    out.print(f"[bold]{escape(str(out_folder / 'index.html'))}[/]")


@app.command()
def new(
    board: Annotated[str, typer.Argument(help="The board's id, in small letters: faces-128.")],
    data: Annotated[Path, typer.Option(help="The data set: its card and manifest are kept, no images.")],
    title: Annotated[str, typer.Option(help="The board's title.")],
    summary: Annotated[str, typer.Option(help="One sentence about it.")] = "",
    protocol: Annotated[str, typer.Option(help="What entries are scored under.")] = "strict",
    headline: Annotated[
        list[str] | None, typer.Option(help="Metric to sort by; may be repeated. [default: the protocol's]")
    ] = None,
    by: Annotated[str, typer.Option(help="Column to slice by, as severity.")] = "",
    make: Annotated[
        list[str] | None, typer.Option(help="Shell command that makes the data; may be repeated.")
    ] = None,
    results: Results = None,
) -> None:
    """Start a board: entries can be added to it from then on, and it never changes.

    **Example**

    `bfrbench board new faces-128 --data faces-128/ --title "Faces at 128 px" --by severity`
    """
    from bfrbench.benchmark.protocols import protocol as find_protocol
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.leaderboards.home import RESULTS, start_board
    from bfrbench.leaderboards.records import BoardDefinition

    card, rules = open_dataset(data).card, find_protocol(protocol)
    definition = BoardDefinition(
        id=board,
        title=title,
        summary=summary,
        dataset=card.name,
        dataset_sha256=card.manifest_sha256,
        protocol=rules.name,
        headline=tuple(headline or rules.headline),
        make=tuple(make or ()),
        by=by,
        licence=card.licence,
        attribution=(card.source,) if card.source else (),
    )
    folder = start_board(definition, data, results or RESULTS)
    out.print(f"[bold]{escape(str(folder))}[/]: now `bfrbench board add` its first entries.")


for command in (
    board_results.submit,
    board_results.check,
    board_results.add,
    board_results.publish,
    board_reproduce.reproduce,
    board_figures.figures,
    board_serve.site,
    board_serve.serve,
):
    app.command()(command)
