r"""A board as LaTeX, for \input: a tabular of booktabs, best values bold, second ones underlined."""

import math
import re
from collections.abc import Sequence
from typing import Final

from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.leakage import Flags
from bfrbench.leaderboards.render import coverage_text, number_text, role_text

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "–": "--",
    "∞": r"$\infty$",
    "×": r"$\times$",
}
_ARROWS: Final = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
_MARKS: Final = {1: r"\textbf{%s}", 2: r"\underline{%s}"}
NO_FLAGS: Final = Flags((), {})


def escape_latex(text: str) -> str:
    """Text that LaTeX prints as it is: no commands, no maths, no comments; one line."""
    return re.sub(
        "|".join(map(re.escape, _SPECIAL)), lambda found: _SPECIAL[found[0]], " ".join(text.split())
    )


def latex_table(
    board: Board, columns: Sequence[Column] = (), *, intervals: bool = False, flags: Flags = NO_FLAGS
) -> str:
    r"""The table as a tabular; needs \usepackage{booktabs} and, for accented names, UTF-8.

    columns: some of the board's (none: all). Rows that are not ranked stand below a rule.
    """
    chosen = tuple(columns) or board.columns
    covered = all(row.complete for row in board.rows)
    head = ["Restorer", *(f"{escape_latex(column.label)} {_ARROWS[column.better]}" for column in chosen)]
    head += [] if covered else ["Coverage"]
    lines = [rf"\begin{{tabular}}{{l{'r' * len(chosen)}{'' if covered else 'l'}}}", r"\toprule"]
    lines += [_line(head), r"\midrule"]
    for i, row in enumerate(board.rows):
        if i and board.rows[i - 1].ranked and not row.ranked:
            lines.append(r"\midrule")
        cells = [_name(row, flags), *(_cell(board, row, column, intervals, flags) for column in chosen)]
        lines.append(_line(cells + ([] if covered else [escape_latex(coverage_text(row))])))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def latex_notes(flags: Flags) -> str:
    """The footnotes of a table, a paragraph each; "" for none."""
    notes = (rf"$^{{{number}}}$ {escape_latex(text)}" for number, text in enumerate(flags.texts, start=1))
    return "".join(f"{note}\\par\n" for note in notes)


def _line(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _name(row: Row, flags: Flags) -> str:
    role = role_text(row)
    name = escape_latex(f"{row.entry.restorer} ({role})" if role else row.entry.restorer)
    name = "{}" * name.startswith(("[", "*")) + name  # else the line's end before would take it as its own
    return name + _raised(flags.mark(row.entry.restorer))


def _cell(board: Board, row: Row, column: Column, intervals: bool, flags: Flags) -> str:
    score, rank = row.score(column), row.ranks[board.columns.index(column)]
    if score is None or score.mean is None:
        return "--"
    value = _number(score.mean, column.digits)
    value = _MARKS.get(rank or 0, "%s") % value + _raised(flags.mark(row.entry.restorer, column.metric))
    if not intervals or score.low is None or score.high is None:
        return value
    low, high = (_number(end, column.digits) for end in (score.low, score.high))
    return rf"{value} {{\footnotesize [{low}, {high}]}}"


def _number(value: float, digits: int) -> str:
    """A number with a true minus sign."""
    if math.isinf(value):
        return r"$\infty$" if value > 0 else r"$-\infty$"
    text = number_text(value, digits)
    return f"$-${text[1:]}" if text.startswith("-") else text


def _raised(mark: str) -> str:
    return rf"$^{{{mark}}}$" if mark else ""
