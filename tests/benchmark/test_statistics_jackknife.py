"""The jackknife: known formulae, golden numbers, and differences that are surer than their parts."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from bfrbench.benchmark.statistics.jackknife import (
    jackknife,
    jackknife_difference,
    leave_one_out,
    standard_error,
)


def of_mean(values: np.ndarray, people: list[str]):  # type: ignore[no-untyped-def]
    return leave_one_out(lambda places: float(values[places].mean()), people)


def test_of_a_mean_it_is_the_usual_standard_error_and_students_interval() -> None:
    values = np.random.default_rng(0).normal(2.0, 1.0, 25)
    found = jackknife(float(values.mean()), of_mean(values, [str(i) for i in range(25)]))
    assert found.error == pytest.approx(scipy.stats.sem(values))
    test = scipy.stats.ttest_1samp(values, 0.0)
    assert found.p == pytest.approx(test.pvalue, rel=1e-6)
    interval = test.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.people == 25


def test_people_are_left_out_with_all_their_images() -> None:
    left: list[list[int]] = []
    leave_one_out(lambda places: left.append(places.tolist()) or 0.0, ["b", "a", "b", "c"])  # type: ignore[func-returns-value]
    assert left == [[0, 2, 3], [1, 3], [0, 1, 2]]
    values = np.random.default_rng(1).normal(size=12)
    doubled = of_mean(np.repeat(values, 2), [str(i) for i in np.repeat(range(12), 2)])
    assert standard_error(doubled) == pytest.approx(scipy.stats.sem(values))


@pytest.mark.parametrize("which", ["fid_a_vs_b", "kid_a_vs_b", "fid_c_vs_d"])
def test_golden_standard_errors(shared: Path, which: str) -> None:
    golden = json.loads((shared / "golden/fid/fid.json").read_text())[f"jackknife_{which}"]
    values = np.load(shared / "golden/fid/jackknife_leave_one_out.npz")[which]
    found = standard_error({str(i): value for i, value in enumerate(values)})
    assert found == pytest.approx(golden["se"], rel=1e-6)


def test_a_difference_is_surer_than_its_two_parts() -> None:
    rng = np.random.default_rng(2)
    shared_part = rng.normal(0, 5, 40)
    people = [str(i) for i in range(40)]
    runs = [shared_part + gain + rng.normal(0, 0.1, 40) for gain in (0.2, 0.0)]
    sides = [(float(values.mean()), of_mean(values, people)) for values in runs]
    found = jackknife_difference(*sides[0], *sides[1])
    assert found.low > 0.0
    assert found.p < 0.001
    assert found.error < 0.1 * jackknife(*sides[0]).error
    back = jackknife_difference(*sides[1], *sides[0])
    assert (back.value, back.low, back.p) == pytest.approx((-found.value, -found.high, found.p))


def test_no_difference_and_a_constant_one() -> None:
    same = {"a": 1.0, "b": 2.0}
    nothing = jackknife_difference(1.5, same, 1.5, same)
    assert (nothing.value, nothing.error, nothing.p) == (0.0, 0.0, 1.0)
    constant = jackknife_difference(2.5, {"a": 2.0, "b": 3.0}, 1.5, same)
    assert (constant.low, constant.high, constant.p) == (1.0, 1.0, 0.0)


def test_other_people_or_one_person_are_an_error() -> None:
    with pytest.raises(ValueError, match="same people"):
        jackknife_difference(1.0, {"a": 1.0, "b": 1.0}, 1.0, {"a": 1.0, "c": 1.0})
    with pytest.raises(ValueError, match="two people"):
        jackknife(1.0, {"a": math.pi})
