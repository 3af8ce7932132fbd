"""Paired differences: what scipy and the formulae say, infinities, wins, and effect sizes."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.benchmark.statistics.paired import (
    cohens_d,
    holm,
    paired,
    rank_biserial,
    signed_rank_p,
)

INF = math.inf


def gains(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.2, 1.0, n)


@pytest.mark.parametrize("n", [2, 5, 17, 50, 130, 200])
def test_scipys_exact_signed_rank_test_agrees(n: int) -> None:
    theirs = scipy.stats.wilcoxon(gains(n, n), method="exact").pvalue
    assert signed_rank_p(gains(n, n)) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("n", [260, 3000])
def test_scipys_normal_signed_rank_test_agrees_for_many(n: int) -> None:
    theirs = scipy.stats.wilcoxon(gains(n, n), method="approx").pvalue
    assert signed_rank_p(gains(n, n)) == pytest.approx(theirs, rel=1e-9)
    rounded = np.round(gains(n, n), 1)
    theirs = scipy.stats.wilcoxon(rounded[rounded != 0.0], method="approx").pvalue
    assert signed_rank_p(rounded) == pytest.approx(theirs, rel=1e-9)


def test_equal_sizes_and_zeros_are_exact_as_if_all_signs_were_tried() -> None:
    values = np.array([1.0, 1.0, -1.0, 2.0, 2.0, 0.0, 3.0, -2.0, 5.0])
    kept = values[values != 0.0]
    ranks = scipy.stats.rankdata(np.abs(kept))
    sums = [
        sum(r for r, sign in zip(ranks, signs, strict=True) if sign)
        for signs in itertools.product((0, 1), repeat=8)
    ]
    seen = ranks[kept > 0].sum()
    tail = min(np.mean([s >= seen for s in sums]), np.mean([s <= seen for s in sums]))
    assert signed_rank_p(values) == pytest.approx(min(1.0, 2 * tail), abs=1e-15)


def test_no_gain_says_nothing_and_few_people_can_say_little() -> None:
    assert signed_rank_p(np.zeros(5)) == 1.0
    assert signed_rank_p(np.array([1.0])) == 1.0
    assert signed_rank_p(np.arange(1.0, 7.0)) == 2.0 * 0.5**6
    assert signed_rank_p(np.array([1.0, 2.0, INF])) == signed_rank_p(np.array([1.0, 2.0, 3.0]))


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=40))
def test_p_is_a_chance_and_knows_no_side(drawn: list[int]) -> None:
    values = np.array(drawn, dtype=np.float64)
    assert 0.0 < signed_rank_p(values) <= 1.0
    assert signed_rank_p(-values) == pytest.approx(signed_rank_p(values), rel=1e-12)
    assert rank_biserial(-values) == pytest.approx(-rank_biserial(values))
    assert -1.0 <= rank_biserial(values) <= 1.0


def test_holms_correction_is_that_of_the_formula() -> None:
    # by hand: sorted .005 .01 .03 .04 times 4, 3, 2, 1, never falling
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_holm_rejects_what_its_steps_reject(p_values: list[float]) -> None:
    """Holm 1979 as it was told first: go up while p(k) ≤ α / (m - k + 1), and stop."""
    corrected, m = holm(p_values), len(p_values)
    for alpha in (0.01, 0.05, 0.2):
        rejected: set[int] = set()
        for k, i in enumerate(sorted(range(m), key=p_values.__getitem__)):
            if p_values[i] * (m - k) > alpha:
                break
            rejected.add(i)
        assert {i for i in range(m) if corrected[i] <= alpha} == rejected


def test_effect_sizes_by_hand() -> None:
    values = np.array([1.0, 2.0, -3.0, 4.0])
    assert rank_biserial(values) == pytest.approx((1 + 2 + 4 - 3) / 10)
    assert cohens_d(values) == pytest.approx(1.0 / np.std(values, ddof=1))
    assert cohens_d(np.ones(4)) is None
    assert cohens_d(np.array([1.0])) is None
    assert cohens_d(np.array([1.0, INF])) is None


def test_wins_ties_and_losses_are_over_images_and_heed_the_direction() -> None:
    first, second, people = [20.0, 21.0, 22.0, 23.004], [19.0, 22.0, 22.0, 23.0], list("aabb")
    higher = paired(first, second, people, better="higher", tie=0.01)
    assert (higher.wins, higher.ties, higher.losses) == (1, 2, 1)
    lower = paired(first, second, people, better="lower", tie=0.01)
    assert (lower.wins, lower.ties, lower.losses) == (1, 2, 1)
    assert lower.difference == higher.difference == pytest.approx(0.001)
    assert lower.rank_biserial == -higher.rank_biserial
    assert paired(first, second, people, better="higher").wins == 2


def test_everything_turns_round_with_the_runs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=40).tolist(), rng.normal(size=40).tolist()
    people = [f"p{i % 11}" for i in range(40)]
    there, back = paired(first, second, people, better="lower"), paired(second, first, people, better="lower")
    assert there.difference == -back.difference  # type: ignore[operator]
    assert (there.wins, there.losses) == (back.losses, back.wins)
    assert there.p == pytest.approx(back.p)
    assert there.cohens_d == pytest.approx(-back.cohens_d)  # type: ignore[operator]
    # the same quantiles from the other side, but for ties of the bias correction
    assert there.low == pytest.approx(-back.high, abs=2e-3)  # type: ignore[operator]


def test_a_person_counts_once_in_the_test_however_many_images() -> None:
    first, second, people = [1.0, 2.0, 3.0, 5.0, 4.0], [0.0] * 5, list("abcde")
    once = paired(first, second, people, better="higher")
    tenfold = paired(first * 10, second * 10, people * 10, better="higher")
    assert (once.p, once.rank_biserial, once.cohens_d) == (tenfold.p, tenfold.rank_biserial, tenfold.cohens_d)
    assert tenfold.images == 50
    assert tenfold.people == 5
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))


def test_scipys_bca_of_the_difference_agrees() -> None:
    rng = np.random.default_rng(9)
    first, second = rng.exponential(2.0, 400), rng.exponential(1.5, 400)
    ours = paired(first.tolist(), second.tolist(), [f"{i:03}" for i in range(400)], better="higher")
    theirs = scipy.stats.bootstrap((first - second,), np.mean, method="BCa", rng=np.random.default_rng(0))
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.05 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.05 * width)


def test_infinite_values_are_values() -> None:
    both = paired([INF, INF], [INF, INF], ["a", "b"], better="higher")
    assert (both.difference, both.ties, both.p) == (0.0, 2, 1.0)
    one = paired([INF, 20.0, 21.0], [30.0, 20.0, 20.0], list("abc"), better="higher")
    assert (one.difference, one.low, one.wins, one.ties) == (INF, INF, 2, 1)
    assert one.cohens_d is None
    both_ways = paired([INF, 20.0, 21.0, 5.0], [30.0, INF, 20.0, 4.0], list("aabc"), better="higher")
    assert (both_ways.difference, both_ways.low, both_ways.wins, both_ways.losses) == (None, None, 3, 1)
    assert both_ways.p == 0.5  # of b and c alone


def test_one_person_has_a_difference_and_no_interval() -> None:
    alone = paired([1.0, 2.0], [0.0, 0.0], ["ann", "ann"], better="higher")
    assert (alone.difference, alone.low, alone.high, alone.p) == (1.5, None, None, 1.0)


@pytest.mark.parametrize(
    ("first", "second"), [([], []), ([1.0], [1.0, 2.0]), ([math.nan], [1.0]), ([1.0], [math.nan])]
)
def test_what_is_no_pair_is_an_error(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match=r"no pairs|not a number"):
        paired(first, second, ["a"] * len(first), better="higher")
