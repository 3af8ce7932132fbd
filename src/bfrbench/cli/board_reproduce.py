"""`bfrbench board reproduce`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrbench.cli.console import print_json
from bfrbench.cli.options import Json, Workers, workers_or_all
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError, UnknownName

if TYPE_CHECKING:
    from bfrbench.leaderboards.records import BoardDefinition


def reproduce(
    table: Annotated[str, typer.Argument(help="A reported table, or a board of ours; see --list.")] = "",
    data: Annotated[
        Path | None,
        typer.Option(help="The test set: a data set, a folder with lq/ and hq/, or a folder of LQ images."),
    ] = None,
    hq: Annotated[
        Path | None, typer.Option(help="A folder of HQ images, where --data holds the LQs.")
    ] = None,
    runs: Annotated[
        list[str] | None, typer.Option("--runs", help="METHOD=FOLDER of restored images; may be repeated.")
    ] = None,
    restorer: Annotated[
        list[str] | None,
        typer.Option("--restorer", "-r", help="METHOD=RESTORER, as `restore` takes them; may be repeated."),
    ] = None,
    only: Annotated[
        str, typer.Option("--only", "--rows", help="These rows alone, separated by commas.")
    ] = "",
    reference: Annotated[
        Path | None,
        typer.Option(
            help="What sets are compared with in place of FFHQ: a folder, or statistics (.npz, .pth)."
        ),
    ] = None,
    suffix: Annotated[str, typer.Option(help="Strip this from the names in --runs, e.g. _out.")] = "",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for runs and scores. [default: reproduce/TABLE]")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Where our boards lie. [default: the package's]")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List tables and boards, and stop.")] = False,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Measure a table again: what it takes, what can be run here, and each number beside the stated one.

    Of a reported table, the input's row needs no model; others are handed in as images (--runs) or as a model
    (--restorer). All are scored under the table's own rules. Of a board of ours, what comes with bfrbench is
    restored anew from the data set; models are named with --restorer. Run the same command again to go on.

    **Examples**

    `bfrbench board reproduce gfpgan-celeba-test`

    `bfrbench board reproduce gfpgan-celeba-test --data CelebA-Test/ --runs GFP-GAN=results/restored_faces/`

    `bfrbench board reproduce openfaces128-jpeg-release --data DATA/ --only lq,nlm`

    Exit status 1 when a number of a board of ours differs.
    """
    from bfrbench.cli.reproduce_runs import Request, of_board, of_table
    from bfrbench.cli.reproduce_tables import print_list, print_reproduction
    from bfrbench.leaderboards.reported import reported_tables
    from bfrbench.leaderboards.results import RESULTS

    tables, boards = reported_tables(), _boards(results or RESULTS)
    if listed or not table:
        print_list(tables, boards, as_json=as_json)
        return
    request = Request(
        data=data,
        hq=hq,
        runs={row: Path(folder) for row, folder in _pairs(runs or [], "--runs").items()},
        restorers=_pairs(restorer or [], "--restorer"),
        only=[row.strip() for row in only.split(",") if row.strip()],
        reference=reference,
        suffix=suffix,
        out=out_folder or Path("reproduce") / table,
        engine=LocalEngine(workers_or_all(workers)),
        quiet=as_json,
    )
    if table in tables:
        found = of_table(tables[table], request)
    elif table in boards:
        found = of_board(*boards[table], request)
    else:
        raise UnknownName(
            f"No table or board is called {table!r}. There are: {', '.join([*tables, *boards])}."
        )
    if as_json:
        print_json(found)
    else:
        print_reproduction(found)
    if table in boards and found.count("differs"):
        raise typer.Exit(1)


def _boards(results: Path) -> "dict[str, tuple[BoardDefinition, Path]]":
    from bfrbench.files import read_json
    from bfrbench.leaderboards.records import BOARD_JSON, BoardDefinition

    files = sorted(results.glob(f"*/{BOARD_JSON}"))
    return {
        path.parent.name: (read_json(path, BoardDefinition, "the definition of a board"), path.parent)
        for path in files
    }


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """ROW=VALUE of an option that may be repeated."""
    found = {}
    for text in given:
        row, equals, value = text.partition("=")
        if not (row and equals and value):
            raise InputError(
                f"{option} {text!r} should be ROW={'FOLDER' if option == '--runs' else 'RESTORER'}."
            )
        found[row] = value
    return found
