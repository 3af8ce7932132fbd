"""Published boards: every form from the same results, byte for byte, and no text that does harm."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.leaderboards.board_page import board_page, rank_text, seconds_text
from bfrbench.leaderboards.publish import (
    all_records,
    index_page,
    json_page,
    latex_page,
    pages,
    publish,
    stale,
)
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.results import read_results

BOARD = "three-faces-128"


@pytest.fixture(scope="module")
def board(published_results: Path) -> Published:
    (found,) = read_results(published_results, comparisons=False)
    return found


def with_entry(board: Published, name: str, **changes: Any) -> Published:
    """The board with other facts in one entry."""
    changed = replace(board.publications[name], **changes)
    return replace(board, publications={**board.publications, name: changed})


def test_the_same_results_give_the_same_bytes(
    board: Published, published_results: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(published_results, tmp_path / "elsewhere")
    assert pages(read_results(moved, comparisons=False)) == pages([board])


def test_every_form_of_every_board_and_two_pages_are_written(board: Published, tmp_path: Path) -> None:
    names = sorted(path.name for path in publish([board], tmp_path))
    assert names == [
        "README.md",
        "across-papers.md",
        *(f"{BOARD}.{end}" for end in ("csv", "json", "md", "tex")),
    ]
    assert list(stale([board], tmp_path)) == []


@pytest.mark.parametrize("end", ["csv", "json", "md", "tex"])
def test_a_table_edited_by_hand_is_found_with_its_line(board: Published, tmp_path: Path, end: str) -> None:
    publish([board], tmp_path)
    path = tmp_path / f"{BOARD}.{end}"
    lines = path.read_text().splitlines(keepends=True)
    number, line = next((i, line) for i, line in enumerate(lines) if "unsharp" in line and "0." in line)
    digit = re.search(r"0\.(\d)", line)
    edited = line[: digit.start(1)] + str((int(digit[1]) + 1) % 10) + line[digit.end(1) :]
    path.write_text("".join([*lines[:number], edited, *lines[number + 1 :]]))
    (problem,) = stale([board], tmp_path)
    assert problem.startswith(f"{path} is not what the results give: line {number + 1} is `")
    assert edited[digit.start(1) :][:10] in problem
    assert line[digit.start(1) :][:10] in problem


def test_absent_and_superfluous_and_longer_pages_are_found(board: Published, tmp_path: Path) -> None:
    publish([board], tmp_path)
    (tmp_path / "README.md").unlink()
    (tmp_path / "old-board.md").touch()
    page = tmp_path / f"{BOARD}.md"
    page.write_text(page.read_text() + "P.S.\n")
    assert [problem.removeprefix(f"{tmp_path}/") for problem in stale([board], tmp_path)] == [
        "README.md is not there.",
        (
            f"{BOARD}.md is not what the results give: line {len(page.read_text().splitlines())} is `P.S.`, "
            "and should be not there."
        ),
        "old-board.md comes from no results.",
    ]


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without head and rule."""
    part = page.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_a_page_has_a_table_of_all_images_one_of_every_metric_and_one_a_level(board: Published) -> None:
    page = board_page(board)
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    levels = [f"Severity {level}" for level in range(1, 6)]
    assert headings == ["All images", "Every metric", *levels, "Who is on it", "Make it again"]
    for heading in ["All images", "Every metric", *levels, "Who is on it"]:
        rows = rows_of(page, heading)
        assert len(rows) == 4
        assert len({len(row) for row in rows}) == 1
    first = rows_of(page, "All images")[0]
    assert first[0] in ("bilateral", "unsharp")
    assert re.fullmatch(r"\*\*0\.\d{4}\*\* \[0\.\d{4}, 0\.\d{4}\]", first[1])
    assert re.fullmatch(r"1|1–2", first[2])
    assert first[-3] == "100 %"
    assert re.fullmatch(r"<?\d[\d.]*|\\<0\.001", first[-2])
    assert re.fullmatch(r"[\d,]+ MB", first[-1])


def test_values_of_a_level_are_those_of_its_images(board: Published) -> None:
    level = board.levels[2]
    names = board.factors.index[board.factors["severity"] == 3]
    for row in level.board.rows:
        column = next(column for column in level.board.columns if column.metric == "lpips/alex")
        score = row.score(column)
        assert score.mean == pytest.approx(board.values[row.entry.restorer].loc[names, "lpips/alex"].mean())


def test_csv_and_json_hold_everything_with_all_digits(board: Published) -> None:
    records = all_records(board)
    of_sets = 1 + sum(column.metric == "recall/dlib" for column in board.board.columns)
    assert len(records) == 4 * (
        len(board.board.rows[0].entry.scores) + 5 * (len(board.board.columns) - of_sets)
    )
    rows = list(csv.DictReader(io.StringIO(pages([board])[f"{BOARD}.csv"])))
    assert len(rows) == len(records)
    found = json.loads(json_page(board))
    assert len(found["records"]) == len(records)
    assert found["definition"]["dataset_sha256"] == board.definition.dataset_sha256
    assert set(found["entries"]) == {"lq", "hq", "bilateral", "unsharp"}
    for row, record in zip(rows, found["records"], strict=True):
        assert row["restorer"] == record["restorer"]
        if "mean" in record:
            assert float(row["mean"]) == float(record["mean"])
    score = next(score for score in board.board.rows[0].entry.scores if score.metric == "lpips/alex")
    first = next(row for row in rows if row["metric"] == "lpips/alex" and not row["level"])
    assert float(first["mean"]) == pytest.approx(score.mean, rel=1e-9)
    assert (first["rank"], first["status"], first["ranked"]) == ("1", "measured", "True")
    assert float(first["seconds_per_image"]) > 0


def test_leakage_is_a_footnote_in_every_form(board: Published) -> None:
    told = with_entry(
        board,
        "unsharp",
        trained=True,
        training_data=("FFHQ",),
        judges_used_in_training=("lpips-alex", "identity"),
        saw_test_people=True,
    )
    page = board_page(told)
    name, *cells = next(row for row in rows_of(page, "All images") if row[0].startswith("unsharp"))
    assert name == "unsharp<sup>1</sup>"
    assert "<sup>2</sup>" in cells[0]
    assert "<sup>3</sup>" in cells[2]
    assert "<sup>" not in cells[4]  # PSNR looks through no judge
    assert "<sup>1</sup> People of the data set were among its training images." in page
    assert "<sup>2</sup> It was trained with what judges it here: lpips-alex." in page
    assert "unsharp$^{1}$" in latex_page(told)
    marked = {row["metric"] for row in all_records(told) if row["trained_with_a_judge"]}
    assert {"lpips/alex", "identity/dlib"} <= marked
    assert "psnr/rgb" not in marked


def test_who_does_not_know_whom_it_saw_is_marked_too(board: Published) -> None:
    told = with_entry(board, "unsharp", trained=True, training_data=("FFHQ",))
    assert "is not known." in board_page(told)
    assert "is not known." not in board_page(board)


def test_a_withdrawn_row_stands_last_with_its_reason(board: Published) -> None:
    rows = list(board.board.rows)
    last = replace(rows.pop(0), withdrawn="Unreliable: a *blurred* image")
    told = replace(board, board=replace(board.board, rows=(*rows, last)))
    page = board_page(told)
    assert rows_of(page, "All images")[-1][0] == f"{last.entry.restorer} (withdrawn)"
    assert f"- {last.entry.restorer}: Unreliable: a \\*blurred\\* image" in page


HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "| a | b |",
    "$\\href{javascript:alert(1)}{x}$",
    "`code`",
    "<!-- hidden",
    "\\input{/etc/passwd}",
    "%",
    "=HYPERLINK(1)",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_others_do_nothing_in_any_form(board: Published, text: str) -> None:
    method = replace(board.publications["unsharp"].method, summary=text, licence=text)
    told = with_entry(board, "unsharp", method=method, training_data=(text,), trained=True)
    told = replace(told, board=_with_reason(told, text))
    page = board_page(told)
    bare = re.sub(r"\\[\\`*_\[\]|~#<>&$]", "", page)  # what is escaped is only shown
    bare = re.sub(r"</?sup>|\[[\w ]+\]\((<https://[^>]*>|[\w./-]+)\)", "", bare)
    for harm in ("<script", "![", "](", "<!--", "$"):
        assert harm not in bare
    assert len({len(row) for row in rows_of(page, "Who is on it")}) == 1
    rows = list(csv.DictReader(io.StringIO(pages([told])[f"{BOARD}.csv"])))
    assert not any(value[:1] in "=+@" for row in rows for value in row.values() if value)
    assert json.loads(json_page(told))["entries"]["unsharp"]["publication"]["training_data"] == [text]


def _with_reason(board: Published, text: str) -> Any:
    """The board with the text as the reason of a gap."""
    rows = [
        replace(
            row, entry=replace(row.entry, scores=tuple(replace(s, reason=text) for s in row.entry.scores))
        )
        for row in board.board.rows
    ]
    return replace(board.board, rows=tuple(rows), notes=(text,))


def test_the_index_names_every_board_and_who_leads(board: Published) -> None:
    first = board.board.rows[0].entry.restorer
    page = index_page([board])
    assert re.search(
        rf"\[Three faces at 128 px\]\({BOARD}\.md\) \| 15 \| 3 \| strict@2 \| 2 \| {first} \(", page
    )
    assert "There is no board yet." in index_page([])


@pytest.mark.parametrize(("rank", "text"), [(Rank(1, 1, 1), "1"), (Rank(2, 1, 3), "1–3"), (None, "–")])
def test_ranks_are_places_or_ranges_of_places(rank: Rank | None, text: str) -> None:
    assert rank_text(rank) == text


@pytest.mark.parametrize(("seconds", "text"), [(3e-5, "<0.001"), (0.01234, "0.0123"), (1234.5, "1,234")])
def test_seconds_have_three_digits(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_a_board_without_levels_has_no_tables_of_them(board: Published) -> None:
    page = board_page(replace(board, levels=(), definition=replace(board.definition, by="", make=())))
    assert "Severity" not in page
    assert "Make it again" not in page
