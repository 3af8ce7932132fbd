"""Interval bars: on one scale, over the best row's interval."""

import math
from collections.abc import Callable

import pytest

from bfrbench.leaderboards.bars import WIDTH, column_scale, interval_bar
from bfrbench.leaderboards.board import Board, make_board
from bfrbench.types import Entry, Score

ScoreOf = Callable[..., Score]


@pytest.fixture
def board(entry_of: Callable[..., Entry], score_of: ScoreOf) -> Board:
    return make_board(
        [
            entry_of("best", {"psnr/rgb": score_of("psnr/rgb", 26.0, spread=1.0)}),
            entry_of("near", {"psnr/rgb": score_of("psnr/rgb", 25.0, spread=1.0)}),
            entry_of("lq", {"psnr/rgb": score_of("psnr/rgb", 20.0, spread=1.0)}),
            entry_of("hq", {"psnr/rgb": score_of("psnr/rgb", math.inf)}),
        ],
        title="t",
    )


def test_contestants_fill_the_scale_and_overlap_where_their_intervals_do(board: Board) -> None:
    scale = column_scale(board, board.columns[0])
    best, near, lq, hq = (interval_bar(row, board.columns[0], scale) for row in board.rows)
    assert scale is not None
    assert (scale.first, scale.last) == (24.0, 27.0)
    assert best is not None
    assert near is not None
    assert near.low == 4.0
    assert best.high == WIDTH - 4.0
    assert best.band == near.band == (best.low, round(best.high - best.low, 1))
    assert near.high > best.low  # the overlap can be seen
    assert (lq, hq) == (None, None)  # off the scale


def test_without_intervals_there_is_no_scale(entry_of: Callable[..., Entry]) -> None:
    board = make_board([entry_of("a", {"psnr/rgb": 20.0})], title="t")
    assert column_scale(board, board.columns[0]) is None
    assert interval_bar(board.rows[0], board.columns[0], None) is None


def test_an_interval_of_no_width_stands_in_the_middle(
    entry_of: Callable[..., Entry], score_of: ScoreOf
) -> None:
    board = make_board([entry_of("a", {"psnr/rgb": score_of("psnr/rgb", 20.0, spread=0.0)})], title="t")
    bar = interval_bar(board.rows[0], board.columns[0], column_scale(board, board.columns[0]))
    assert bar is not None
    assert bar.low == bar.mean == bar.high == WIDTH / 2
    assert bar.band == (WIDTH / 2, 1.0)
