"""`bfrbench board build`."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Boards: tables and a page from scores.")


@app.callback()
def about() -> None:
    """Boards: tables and a page from scores."""


@app.command()
def build(
    runs: Annotated[list[Path], typer.Argument(help="Scored runs, or folders with scores.json.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the board.")] = Path("board"),
    data: Annotated[Path | None, typer.Option(help="The data set, to show its images.")] = None,
    images: Annotated[int, typer.Option(min=0, help="How many pairs to show on the page.")] = 12,
    title: Annotated[str, typer.Option(help="The board's title.")] = "Blind face restoration",
    as_json: Json = False,
) -> None:
    """Build a board: board.md, board.csv, board.json and a self-contained index.html.

    All runs must be of one data set, one protocol and the same metric versions. `lq` and `hq` runs become
    the anchor rows. Runs with failed images are shown, but not ranked.

    **Example**

    `bfrbench board build runs/* --data celeb-test/ --out board/`
    """
    from bfrbench.cli.tables import print_board
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.leaderboards.build import build_board

    board = build_board(
        runs, out_folder, title=title, data=open_dataset(data) if data else None, images=images
    )
    if as_json:
        print_json(board)
        return
    print_board(board)
    out.print(f"[bold]{escape(str(out_folder / 'index.html'))}[/]")
