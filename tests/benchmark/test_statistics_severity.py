"""Severity curves and the area under them."""

import math

import numpy as np
import pytest

from bfrbench.benchmark.statistics.severity import Area, area, curve, trapezoid
from bfrbench.benchmark.statistics.summary import mean_interval


def ladder(people: int = 20, seed: int = 0) -> tuple[list[float], list[str], list[float]]:
    """One image of each person at levels 1, 2, 4: what is hard is the person's, and grows with the level."""
    rng = np.random.default_rng(seed)
    levels = [1.0, 2.0, 4.0] * people
    owner = np.repeat(np.arange(people), 3)
    values = 0.1 * np.array(levels) + rng.normal(0, 0.2, people)[owner] + rng.normal(0, 0.02, 3 * people)
    return values.tolist(), [f"{i:02}" for i in owner], levels


def test_points_are_means_with_their_intervals() -> None:
    values, people, levels = ladder()
    found = curve(values, people, levels)
    assert [point.level for point in found.points] == [1.0, 2.0, 4.0]
    assert [(point.images, point.people) for point in found.points] == [(20, 20)] * 3
    own = values[1::3]
    assert found.points[1].mean == pytest.approx(np.mean(own))
    assert (found.points[1].low, found.points[1].high) == mean_interval(own, people[1::3])


def test_the_area_is_that_of_the_trapezoids_over_the_width() -> None:
    values, people, levels = ladder()
    means = [np.mean(values[i::3]) for i in range(3)]
    assert area(values, people, levels).value == pytest.approx(np.trapezoid(means, [1, 2, 4]) / 3)
    assert trapezoid([1, 2, 4]).tolist() == pytest.approx([1 / 6, 1 / 2, 1 / 3])
    assert trapezoid([1, 2, 3, 4, 5]).sum() == pytest.approx(1.0)


def test_with_every_level_for_everyone_it_is_the_interval_of_one_number_a_person() -> None:
    values, people, levels = ladder()
    weights = trapezoid([1, 2, 4])
    of_people = (np.array(values).reshape(-1, 3) @ weights).tolist()
    low, high = mean_interval(of_people, people[::3])
    found = area(values, people, levels)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_the_paired_area_is_far_surer_than_two_areas() -> None:
    values, people, levels = ladder()
    other = [value - 0.01 + 0.001 * (i % 5) for i, value in enumerate(values)]
    gaps = [a - b for a, b in zip(values, other, strict=True)]
    found, mine, theirs = (area(own, people, levels) for own in (gaps, values, other))
    assert found.value == pytest.approx(mine.value - theirs.value)
    assert found.low > 0.0  # type: ignore[operator]
    assert mine.low < theirs.high  # type: ignore[operator]


def test_people_who_lack_levels_still_count_and_order_does_not() -> None:
    values, people, levels = ladder()
    kept = [i for i in range(60) if i % 7]
    found = area(*([of[i] for i in kept] for of in (values, people, levels)))  # type: ignore[arg-type]
    assert found.low < found.value < found.high  # type: ignore[operator]
    shuffled = np.random.default_rng(1).permutation(kept)
    assert area(*([of[i] for i in shuffled] for of in (values, people, levels))) == found  # type: ignore[arg-type]


def test_a_level_of_one_person_has_no_interval() -> None:
    assert area([1.0, 2.0, 3.0], ["a", "b", "a"], [1, 1, 2]) == Area(2.25, None, None)


def test_infinite_values_make_an_infinite_area() -> None:
    found = area([1.0, math.inf, 3.0, 4.0], ["a", "b", "a", "b"], [1, 1, 2, 2])
    assert found == Area(math.inf, None, None)


@pytest.mark.parametrize(
    ("values", "people", "levels"),
    [([1.0], ["a"], [1.0]), ([1.0, math.nan], ["a", "b"], [1, 2]), ([1.0], ["a", "b"], [1, 2])],
)
def test_what_is_no_curve_is_an_error(values, people, levels) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"two levels|not a number|no curve"):
        curve(values, people, levels)
