"""Boards as text: Markdown that GitHub shows, CSV that reads back to the same numbers."""

import csv
import html
import io
import math
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.render import csv_text, escape_markdown, markdown, markdown_table, number_text
from bfrbench.types import Entry, Score

EntryOf = Callable[..., Entry]
ScoreOf = Callable[..., Score]


@pytest.fixture
def board(entry_of: EntryOf, score_of: ScoreOf) -> Board:
    psnr = score_of("psnr/rgb", 24.1, spread=0.65)
    fid = score_of("fid/clean", None, state="weights_unavailable", reason="no weights | <b>")
    return make_board(
        [
            entry_of("gfpgan", {"psnr/rgb": psnr, "lpips/alex": 0.23456, "fid/clean": fid}),
            entry_of("a|b`c`", {"psnr/rgb": 23.0, "lpips/alex": 0.3, "fid/clean": fid}),
            entry_of("hq", {"psnr/rgb": math.inf, "lpips/alex": 0.0, "fid/clean": fid}),
        ],
        title="faces *and* more",
    )


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (24.125, 2, "24.12"),
        (0.98765, 4, "0.9877"),
        (-0.0001, 2, "0.00"),
        (12.0, 0, "12"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "-∞"),
        (None, 2, "–"),
    ],
)
def test_numbers_print_with_fixed_digits(value: float | None, digits: int, text: str) -> None:
    assert number_text(value, digits) == text


def test_the_markdown_table_marks_the_best_and_the_second(board: Board) -> None:
    assert markdown_table(board).splitlines() == [
        "| Restorer | PSNR (rgb) ↑ | LPIPS (alex) ↓ |",
        "| :-- | --: | --: |",
        "| gfpgan | **24.10** [23.45, 24.75] | **0.2346** |",
        r"| a\|b\`c\` | *23.00* | *0.3000* |",
        "| hq (ground truth) | ∞ | 0.0000 |",
    ]


def test_intervals_can_be_left_out(board: Board) -> None:
    assert "[" not in markdown_table(board, intervals=False)


def test_coverage_gets_a_column_when_it_is_not_whole(entry_of: EntryOf) -> None:
    states = {"ok": 999, "restorer_error": 1}
    board = make_board(
        [entry_of("a", {"psnr/rgb": 20.0}), entry_of("b", {"psnr/rgb": 21.0}, states=states)], title="t"
    )
    lines = markdown_table(board).splitlines()
    assert lines[0].endswith("| Coverage |")
    assert lines[2].endswith("| 100 % |")
    assert lines[3] == r"| b | 21.00 | 99 % (1 restorer\_error) |"


def test_every_markdown_row_has_as_many_cells_as_the_head(board: Board) -> None:
    lines = markdown_table(board).replace("\\|", "").splitlines()
    assert {line.count("|") for line in lines} == {4}


def test_the_markdown_page_says_what_and_why_not(board: Board) -> None:
    page = markdown(board)
    assert page.startswith("# faces \\*and\\* more\n\n2 restorers on 50 images of 50 people from faces, ")
    assert "Sorted by LPIPS (alex), best first." in page
    assert page.endswith("\n- fid/clean: not computed: no weights \\| \\<b\\>\n")


@given(st.text())
def test_escaped_text_stays_on_its_line_and_in_its_cell(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    bare = escaped.replace("\\\\", "")
    assert all(bare[i - 1 : i] == "\\" for i, letter in enumerate(bare) if letter in "|<`*[&")


@pytest.mark.parametrize(
    "text", ["see https://evil.example/x", "www.evil.example", "WWW.evil.example", "_www.evil.example"]
)
def test_no_text_becomes_a_link_by_itself(text: str) -> None:
    escaped = escape_markdown(text)
    assert "://" not in escaped
    assert "www." not in escaped.lower()
    assert html.unescape(escaped.replace("\\", "")) == text


def test_csv_reads_back_to_the_same_values(board: Board) -> None:
    table = pd.read_csv(io.StringIO(csv_text(board)), keep_default_na=False, na_values=[""])
    read = {(row.restorer, row.metric): row for row in table.itertuples()}
    for row in board.rows:
        for score in row.entry.scores:
            line = read[row.entry.restorer, score.metric]
            assert (line.n, line.version, line.better) == (score.n, score.version, score.better)
            for name in ("mean", "low", "high"):
                value = getattr(line, name)
                assert (None if math.isnan(value) else value) == getattr(score, name)
    assert read["gfpgan", "psnr/rgb"].rank == 1
    assert math.isnan(read["hq", "psnr/rgb"].rank)
    assert read["hq", "psnr/rgb"].mean == math.inf


def test_csv_has_a_line_for_each_restorer_and_metric(board: Board) -> None:
    lines = list(csv.DictReader(io.StringIO(csv_text(board))))
    assert len(lines) == 9
    assert {line["ranked"] for line in lines if line["restorer"] == "hq"} == {"False"}
