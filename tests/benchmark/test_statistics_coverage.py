"""The intervals hold the truth as often as they say, on clustered and heavy-tailed values."""

from functools import partial

import pytest

from bfrbench.benchmark.statistics.coverage import (
    NOISE,
    area_difference,
    coverage,
    difference_of_means,
    frechet_difference,
    mean_of,
    places_of_five,
)


def test_coverage_counts_trials() -> None:
    assert coverage(lambda random, people: random.random() < 0.5, 10, 400) == pytest.approx(0.5, abs=0.1)
    assert coverage(partial(mean_of, "normal"), 10, 40) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("trial", [mean_of, difference_of_means, area_difference])
@pytest.mark.parametrize(("people", "at_least"), [(10, 0.83), (50, 0.88)])
def test_intervals_hold_the_truth(trial, noise, people, at_least) -> None:  # type: ignore[no-untyped-def]
    # 95 % is what they aim at: skewed and heavy-tailed people need many of them, and these floors are what
    # 400 trials leave no doubt about
    assert coverage(partial(trial, noise), people, 400) >= at_least


@pytest.mark.slow
def test_normal_people_get_what_is_promised() -> None:
    assert coverage(partial(mean_of, "normal"), 30, 1000) == pytest.approx(0.95, abs=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("means", [(0.0,) * 5, (0.0, 0.3, 0.3, 0.6, 2.0)])
def test_places_hold_all_together(means) -> None:  # type: ignore[no-untyped-def]
    assert coverage(partial(places_of_five, means), 30, 400) >= 0.92


@pytest.mark.slow
def test_the_paired_jackknife_of_a_set_distance_holds() -> None:
    assert coverage(frechet_difference, 30, 400) >= 0.92


@pytest.mark.slow
def test_forgetting_who_is_on_the_images_does_not_hold() -> None:
    assert coverage(partial(mean_of, "normal", clustered=False), 30, 400) < 0.85
