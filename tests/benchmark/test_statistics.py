"""Means, quantiles, and intervals that hold what they promise."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.benchmark.statistics import mean_interval, summarise

INF = math.inf


def test_quantiles_are_numpys() -> None:
    values = np.random.default_rng(0).normal(20, 3, 41).tolist()
    summary = summarise(values, [str(i) for i in range(41)])
    assert summary.mean == pytest.approx(np.mean(values))
    expected = np.quantile(values, [0.5, 0.05, 0.95])
    assert [summary.median, summary.p5, summary.p95] == pytest.approx(list(expected))
    assert summary.low < summary.mean < summary.high  # type: ignore[operator]


def test_scipys_bca_agrees_for_many_people_with_one_image_each() -> None:
    values = np.random.default_rng(1).exponential(2.0, 300)
    low, high = mean_interval(values.tolist(), [f"{i:03}" for i in range(300)])
    theirs = scipy.stats.bootstrap((values,), np.mean, method="BCa", n_resamples=9999, random_state=0)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.05 * width)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.05 * width)


def test_one_person_has_no_interval_however_many_images() -> None:
    assert mean_interval([1.0, 2.0, 3.0], ["ann"] * 3) == (None, None)
    assert summarise([4.0], ["ann"]).mean == 4.0


def test_equal_values_have_that_value_as_interval() -> None:
    assert mean_interval([0.1] * 6, ["a", "b", "c"] * 2) == (0.1, 0.1)


def test_infinite_values_are_values_and_never_become_nan() -> None:
    summary = summarise([20.0, INF, 22.0], ["a", "b", "c"])
    assert (summary.mean, summary.low, summary.high) == (INF, INF, INF)
    assert summary.median == 22.0
    assert summary.p95 == INF
    every = summarise([INF] * 4, list("abcd"))
    assert {every.mean, every.median, every.p5, every.p95, every.low, every.high} == {INF}


def test_the_order_of_images_does_not_matter_and_neither_do_their_number_of_calls() -> None:
    rng = np.random.default_rng(2)
    values, people = rng.normal(size=60).tolist(), [f"p{i % 17}" for i in range(60)]
    order = rng.permutation(60)
    first = summarise(values, people)
    again = summarise([values[i] for i in order], [people[i] for i in order])
    assert first == again


def test_images_of_one_person_count_as_one_observation() -> None:
    base = np.random.default_rng(3).normal(size=25)
    once = mean_interval(base.tolist(), [f"{i:02}" for i in range(25)])
    tenfold = mean_interval(np.repeat(base, 10).tolist(), [f"{i:02}" for i in np.repeat(range(25), 10)])
    assert tenfold == pytest.approx(once)
    independent = mean_interval(np.repeat(base, 10).tolist(), [f"{i:03}" for i in range(250)])
    assert independent[1] - independent[0] < 0.5 * (once[1] - once[0])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("people", "draw", "at_least"),
    [
        (8, lambda rng, n: rng.normal(size=n), 0.88),
        (30, lambda rng, n: rng.normal(size=n), 0.91),
        (30, lambda rng, n: rng.exponential(size=n) - 1.0, 0.88),
    ],
)
def test_95_percent_intervals_hold_the_true_mean_about_as_often(people, draw, at_least) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(4)
    held, trials = 0, 300
    for _ in range(trials):
        owner = np.repeat(np.arange(people), rng.integers(1, 4, people))
        values = draw(rng, people)[owner] + rng.normal(0, 0.3, len(owner))
        low, high = mean_interval(values.tolist(), [f"{i:02}" for i in owner])
        held += low <= 0.0 <= high  # type: ignore[operator]
    assert at_least <= held / trials <= 0.99


def test_forgetting_about_people_would_be_far_too_sure() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(100):
        owner = np.repeat(np.arange(12), 10)
        values = rng.normal(size=12)[owner] + rng.normal(0, 0.1, 120)
        low, high = mean_interval(values.tolist(), [str(i) for i in range(120)])
        held += low <= 0.0 <= high  # type: ignore[operator]
    assert held < 75


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.sampled_from("abcdefgh")),
        min_size=2,
        max_size=30,
    )
)
def test_an_interval_is_finite_ordered_and_inside_the_values(drawn) -> None:  # type: ignore[no-untyped-def]
    values, people = [value for value, _ in drawn], [person for _, person in drawn]
    low, high = mean_interval(values, people)
    if low is None or high is None:
        assert len(set(people)) == 1
        return
    margin = 1e-9 * max(map(abs, values))
    assert min(values) - margin <= low <= high <= max(values) + margin


@pytest.mark.parametrize(("values", "people"), [([], []), ([1.0], ["a", "b"]), ([1.0, math.nan], ["a", "b"])])
def test_what_cannot_be_summarised_is_an_error(values, people) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"cannot be summarised|not a number"):
        summarise(values, people)
