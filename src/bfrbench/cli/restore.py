"""`bfrbench restore`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bfrbench.cli.console import err, escape, out, print_json, progress
from bfrbench.cli.options import Json, Workers, workers_or_all
from bfrbench.types import DataSet, Restorer, Run


def _list_restorers(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.benchmark.baselines import RESTORERS

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("--restorer", "what", "source"):
        table.add_column(column)
    for name, row in RESTORERS.items():
        table.add_row(name, row.title, row.source)
    for spec, what, source in (
        ("hq", "the HQ images themselves: the board's upper anchor", ""),
        ("gfpgan:FILE", "a GFP-GAN checkpoint (clean architecture)", "reference_model"),
        ("package.module:Class", "your class: called with a batch, returns a batch", "your code"),
        ('command:"tool {lq} {out}"', "your program: reads a folder, fills a folder", "your program"),
        ("folder:DIR", "images that you made elsewhere, by name", "your folder"),
    ):
        table.add_row(escape(spec), what, source)
    out.print(table)
    raise typer.Exit


def _gfpgan(file: str) -> Callable[[], Restorer]:
    from bfrbench.reference_model.restorer import load_gfpgan

    load_gfpgan(Path(file))  # a wrong file is told before any work starts
    return partial(load_gfpgan, Path(file))


# Schemes that `benchmark` must not know, because the judge never imports the contestant.
SCHEMES: dict[str, Callable[[str], Callable[[], Restorer]]] = {"gfpgan": _gfpgan}


def build_restorer(spec: str) -> Callable[[], Restorer]:
    """The factory that `--restorer` means."""
    from bfrbench.benchmark.restorers import resolve

    scheme, _, rest = spec.partition(":")
    return SCHEMES[scheme](rest) if scheme in SCHEMES and rest else resolve(spec)


def run_restorer(
    data: DataSet,
    folder: Path,
    spec: str,
    *,
    batch: int,
    workers: int,
    on_progress: Callable[[int, int], None],
    name: str | None = None,
) -> Run:
    """Restore with whatever `spec` means: a restorer, the HQ anchor, or a folder made elsewhere."""
    from bfrbench.benchmark.adopt import adopt, adopt_hq
    from bfrbench.benchmark.restore import restore

    if spec == "hq":
        return adopt_hq(data, folder, workers=workers, on_progress=on_progress)
    if spec.startswith("folder:"):
        made = Path(spec.removeprefix("folder:"))
        shown = name or made.resolve().name
        return adopt(data, folder, made, name=shown, workers=workers, on_progress=on_progress)
    build = build_restorer(spec)
    return restore(data, folder, build, spec=spec, batch=batch, workers=workers, on_progress=on_progress)


def restore(
    data: Annotated[Path, typer.Argument(help="A data set, or a plain folder of LQ images.")],
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the run.")],
    restorer: Annotated[str, typer.Option("--restorer", "-r", help="Who restores; see --list-restorers.")],
    batch: Annotated[int, typer.Option(min=1, help="Images a call.")] = 8,
    name: Annotated[str | None, typer.Option(help="Name on the board, with `folder:`.")] = None,
    workers: Workers = 0,
    as_json: Json = False,
    list_restorers: Annotated[  # noqa: ARG001  # typer calls its callback
        bool,
        typer.Option("--list-restorers", callback=_list_restorers, is_eager=True, help="List them and stop."),
    ] = False,
) -> None:
    """Restore every LQ image of a data set, and record what became of each.

    An image on which the restorer fails is recorded as failed; it is never replaced by its input. Run the
    same command again after an interruption or a failure: what is done is kept, what failed is tried again.

    **Examples**

    `bfrbench restore celeb-test/ runs/nlm -r nlm`

    `bfrbench restore celeb-test/ runs/mine -r mypackage.model:MyRestorer --batch 4 --workers 1`

    `bfrbench restore celeb-test/ runs/tool -r 'command:python tool.py -i {lq} -o {out}'`

    Exit status 1 when any image has no restored counterpart.
    """
    from bfrbench.cli.data import open_data

    with progress("restore", quiet=as_json) as on_progress:
        run = run_restorer(
            open_data(data),
            out_folder,
            restorer,
            batch=batch,
            workers=workers_or_all(workers),
            on_progress=on_progress,
            name=name,
        )
    failed = [image for image in run.images if image.state != "ok"]
    if as_json:
        print_json(run)
    else:
        done = len(run.images) - len(failed)
        out.print(
            f"{escape(run.restorer)} restored {done} of {len(run.images)}: [bold]{escape(str(out_folder))}[/]"
        )
        out.print(f"[dim]run sha256 {run.sha256}[/]")
    for image in failed[:10]:
        err.print(f"[red]{escape(image.name)}[/]: {image.state}: {escape(image.message)}", soft_wrap=True)
    if len(failed) > 10:
        err.print(f"and {len(failed) - 10} more; run.json has them all.")
    if failed:
        raise typer.Exit(1)
