"""The published boards as files in git: each as Markdown, LaTeX, CSV and JSON, and an index of all.

Bytes are a function of the results alone, so that CI can prove that no table was changed by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.files import make_folder, to_json, write_text
from bfrbench.leaderboards.across_papers import across_papers_page
from bfrbench.leaderboards.board import Board, Row
from bfrbench.leaderboards.board_page import board_page, headline_columns
from bfrbench.leaderboards.latex import escape_latex, latex_notes, latex_table
from bfrbench.leaderboards.leakage import flags, leaks
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import NO_VALUE, csv_of, escape_markdown, number_text, records

ACROSS_PAPERS: Final = "across-papers.md"
INDEX: Final = "README.md"

_COLUMNS: Final = (
    *("board", "level", "restorer", "status", "ranked", "metric", "version", "better"),
    *("rank", "rank_best", "rank_worst", "n", "expected", "mean", "median", "p5", "p95", "low", "high"),
    *("state", "reason", "trained_with_a_judge", "seconds_per_image", "peak_memory_bytes"),
)
_OF_ENTRIES: Final = {"board", "status", "seconds_per_image", "peak_memory_bytes"}
"""Columns of the CSV that say of each record what JSON says once."""


def pages(boards: Sequence[Published]) -> dict[str, str]:
    """The text of every file, by its name."""
    texts = {INDEX: index_page(boards), ACROSS_PAPERS: across_papers_page()}
    for each in boards:
        name = each.definition.id
        texts[f"{name}.md"] = board_page(each)
        texts[f"{name}.tex"] = latex_page(each)
        texts[f"{name}.csv"] = csv_of(all_records(each), _COLUMNS)
        texts[f"{name}.json"] = json_page(each)
    return texts


def publish(boards: Sequence[Published], out: Path) -> list[Path]:
    """Write every file into a folder, and return them; other files there are left alone."""
    make_folder(out)
    texts = pages(boards)
    for name, text in texts.items():
        write_text(out / name, text)
    return [out / name for name in texts]


def stale(boards: Sequence[Published], out: Path) -> Iterator[str]:
    """A sentence for each file of a folder that is not what `publish` writes, with the first line of it."""
    texts = pages(boards)
    for name, text in texts.items():
        path = out / name
        if not path.is_file():
            yield f"{path} is not there."
        elif path.read_bytes() != text.encode():
            there = path.read_text(encoding="utf-8", errors="replace")
            yield f"{path} is not what the results give: {_first_difference(there, text)}"
    for path in sorted(out.glob("*")):
        if path.name not in texts:
            yield f"{path} comes from no results."


def _first_difference(there: str, wanted: str) -> str:
    """Where two texts part, in a sentence."""
    mine, its = there.splitlines(keepends=True), wanted.splitlines(keepends=True)
    lines = list(zip_longest(mine, its, fillvalue=""))
    number = next(i for i, (a, b) in enumerate(lines) if a != b)
    first, second = lines[number]
    same = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    start = max(0, same - 20)
    return f"line {number + 1} is {_piece(first, start)}, and should be {_piece(second, start)}."


def _piece(line: str, start: int) -> str:
    """80 characters of a line."""
    shown = line[start : start + 80].rstrip("\n")
    return f"`{'…' * (start > 0)}{shown}`" if line else "not there"


def all_records(published: Published) -> list[dict[str, str | int | float | None]]:
    """Everything that stands on a board as flat records: for each level ("": all), restorer and metric."""
    rows = _records(published, "", published.board, published.ranks)
    for level in published.levels:
        rows += _records(published, level.label, level.board, level.ranks)
    return rows


def _records(
    published: Published, level: str, board: Board, ranks: Mapping[str, Mapping[str, Rank]]
) -> list[dict[str, str | int | float | None]]:
    rows = []
    for record in records(board):
        publication = published.publications[str(record["restorer"])]
        metric = str(record["metric"])
        place = ranks.get(metric, {}).get(publication.method.name)
        rows.append(
            {
                "board": published.definition.id,
                "level": level,
                **{key: _rounded(value) for key, value in record.items()},
                "status": publication.status,
                "rank_best": place.best if place else None,
                "rank_worst": place.worst if place else None,
                "trained_with_a_judge": bool(leaks(publication, metric)),
                "seconds_per_image": publication.seconds_per_image,
                "peak_memory_bytes": publication.peak_memory_bytes,
            }
        )
    return rows


def _rounded(value: str | float | None) -> str | float | None:
    """Ten digits: those behind differ between machines, and the files must not."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def json_page(published: Published) -> str:
    """Definition, what is said of each entry, notes, and all records, each of these on a line."""
    head = {
        "definition": published.definition,
        "entries": {row.entry.restorer: _about(published, row) for row in published.board.rows},
        "notes": published.board.notes,
    }
    records_ = (
        {key: value for key, value in record.items() if key not in _OF_ENTRIES and value not in (None, "")}
        for record in all_records(published)
    )
    lines = ",\n    ".join(to_json(record, indent=None).strip() for record in records_)
    return to_json(head).removesuffix("\n}\n") + f',\n  "records": [\n    {lines}\n  ]\n}}\n'


def _about(published: Published, row: Row) -> dict[str, object]:
    return {
        "publication": published.publications[row.entry.restorer],
        "images": row.entry.states,
        "run_sha256": row.entry.run_sha256,
        "judge_weights_sha256": row.entry.judge_weights_sha256,
    }


def latex_page(published: Published, *, intervals: bool = False) -> str:
    r"""A tabular with every metric, then one for each level with the metrics that rows are sorted by."""
    definition, found = published.definition, flags(published.board, published.publications)
    parts = [
        rf"% {escape_latex(definition.title)}: made by `bfrbench board publish`; \usepackage{{booktabs}}",
        f"% data set sha256 {definition.dataset_sha256}, protocol {definition.protocol}",
        latex_table(published.board, intervals=intervals, flags=found) + latex_notes(found),
    ]
    for level in published.levels:
        columns = headline_columns(level.board)
        parts += [
            f"% {escape_latex(definition.by)} {escape_latex(level.label)}",
            latex_table(level.board, columns, intervals=intervals, flags=found),
        ]
    return "\n".join(parts)


def index_page(boards: Sequence[Published]) -> str:
    """What there is: each board with who leads it."""
    lines = [
        "| Board | Images | People | Protocol | Restorers | Leads |",
        "| :-- | --: | --: | :-- | --: | :-- |",
    ]
    for each in boards:
        board, title = each.board, escape_markdown(each.definition.title)
        lines.append(
            f"| [{title}]({each.definition.id}.md) | {board.images:,} | {board.people:,} | "
            f"{escape_markdown(board.protocol)} | {sum(row.anchor is None for row in board.rows)} | "
            f"{_leader(board)} |"
        )
    parts = (
        "# Boards",
        (
            "`make boards` makes every number on these pages again from the values of single images; none is "
            "written by hand. How to be on one: [submitting](../submitting.md)."
        ),
        "\n".join(lines) if boards else "There is no board yet.",
        f"What papers report, side by side, and why it differs: [across papers]({ACROSS_PAPERS}).",
    )
    return "\n\n".join(parts) + "\n"


def _leader(board: Board) -> str:
    """The first row, and its value by the metric that rows are sorted by."""
    column, first = board.sort_column, board.rows[0]
    score = first.score(column) if column and first.ranked else None
    if column is None or score is None or score.mean is None:
        return NO_VALUE
    value = number_text(score.mean, column.digits)
    return f"{escape_markdown(first.entry.restorer)} ({escape_markdown(column.label)} {value})"
