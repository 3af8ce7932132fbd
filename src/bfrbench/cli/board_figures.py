"""`bfrbench board figures`."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out, print_json, progress
from bfrbench.cli.options import Json
from bfrbench.errors import UnknownName


def figures(
    board: Annotated[str, typer.Argument(help="A published board.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the figures.")] = Path("figures"),
    results: Annotated[Path | None, typer.Option(help="Where boards lie. [default: the package's]")] = None,
    as_json: Json = False,
) -> None:
    """Draw a board: perception against distortion, severity curves, paired differences, metric correlation.

    Each as SVG and PNG at print width, on light and on dark ground; text in the SVGs is text.

    **Example**

    `bfrbench board figures openfaces128-jpeg-release --out figures/`
    """
    from bfrbench.leaderboards.figures import write_figures
    from bfrbench.leaderboards.results import RESULTS, read_results

    with progress("read boards", quiet=as_json) as on_progress:
        boards = {each.definition.id: each for each in read_results(results or RESULTS, on_progress)}
    if board not in boards:
        raise UnknownName(f"No board is called {board!r}. There are: {', '.join(boards) or 'none'}.")
    written = write_figures(boards[board], out_folder)
    if as_json:
        print_json(written)
        return
    for path in written:
        out.print(escape(str(path)))
