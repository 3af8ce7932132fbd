"""Ranks: direction, ties, what few people can tell, Borda's count and win rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.benchmark.statistics.ranks import Rank, ranks, standings, win_rates

PEOPLE = [f"{i:02}" for i in range(60)]


def some(*means: float, seed: int = 0, people: int = 60) -> dict[str, list[float]]:
    """Restorers a, b, ... whose images share what is hard about each person."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 3, people)
    return {
        name: (shared + mean + rng.normal(0, 0.5, people)).tolist()
        for name, mean in zip("abcdef", means, strict=False)
    }


def test_clear_differences_give_certain_places_though_people_differ_more() -> None:
    found = ranks(some(0.0, 1.0, 2.0), PEOPLE, better="higher")
    assert found == {"a": Rank(3, 3, 3), "b": Rank(2, 2, 2), "c": Rank(1, 1, 1)}
    assert ranks(some(0.0, 1.0, 2.0), PEOPLE, better="lower")["a"] == Rank(1, 1, 1)


def test_close_ones_share_their_places() -> None:
    found = ranks(some(0.0, 0.01, 2.0), PEOPLE, better="higher")
    assert (found["a"].best, found["a"].worst) == (found["b"].best, found["b"].worst) == (2, 3)
    assert found["c"] == Rank(1, 1, 1)


def test_equal_outputs_share_the_better_place_and_are_never_told_apart() -> None:
    values = some(0.0, 1.0)
    found = ranks({"a": values["a"], "twin": values["a"], "b": values["b"]}, PEOPLE, better="higher")
    assert found["a"] == found["twin"] == Rank(2, 2, 3)


def test_one_person_tells_nothing_and_one_restorer_is_first() -> None:
    assert ranks({"a": [1.0, 2.0], "b": [5.0, 6.0]}, ["ann"] * 2, better="higher")["a"] == Rank(2, 1, 2)
    assert ranks({"a": [1.0, 2.0]}, list("xy"), better="higher") == {"a": Rank(1, 1, 1)}


def test_images_of_one_person_are_resampled_together() -> None:
    values = some(0.0, 0.35, people=12)
    once = ranks(values, PEOPLE[:12], better="higher")
    tenfold = {name: own * 10 for name, own in values.items()}
    assert ranks(tenfold, PEOPLE[:12] * 10, better="higher") == once
    as_if_independent = ranks(tenfold, [str(i) for i in range(120)], better="higher")
    assert as_if_independent["a"].best == 2


def test_an_infinite_mean_is_surely_apart_from_a_finite_one_and_not_from_its_like() -> None:
    values = {"hq": [math.inf] * 60, "copy": [math.inf] * 60, **some(0.0, 2.0)}
    found = ranks(values, PEOPLE, better="higher")
    assert found["hq"] == found["copy"] == Rank(1, 1, 2)
    assert found["b"] == Rank(3, 3, 3)
    assert found["a"] == Rank(4, 4, 4)


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 9))
def test_the_place_is_among_those_that_it_may_have(seed: int, restorers: int, people: int) -> None:
    values = some(*np.random.default_rng(seed).normal(size=restorers).round(1), seed=seed, people=people)
    found = ranks(values, PEOPLE[:people], better="lower")
    assert all(1 <= rank.best <= rank.place <= rank.worst <= restorers for rank in found.values())


def test_borda_counts_whom_one_is_ahead_of() -> None:
    means = {
        "psnr/rgb": {"a": 30.0, "b": 20.0, "c": 10.0},
        "lpips/alex": {"a": 0.3, "b": 0.1, "c": 0.3},
    }
    found = standings(means, better={"psnr/rgb": "higher", "lpips/alex": "lower"})
    assert {name: own.borda for name, own in found.items()} == {"a": 1.25, "b": 1.5, "c": 0.25}
    assert {name: own.place for name, own in found.items()} == {"a": 2, "b": 1, "c": 3}
    assert (found["a"].best, found["a"].worst) == (1, 2)  # first by PSNR alone, second by LPIPS alone
    assert (found["b"].best, found["b"].worst) == (1, 2)


def test_many_variants_of_a_family_have_one_vote() -> None:
    means = {f"psnr/{i}": {"a": 2.0, "b": 1.0, "c": 0.0} for i in range(5)}
    means["lpips/alex"] = {"a": 0.9, "b": 0.5, "c": 0.1}
    better = dict.fromkeys(means, "higher") | {"lpips/alex": "lower"}
    found = standings(means, better=better)  # type: ignore[arg-type]
    assert {own.borda for own in found.values()} == {1.0}
    assert {own.place for own in found.values()} == {1}
    one = standings({"psnr/0": means["psnr/0"]}, better={"psnr/0": "higher"})
    assert (one["b"].best, one["b"].place, one["b"].worst) == (2, 2, 2)


def test_no_metric_makes_no_order() -> None:
    with pytest.raises(ValueError, match="no metric"):
        standings({}, better={})


def rates(values: dict[str, list[float]], tie: float = 0.0) -> dict[str, float]:
    people = [str(i) for i in range(len(values["a"]))]
    found = win_rates({"psnr/rgb": values}, people, better={"psnr/rgb": "higher"}, ties={"psnr/rgb": tie})
    return {name: own.rate for name, own in found.items()}


def test_win_rates_count_images_and_ties_half() -> None:
    assert rates({"a": [2.0, 1.0], "b": [1.0, 1.0]}) == {"a": 0.75, "b": 0.25}
    assert rates({"a": [1.05, 1.0], "b": [1.0, 1.0]}, tie=0.1) == {"a": 0.5, "b": 0.5}
    assert rates({"a": [math.inf, 1.0], "b": [math.inf, 2.0]}) == {"a": 0.25, "b": 0.75}
    three = rates({"a": [3.0], "b": [2.0], "c": [1.0]})
    assert three == {"a": 1.0, "b": 0.5, "c": 0.0}


def test_a_missing_image_loses_and_two_missing_ones_do_not_meet() -> None:
    nan = math.nan
    assert rates({"a": [nan, 5.0], "b": [1.0, 1.0]}) == {"a": 0.5, "b": 0.5}
    assert rates({"a": [nan, 5.0], "b": [nan, 1.0]}) == {"a": 1.0, "b": 0.0}
    assert rates({"a": [nan, 5.0], "b": [nan, 1.0], "c": [7.0, 0.0]}) == {"a": 0.5, "b": 0.25, "c": 0.5}


def test_win_rates_weigh_families_and_have_intervals() -> None:
    values = {
        "psnr/rgb": some(1.0, 0.0),
        "psnr/y601": some(1.0, 0.0, seed=1),
        "lpips/alex": some(1.0, 0.0, seed=2),
    }
    better = {"psnr/rgb": "higher", "psnr/y601": "higher", "lpips/alex": "lower"}
    found = win_rates(values, PEOPLE, better=better, ties=dict.fromkeys(values, 0.0))  # type: ignore[arg-type]
    assert found["a"].rate == pytest.approx(0.5, abs=0.05)
    assert found["a"].low < found["a"].rate < found["a"].high  # type: ignore[operator]
    assert found["a"].rate + found["b"].rate == pytest.approx(1.0)
