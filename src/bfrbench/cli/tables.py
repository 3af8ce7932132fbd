"""Scores and boards for the terminal."""

import math
from collections.abc import Sequence

from rich.table import Table

from bfrbench.cli.console import escape, out
from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.labels import ARROWS, label_of
from bfrbench.types import Entry, Score


def number(value: float | None, digits: int = 4) -> str:
    """A number for people: ∞ for infinity, – for none."""
    if value is None:
        return "–"
    return f"{value:.{digits}f}" if math.isfinite(value) else ("∞" if value > 0 else "-∞")


def interval(score: Score, digits: int) -> str:
    """The 95 % interval of the mean; empty where there is none."""
    return "" if score.low is None else f"{number(score.low, digits)} – {number(score.high, digits)}"


def print_entry(entry: Entry) -> None:
    """An entry for people: what was scored, the table, what was left out and what would bring it."""
    out.print(
        f"[bold]{escape(entry.restorer)}[/] on {escape(entry.dataset)} "
        f"({sum(entry.states.values())} images of {entry.people} people), protocol {entry.protocol}"
    )
    out.print(_score_table(entry))
    for state, count in entry.states.items():
        if state != "ok" and count:
            out.print(f"[yellow]{count} image{'s' * (count > 1)}: {state}[/]")
    for score in entry.scores:
        if score.reason:
            share = "left out" if score.mean is None else f"on {score.n} of {score.expected} images"
            out.print(f"[dim]{score.metric} {share}: {escape(score.reason)}[/]")


def _score_table(entry: Entry) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric", no_wrap=True)
    table.add_column("", no_wrap=True)
    for title in ("mean", "95 % interval", "median", "p5", "p95", "images"):
        table.add_column(title, justify="right", no_wrap=True)
    for score in entry.scores:
        if score.mean is None:
            continue
        digits = label_of(score.metric).digits
        table.add_row(
            score.metric,
            ARROWS[score.better],
            f"[bold]{number(score.mean, digits)}[/]",
            interval(score, digits),
            *(number(value, digits) for value in (score.median, score.p5, score.p95)),
            f"{score.n}/{score.expected}",
        )
    return table


def print_board(board: Board) -> None:
    """A board for the terminal: best bold, second underlined, anchors dimmed.

    Where not all columns fit, the headlines alone: a number cut short is worse than none.
    """
    out.print(
        f"[bold]{escape(board.title)}[/]  {escape(board.dataset)}, {board.images} images of "
        f"{board.people} people, protocol {board.protocol}"
    )
    table = _board_table(board, board.columns)
    if _width(table) > out.width and any(column.headline for column in board.columns):
        table = _board_table(board, [column for column in board.columns if column.headline])
        board_notes = (f"All {len(board.columns)} metrics stand in the board's files.", *board.notes)
    else:
        board_notes = board.notes
    out.print(table)
    for note in board_notes:
        out.print(f"[dim]{escape(note)}[/]")


def _width(table: Table) -> int:
    """Characters that a table takes when nothing of it is cut."""
    return out.measure(table, options=out.options.update(max_width=10_000)).maximum


def _board_table(board: Board, columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("restorer", no_wrap=True)
    for column in columns:
        table.add_column(
            f"{column.name} {column.arrow}\n[dim]{column.variant}[/]", justify="right", no_wrap=True
        )
    for row in board.rows:
        ranks = dict(zip(board.columns, row.ranks, strict=True))
        cells = (_cell(row, column, ranks[column]) for column in columns)
        states = "" if row.complete else f" [yellow]({row.states_in_words()})[/]"
        table.add_row(escape(row.entry.restorer) + states, *cells, style="" if row.ranked else "dim")
    return table


def _cell(row: Row, column: Column, rank: int | None) -> str:
    score = row.score(column)
    text = number(score.mean if score else None, column.digits)
    return {1: f"[bold green]{text}[/]", 2: f"[underline]{text}[/]"}.get(rank or 0, text)
