"""A board as text: Markdown for people, CSV for other programs. The same board gives the same bytes."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.types import Score

NO_VALUE = "–"
ROLES = {"lq": "the input itself", "hq": "ground truth"}

_CSV_FIELDS = [
    "restorer",
    "status",
    "ranked",
    "metric",
    "version",
    "better",
    "rank",
    "n",
    "expected",
    "mean",
    "median",
    "p5",
    "p95",
    "low",
    "high",
    "state",
    "reason",
]


def number_text(value: float | None, digits: int) -> str:
    """A number with a fixed count of digits after the point; ∞ for infinity, – for none."""
    if value is None or math.isnan(value):
        return NO_VALUE
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0: never "-0.00"


def interval_text(score: Score, digits: int) -> str:
    """The 95 % interval as `[23.50, 24.80]`; '' when the score has none on the line of numbers."""
    if score.low is None or score.high is None or math.isinf(score.low) or math.isinf(score.high):
        return ""
    return f"[{number_text(score.low, digits)}, {number_text(score.high, digits)}]"


def coverage_text(row: Row) -> str:
    """The share of a row's images that are ok, and the states of the others in words."""
    states = row.states_in_words()
    if not row.images:
        return states
    # rounded down: 999 of 1000 images are not 100 %
    share = f"{100 * row.entry.states.get('ok', 0) // row.images} %"
    return f"{share} ({states})" if states else share


def role_text(row: Row) -> str:
    """What a row is when it is no contestant: withdrawn, an anchor, or a number from a paper; else ''."""
    if row.withdrawn:
        return "withdrawn"
    if row.anchor:
        return ROLES[row.anchor]
    return "reported, not measured here" if row.entry.status == "reported" else ""


def summary(board: Board) -> str:
    """One sentence on what a board compares, and on what."""
    restorers = counted(sum(row.anchor is None for row in board.rows), "restorer")
    images = counted(board.images, "image")
    people = counted(board.people, "person", "people")
    return f"{restorers} on {images} of {people} from {board.dataset}, under the protocol {board.protocol}."


def counted(n: int, one: str, more: str = "") -> str:
    """`1 image`, `2 images`."""
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def markdown(board: Board, *, intervals: bool = True) -> str:
    """The board as a Markdown page: title, what is compared, the table, what was not computed."""
    parts = [
        f"# {escape_markdown(board.title)}",
        f"{escape_markdown(summary(board))} Data set sha256 `{board.dataset_sha256[:12]}`.",
        markdown_table(board, intervals=intervals),
        f"{escape_markdown(order_text(board))} Best in **bold**, second in *italics*. {legend()}".strip(),
        "\n".join(f"- {escape_markdown(note)}" for note in board.notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def order_text(board: Board) -> str:
    """What the rows are sorted by."""
    return f"Sorted by {board.sort_column.label}, best first." if board.sort_column else ""


def legend() -> str:
    """How to read the table."""
    return (
        "Marks are given column by column, among complete rows; anchors and incomplete rows are shown, "
        "not ranked. Intervals: 95 %, of means by resampling people, of sets by leaving each person out."
    )


def markdown_table(board: Board, *, intervals: bool = True) -> str:
    """The table alone, as GitHub shows it: best values bold, second ones in italics."""
    covered = all(row.complete for row in board.rows)
    head = ["Restorer", *(f"{column.label} {column.arrow}" for column in board.columns)]
    lines = [
        [escape_markdown(text) for text in head] + ([] if covered else ["Coverage"]),
        [":--", *["--:" for _ in board.columns]] + ([] if covered else [":--"]),
    ]
    for row in board.rows:
        role = role_text(row)
        name = escape_markdown(row.entry.restorer) + (f" ({role})" if role else "")
        cells = [_markdown_cell(row, i, column, intervals) for i, column in enumerate(board.columns)]
        lines.append([name, *cells] + ([] if covered else [escape_markdown(coverage_text(row))]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_cell(row: Row, place: int, column: Column, intervals: bool) -> str:
    score = row.score(column)
    if score is None or score.mean is None:
        return NO_VALUE
    mark = {1: "**", 2: "*"}.get(row.ranks[place] or 0, "")
    value = f"{mark}{number_text(score.mean, column.digits)}{mark}"
    spread = interval_text(score, column.digits) if intervals else ""
    return f"{value} {spread}" if spread else value


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, no links, no HTML, no new table cells."""
    one_line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_\[\]|~#<>&$])", r"\\\1", one_line)
    # what GitHub makes a link of by itself
    return re.sub(r"(?i)(?<![a-z0-9])(www)\.", r"\1&#46;", escaped.replace("://", "&#58;//"))


def csv_text(board: Board) -> str:
    """The board as CSV, a row for each restorer and metric, with all digits; infinity is `inf`."""
    return csv_of(records(board), _CSV_FIELDS)


def records(board: Board) -> list[dict[str, str | int | float | None]]:
    """The board as flat records, one for each restorer and metric."""
    ranks = {
        (row.entry.restorer, column.metric): rank
        for row in board.rows
        for column, rank in zip(board.columns, row.ranks, strict=True)
    }
    return [
        {
            "restorer": row.entry.restorer,
            "status": row.entry.status,
            "ranked": row.ranked,
            "rank": ranks.get((row.entry.restorer, score.metric)),
            **asdict(score),
        }
        for row in board.rows
        for score in row.entry.scores
    ]


def csv_of(rows: Iterable[Mapping[str, str | int | float | None]], columns: Sequence[str]) -> str:
    """Records as CSV. A text that a sheet would take for a formula gets an apostrophe before it."""
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _no_formula(value) for key, value in row.items()})
    return file.getvalue()


def _no_formula(value: str | float | None) -> str | float | None:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
