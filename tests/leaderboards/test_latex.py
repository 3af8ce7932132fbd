"""LaTeX: booktabs, marks, footnotes; no text is a command; and it compiles where there is a LaTeX."""

import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.latex import escape_latex, latex_notes, latex_table
from bfrbench.leaderboards.leakage import Flags
from bfrbench.types import Entry, Score

FLAGS = Flags(("Trained with lpips & more.",), {("gfp_gan", "lpips/alex"): 1, ("gfp_gan", ""): 1})


@pytest.fixture
def board(entry_of: Callable[..., Entry], score_of: Callable[..., Score]) -> Board:
    return make_board(
        [
            entry_of("gfp_gan", {"psnr/rgb": score_of("psnr/rgb", 24.1, spread=0.65), "lpips/alex": 0.23456}),
            entry_of("50% \\input{x} $x^2$ #1~{}", {"psnr/rgb": 23.0, "lpips/alex": 0.3}),
            entry_of("hq", {"psnr/rgb": math.inf, "lpips/alex": 0.0}),
        ],
        title="t",
    )


def test_the_table_is_of_booktabs_with_the_best_bold_and_the_second_underlined(board: Board) -> None:
    assert latex_table(board).splitlines() == [
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"Restorer & PSNR (rgb) $\uparrow$ & LPIPS (alex) $\downarrow$ \\",
        r"\midrule",
        r"gfp\_gan & \textbf{24.10} & \textbf{0.2346} \\",
        (
            r"50\% \textbackslash{}input\{x\} \$x\textasciicircum{}2\$ \#1\textasciitilde{}\{\} & "
            r"\underline{23.00} & \underline{0.3000} \\"
        ),
        r"\midrule",
        r"hq (ground truth) & $\infty$ & 0.0000 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize("name", ["[ours] v2", "*best"])
def test_no_name_is_taken_for_an_option_of_the_line_before(entry_of: Callable[..., Entry], name: str) -> None:
    lines = latex_table(make_board([entry_of(name, {"psnr/rgb": 24.0})], title="t")).splitlines()
    assert lines[4].startswith("{}" + name)


def test_intervals_footnotes_and_chosen_columns(board: Board) -> None:
    column = next(column for column in board.columns if column.metric == "psnr/rgb")
    line = latex_table(board, [column], intervals=True, flags=FLAGS).splitlines()[4]
    assert line == r"gfp\_gan$^{1}$ & \textbf{24.10} {\footnotesize [23.45, 24.75]} \\"
    assert r"0.2346}$^{1}$ \\" in latex_table(board, flags=FLAGS)
    assert latex_notes(FLAGS) == "$^{1}$ Trained with lpips \\& more.\\par\n"


def test_minus_signs_are_true_ones_and_gaps_are_dashes(
    entry_of: Callable[..., Entry], score_of: Callable[..., Score]
) -> None:
    gap = score_of("lpips/alex", None, state="metric_error")
    board = make_board(
        [entry_of("a", {"psnr/rgb": -1.5, "lpips/alex": gap}), entry_of("b", {"lpips/alex": 0.5})], title="t"
    )
    lines = latex_table(board).splitlines()
    assert r"b & -- & \textbf{0.5000} \\" in lines
    assert r"a & \textbf{$-$1.50} & -- \\" in lines


def test_coverage_has_a_column_where_it_is_not_whole(entry_of: Callable[..., Entry]) -> None:
    entry = entry_of("a", {"psnr/rgb": 20.0}, states={"ok": 49, "missing": 1})
    lines = latex_table(make_board([entry], title="t")).splitlines()
    assert lines[0] == r"\begin{tabular}{lrl}"
    assert lines[4] == r"a & 20.00 & 98 \% (1 missing) \\"


@given(st.text())
def test_no_text_is_a_command(text: str) -> None:
    escaped = escape_latex(text)
    assert "\n" not in escaped
    rest = re.sub(r"\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}", "", escaped)
    rest = re.sub(r"\$\\(infty|times)\$", "", rest)
    rest = re.sub(r"\\[{}$&#%_]", "", rest)
    assert not set(rest) & set("\\{}$&#%_~^<>|")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_it_compiles(board: Board, tmp_path: Path) -> None:
    body = latex_table(board, intervals=True, flags=FLAGS) + latex_notes(FLAGS)
    document = rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "t.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
