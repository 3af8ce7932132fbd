"""The command line: `bfrbench VERB`. Each verb is a file here; heavy imports wait until a verb runs."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from bfrbench import __version__
from bfrbench.cli import (
    align,
    board,
    compare,
    data,
    degrade,
    demo,
    doctor,
    export,
    photo,
    restore,
    score,
    sheet,
    train,
    weights,
)
from bfrbench.cli.console import err, escape
from bfrbench.errors import BfrError

app = typer.Typer(
    name="bfrbench",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bfrbench {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Data sets, scores and leaderboards for blind face restoration.

    HQ faces —`degrade`→ data set —`restore`→ run —`score`→ scores —`board build`→ tables and page

    New here? `bfrbench demo` does the whole way on embedded faces in under two minutes, offline.
    """


VERBS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "align": align.align,
    "degrade": degrade.degrade,
    "verify": degrade.verify,
    "restore": restore.restore,
    "photo": photo.photo,
    "score": score.score,
    "compare": compare.compare,
    "sheet": sheet.sheet,
    "draw": sheet.draw,
    "export": export.export,
    "doctor": doctor.doctor,
}
for verb, command in VERBS.items():
    app.command(verb)(command)
app.add_typer(data.app, name="data")
app.add_typer(board.app, name="board")
app.add_typer(train.app, name="train")
app.add_typer(weights.app, name="weights")


def main() -> None:
    """Run the command line; an expected error is one sentence on stderr and exit status 1."""
    try:
        app()
    except BfrError as error:
        err.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("\nStopped. What was finished is kept: run the same command again to go on.")
        sys.exit(130)
