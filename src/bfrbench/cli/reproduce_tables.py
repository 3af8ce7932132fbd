"""Reproductions for the terminal: what it takes, stated beside measured, what was not run."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from rich.table import Table

from bfrbench.cli.console import escape, out, print_json
from bfrbench.cli.tables import number
from bfrbench.leaderboards.records import BoardDefinition, ReportedTable
from bfrbench.leaderboards.render import counted
from bfrbench.leaderboards.reproduce import Cell, Reproduction, Requirement, Verdict

_STYLES: Mapping[Verdict, str] = {
    "same": "green",
    "agrees": "green",
    "within the interval": "cyan",
    "differs": "bold red",
    "not measured": "dim",
}


def print_list(
    tables: Mapping[str, ReportedTable],
    boards: Mapping[str, tuple[BoardDefinition, Path]],
    *,
    as_json: bool,
) -> None:
    """What can be reproduced."""
    titles = {"reported": {table.id: table.title for table in tables.values()}}
    titles["boards"] = {name: definition.title for name, (definition, _) in boards.items()}
    if as_json:
        print_json(titles)
        return
    for kind, of in titles.items():
        if of:
            listing = Table(box=None, pad_edge=False, header_style="bold")
            listing.add_column(kind, no_wrap=True)
            listing.add_column("")
            for name, title in of.items():
                listing.add_row(escape(name), escape(title))
            out.print(listing)


def print_reproduction(found: Reproduction) -> None:
    """All of it, for people."""
    out.print(f"[bold]{escape(found.title)}[/]")
    out.print(f"[dim]{escape(found.source)}[/]\n")
    _print_requirements(found)
    if found.used is not None:
        used = found.used
        style = "bold yellow" if used.stand_in else "bold"
        images = counted(used.images, "image")
        out.print(f"\n[{style}]Measured on {images}[/], sha256 {used.sha256[:12]}. {escape(used.said)}")
    if found.cells:
        out.print()
        out.print(_cells(found))
        counts = [f"{verdict}: {found.count(verdict)}" for verdict in _STYLES if found.count(verdict)]
        out.print(f"\nUnder {escape(found.protocol)}: {', '.join(counts)}.")
    _print_reasons(found)
    for sentence in found.not_run:
        out.print(f"[yellow]Not run:[/] {escape(sentence)}")
    for note in found.notes:
        out.print(f"[dim]{escape(note)}[/]")


def _print_requirements(found: Reproduction) -> None:
    for kind, group in groupby(found.requirements, key=lambda each: each.need.kind):
        out.print(f"[bold]{kind}[/]")
        for each in group:
            _print_requirement(each)


def _print_requirement(each: Requirement) -> None:
    need = each.need
    here = f"[green]{escape(each.found)}[/]" if each.found else "[yellow]not here[/]"
    out.print(f"  {escape(need.name)} ({here})")
    out.print(f"    [dim]licence: {escape(need.licence or 'none stated')}[/]")
    if not each.found:
        out.print(f"    [dim]{escape(need.how)}[/]")


def _cells(found: Reproduction) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "measure", "measured by"):
        table.add_column(title, no_wrap=True)
    for title in ("stated", "measured", "95 % interval", "difference"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    before = ""
    for cell in found.cells:
        style = _STYLES[cell.verdict]
        table.add_row(
            escape(cell.row) if cell.row != before else "",
            escape(cell.column),
            escape(cell.metric) if cell.metric != cell.column else "",
            cell.stated,
            *_numbers(cell),
            f"[{style}]{cell.verdict}[/]",
        )
        before = cell.row
    return table


def _numbers(cell: Cell) -> tuple[str, str, str]:
    """Measured, its interval, the difference: with one digit more than the stated number has."""
    digits = len(cell.stated.partition(".")[2]) + 1
    interval = "" if cell.low is None else f"{number(cell.low, digits)} – {number(cell.high, digits)}"
    gap = "" if cell.difference is None else f"{cell.difference:+.{digits}f}"
    return number(cell.measured, digits), interval, gap


def _print_reasons(found: Reproduction) -> None:
    """Each reason once, with the measures that it is about."""
    by_reason: dict[str, dict[str, None]] = {}
    for cell in found.cells:
        if cell.reason:
            by_reason.setdefault(cell.reason, {})[cell.column] = None
    for reason, columns in by_reason.items():
        out.print(f"[dim]{escape(', '.join(columns))}: {escape(reason)}[/]")
