"""A board as one self-contained HTML page: it opens nothing else, and says so to the browser.

Every text from an entry is untrusted and escaped. The content security policy allows this page's own
style and script by their hashes, and images inside the page; so nothing can be fetched or run from
elsewhere, not even by a text that slipped through.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from bfrbench.leaderboards import bars, labels, render
from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.gallery import MOST_SIDE, Gallery

_SITE = Path(__file__).parent / "site"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the table, ready to print."""

    text: str
    interval: str
    rank: int | None
    sort: str  # what the column sorts by; '' comes last
    bar: bars.Bar | None
    note: str  # why there is no value, or how many images are behind it


def html_page(board: Board, gallery: Gallery | None = None) -> str:
    """The page, with a look at the images when there is a gallery; the same input gives the same text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_SITE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _read("base.css", "board.css")
    script = _read("table.js", "board.js")
    return environment.get_template("board.html.j2").render(
        board=board,
        gallery=gallery,
        groups=parts(board),
        cells=cells(board),
        summary=render.summary(board),
        legend=render.legend(),
        order=render.order_text(board),
        restorers=render.counted(sum(row.anchor is None for row in board.rows), "restorer"),
        meanings={column.metric: labels.label_of(column.metric).meaning for column in board.columns},
        role=render.role_text,
        amount=_amount,
        coverage=render.coverage_text,
        bar_size=(bars.WIDTH, bars.HEIGHT),
        most_side=MOST_SIDE,
        style=Markup(style),  # noqa: S704  # our own files
        script=Markup(script),  # noqa: S704
        policy=_policy(style, script),
    )


def _read(*names: str) -> str:
    return "\n".join((_SITE / name).read_text(encoding="utf-8") for name in names)


def _policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; img-src data:; style-src {hashed(style)}; script-src {hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _amount(value: float) -> str:
    """Seconds and bytes alike, with three digits or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def parts(board: Board) -> list[tuple[str, str, list[Row]]]:
    """(class, heading, rows) of the table's parts; parts without rows are left out."""
    standing = [row for row in board.rows if not row.withdrawn]
    found = [
        ("ranked", "", [row for row in standing if row.ranked]),
        ("unranked", "Shown, not ranked", [row for row in standing if not row.ranked and not row.anchor]),
        ("anchors", "Anchors: bounds, not contestants", [row for row in standing if row.anchor]),
        ("withdrawn", "Withdrawn: kept, not ranked", [row for row in board.rows if row.withdrawn]),
    ]
    return [part for part in found if part[2]]


def cells(board: Board) -> dict[str, list[Cell]]:
    """The cells of each restorer's row, by column."""
    scales = [bars.column_scale(board, column) for column in board.columns]
    return {
        row.entry.restorer: [
            _cell(row, column, rank, scale)
            for column, rank, scale in zip(board.columns, row.ranks, scales, strict=True)
        ]
        for row in board.rows
    }


def _cell(row: Row, column: Column, rank: int | None, scale: bars.Scale | None) -> Cell:
    score = row.score(column)
    if score is None or score.mean is None:
        return Cell(render.NO_VALUE, "", None, "", None, score.state if score else "not scored")
    return Cell(
        text=render.number_text(score.mean, column.digits),
        interval=render.interval_text(score, column.digits),
        rank=rank,
        sort=str(score.mean).replace("inf", "Infinity"),
        bar=bars.interval_bar(row, column, scale),
        note=f"{score.n} of {score.expected} images" if score.n < score.expected else "",
    )
