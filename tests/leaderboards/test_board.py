"""Ranking: who is compared with whom, who is best, who is only shown."""

import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.errors import InputError
from bfrbench.leaderboards.board import Board, make_board
from bfrbench.types import Entry, Score

EntryOf = Callable[..., Entry]
ScoreOf = Callable[..., Score]


def board_of(entries: Sequence[Entry]) -> Board:
    return make_board(entries, title="a board")


def names(board: Board) -> list[str]:
    return [row.entry.restorer for row in board.rows]


def ranks(board: Board, metric: str) -> dict[str, int | None]:
    place = [column.metric for column in board.columns].index(metric)
    return {row.entry.restorer: row.ranks[place] for row in board.rows}


def test_lower_lpips_and_higher_psnr_are_better(entry_of: EntryOf) -> None:
    board = board_of(
        [
            entry_of("sharp", {"psnr/rgb": 24.0, "lpips/alex": 0.2}),
            entry_of("smooth", {"psnr/rgb": 26.0, "lpips/alex": 0.4}),
        ]
    )
    assert ranks(board, "psnr/rgb") == {"smooth": 1, "sharp": 2}
    assert ranks(board, "lpips/alex") == {"sharp": 1, "smooth": 2}
    assert names(board) == ["sharp", "smooth"]  # by LPIPS
    assert [column.arrow for column in board.columns] == ["↑", "↓"]


def test_ties_share_a_rank_and_the_next_rank_is_left_out(entry_of: EntryOf) -> None:
    board = board_of(
        [entry_of(name, {"psnr/rgb": value}) for name, value in zip("abc", (25, 25, 24), strict=True)]
    )
    assert ranks(board, "psnr/rgb") == {"a": 1, "b": 1, "c": 3}


def test_values_that_print_alike_are_ties(entry_of: EntryOf) -> None:
    board = board_of([entry_of("a", {"psnr/rgb": 25.001}), entry_of("b", {"psnr/rgb": 25.004})])
    assert ranks(board, "psnr/rgb") == {"a": 1, "b": 1}


def test_ties_in_the_first_headline_are_broken_by_the_next(entry_of: EntryOf) -> None:
    values = {"lpips/alex": 0.3, "identity/dlib": 0.5, "psnr/rgb": 24.0}
    board = board_of([entry_of("a", values), entry_of("b", values | {"identity/dlib": 0.4})])
    assert names(board) == ["b", "a"]


def test_the_anchors_stand_last_and_are_never_ranked(entry_of: EntryOf) -> None:
    board = board_of(
        [
            entry_of("hq", {"psnr/rgb": math.inf}),
            entry_of("lq", {"psnr/rgb": 27.0}),
            entry_of("gfpgan", {"psnr/rgb": 25.0}),
        ]
    )
    assert names(board) == ["gfpgan", "lq", "hq"]
    assert ranks(board, "psnr/rgb") == {"gfpgan": 1, "lq": None, "hq": None}
    assert [row.anchor for row in board.rows] == [None, "lq", "hq"]


def test_a_row_with_a_failed_image_is_shown_below_and_not_ranked(entry_of: EntryOf) -> None:
    states = {"ok": 46, "restorer_error": 3, "missing": 1}
    board = board_of([entry_of("a", {"psnr/rgb": 30.0}, states=states), entry_of("b", {"psnr/rgb": 20.0})])
    assert names(board) == ["b", "a"]
    assert ranks(board, "psnr/rgb") == {"b": 1, "a": None}
    assert not board.rows[1].complete
    assert board.rows[1].states_in_words() == "1 missing, 3 restorer_error"


def test_states_that_count_no_image_do_not_make_a_row_incomplete(entry_of: EntryOf) -> None:
    board = board_of([entry_of("a", {"psnr/rgb": 30.0}, states={"ok": 50, "missing": 0})])
    assert board.rows[0].complete
    assert board.rows[0].states_in_words() == ""


def test_a_value_over_a_part_of_the_images_is_not_ranked(entry_of: EntryOf, score_of: ScoreOf) -> None:
    lucky = score_of("identity/dlib", 0.1, n=47, reason="no face found in 3 images")
    board = board_of([entry_of("a", {"identity/dlib": lucky}), entry_of("b", {"identity/dlib": 0.5})])
    assert ranks(board, "identity/dlib") == {"b": 1, "a": None}
    assert board.notes == ("identity/dlib of a: on 47 of 50: no face found in 3 images",)


def test_a_reported_row_is_shown_and_not_ranked(entry_of: EntryOf) -> None:
    board = board_of(
        [entry_of("paper", {"psnr/rgb": 30.0}, status="reported"), entry_of("a", {"psnr/rgb": 20.0})]
    )
    assert ranks(board, "psnr/rgb") == {"a": 1, "paper": None}


def test_a_metric_without_any_value_becomes_a_sentence(entry_of: EntryOf, score_of: ScoreOf) -> None:
    fid = score_of("fid/clean", None, state="weights_unavailable", reason="inception.pt is not here")
    board = board_of([entry_of(name, {"psnr/rgb": 20.0, "fid/clean": fid}) for name in "ab"])
    assert [column.metric for column in board.columns] == ["psnr/rgb"]
    assert board.notes == ("fid/clean: not computed: inception.pt is not here",)


def test_a_metric_that_one_entry_lacks_keeps_its_column_and_the_gap_is_told(
    entry_of: EntryOf, score_of: ScoreOf
) -> None:
    gap = score_of("niqe/matlab", None, state="metric_error")
    board = board_of([entry_of("a", {"niqe/matlab": gap}), entry_of("b", {"niqe/matlab": 4.0})])
    assert ranks(board, "niqe/matlab") == {"b": 1, "a": None}
    assert board.notes == ("niqe/matlab of a: not computed: metric_error",)


def test_columns_stand_in_the_protocols_order_with_one_headline_a_family(entry_of: EntryOf) -> None:
    values = {"ssim/rgb": 0.7, "psnr/y": 25.0, "psnr/rgb": 24.0, "lpips/alex": 0.2, "own/thing": 1.0}
    board = board_of([entry_of("a", values)])
    assert [column.metric for column in board.columns] == list(values)
    assert [column.metric for column in board.columns if column.headline] == ["psnr/y", "lpips/alex"]
    assert board.columns[-1].label == "own (thing)"
    assert board.sort_column is not None
    assert board.sort_column.metric == "lpips/alex"


def test_no_entry_makes_no_board() -> None:
    with pytest.raises(InputError, match="one run at least"):
        board_of([])


def test_two_entries_of_one_name_are_refused(entry_of: EntryOf) -> None:
    with pytest.raises(InputError, match="called a: leave one out"):
        board_of([entry_of("a", {"psnr/rgb": 1.0}), entry_of("a", {"psnr/rgb": 2.0})])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset_sha256": "0" * 64}, "data set's sha256.*000000000000: b"),
        ({"protocol": "loose@1"}, "the protocol.*loose@1: b; strict@1: a"),
        ({"judge_weights_sha256": {"lpips-alex": "0" * 64}}, "the weights of the judge lpips-alex"),
    ],
)
def test_entries_that_cannot_be_compared_are_refused_and_the_difference_named(
    entry_of: EntryOf, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        board_of([entry_of("a", {"psnr/rgb": 1.0}), entry_of("b", {"psnr/rgb": 2.0}, **changes)])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 2}, r"the version of psnr/rgb \(1: a; 2: b\)"),
        ({"better": "lower"}, "the better direction of psnr/rgb"),
    ],
)
def test_two_versions_of_a_metric_never_share_a_table(
    entry_of: EntryOf, score_of: ScoreOf, changes: dict[str, object], sentence: str
) -> None:
    newer = score_of("psnr/rgb", 2.0, **changes)
    with pytest.raises(InputError, match=sentence):
        board_of([entry_of("a", {"psnr/rgb": 1.0}), entry_of("b", {"psnr/rgb": newer})])


@given(st.lists(st.floats(0, 50), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_matter(
    entry_of: EntryOf, values: list[float], order: random.Random
) -> None:
    entries = [
        entry_of(f"r{i}", {"psnr/rgb": value, "niqe/matlab": 50 - value}) for i, value in enumerate(values)
    ]
    shuffled = entries.copy()
    order.shuffle(shuffled)
    assert board_of(entries) == board_of(shuffled)
    assert min(rank for rank in ranks(board_of(entries), "psnr/rgb").values() if rank) == 1
