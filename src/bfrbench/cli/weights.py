"""`bfrbench weights list / get / check`."""

from typing import Annotated

import typer
from rich.table import Table

from bfrbench import weights as table_of
from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Weight files: which there are, whose, where they were found.")


def found() -> list[dict[str, str | int | None]]:
    """The table with where each file was found, one mapping a row."""
    rows: list[dict[str, str | int | None]] = []
    for name, row in table_of.WEIGHTS.items():
        place = table_of.locate(name)
        rows.append(
            {
                "name": name,
                "file": row.file,
                "bytes": row.bytes,
                "sha256": row.sha256,
                "licence": row.licence,
                "used_by": row.used_by,
                "origin": row.origin,
                "url": row.url,
                "path": str(place[0]) if place else None,
                "found_in": place[1] if place else None,
            }
        )
    return rows


@app.command("list")
def list_weights(as_json: Json = False) -> None:
    """List every weight file: size, licence, what needs it, where it was found.

    **Example**

    `bfrbench weights list --json`
    """
    if as_json:
        print_json(found())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "MB", "found", "used by", "licence"):
        table.add_column(column)
    for row in found():
        absent = "not here" if row["url"] else "by hand"
        where = f"[green]{row['found_in']}[/]" if row["found_in"] else f"[yellow]{absent}[/]"
        size = f"{int(row['bytes']) / 1e6:.2f}" if row["bytes"] else "?"
        table.add_row(str(row["name"]), size, where, str(row["used_by"]), str(row["licence"]))
    out.print(table)


@app.command()
def get(names: Annotated[list[str], typer.Argument(help="Names from `weights list`.")]) -> None:
    """Download weight files into the cache and check their sha256. No other command downloads weights.

    **Example**

    `bfrbench weights get fid-inception`
    """
    for name in names:
        row = table_of.weight_file(name)
        out.print(f"{name}: {row.size}, licence: {row.licence}")
        out.print(f"  {escape(str(table_of.download(name)))}")


@app.command()
def check() -> None:
    """Hash every file that was found; exit status 1 when an embedded one is missing or damaged.

    **Example**

    `bfrbench weights check`
    """
    rows = found()
    for row in rows:
        where = f"whole: {escape(str(row['path']))}" if row["path"] else "not here"
        out.print(f"{row['name']:<22} {where}", soft_wrap=True)
    if any(row["path"] is None and table_of.WEIGHTS[str(row["name"])].embedded for row in rows):
        raise typer.Exit(1)
