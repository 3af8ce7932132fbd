"""`bfrbench compare`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrbench.cli.console import print_json
from bfrbench.cli.options import Json
from bfrbench.errors import InputError

if TYPE_CHECKING:
    from bfrbench.benchmark.compare import Comparison


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Scored runs, or folders with scores.json.")
    ],
    against: Annotated[
        str, typer.Option(help="Compare all with this one: its name or folder. [default: each with each]")
    ] = "",
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Only this metric, or family, such as lpips; may be given again. [default: all]"),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Slice the images by a column: severity, jpeg.quality, person_id, ...")
    ] = "",
    data: Annotated[Path | None, typer.Option(help="The data set: its manifest has the columns.")] = None,
    index: Annotated[
        Path | None, typer.Option(help="CSV with more columns, by file, name or person_id.")
    ] = None,
    cluster: Annotated[
        str, typer.Option(help="The column whose values are independent; source_file holds people fixed.")
    ] = "person_id",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Also write all numbers to FILE.csv or FILE.json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Is one restorer really better than another? By how much, how sure is that, and where?

    Runs are compared image by image over the images that both have: mean difference with its 95 % interval
    (people resampled), a signed-rank test over people corrected for the number of comparisons, images won
    and lost. An image that one run lacks is lost to the other, and a run that lacks images is never called
    better. Runs of other data sets, protocols, metric versions or judges are refused. docs/statistics.md
    explains every number.

    **Examples**

    `bfrbench compare runs/mine runs/gfpgan`

    `bfrbench compare runs/* --against lq --metric lpips --metric identity`

    `bfrbench compare runs/mine runs/gfpgan --by severity --data ladder/ --out severity.csv`

    `bfrbench compare runs/mine runs/gfpgan --by set --data test/ --index faces.csv --metric lpips`
    """
    from bfrbench.benchmark.compare import compare as compare_runs
    from bfrbench.cli.compare_tables import print_comparison
    from bfrbench.leaderboards.labels import last_digit

    if out_file is not None and out_file.suffix not in (".csv", ".json"):
        raise InputError(f"{out_file} should end in .csv or .json.")
    comparison = compare_runs(
        _with_baseline(runs, against),
        against=against,
        metrics=metric or (),
        by=by,
        data=data,
        index=index,
        cluster=cluster,
        tie=last_digit,
    )
    if out_file is not None:
        _write(out_file, comparison)
    if as_json:
        print_json(comparison)
    else:
        print_comparison(comparison)


def _with_baseline(runs: list[Path], against: str) -> list[Path]:
    """The runs, and the baseline's folder where that is not one of them."""
    baseline = Path(against)
    known = {run.resolve() for run in runs}
    is_new = bool(against) and baseline.exists() and baseline.resolve() not in known
    return [*runs, baseline] if is_new else runs


def _write(path: Path, comparison: "Comparison") -> None:
    """CSV has a row for each difference, JSON everything."""
    import pandas as pd

    from bfrbench.files import write_json, write_text

    if path.suffix == ".json":
        write_json(path, comparison)
    else:
        rows = pd.DataFrame([asdict(row) for row in comparison.differences])
        write_text(path, rows.to_csv(index=False, lineterminator="\n"))
