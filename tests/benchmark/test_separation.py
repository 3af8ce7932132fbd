"""Separation: areas, rates and thresholds against SciPy and by hand, and the report on real faces."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from bfrbench.benchmark import separation
from bfrbench.benchmark.metrics.identity_accept import DLIB_DISTANCE, FALSE_ACCEPT_RATE, MBF_FR_COSINE
from bfrbench.benchmark.separation import Separation


def drawn(n: int, m: int, apart: float) -> Separation:
    random = np.random.default_rng(0)
    one, two = random.normal(apart, 1.0, n).round(1), random.normal(0.0, 1.0, m).round(1)
    return Separation(np.sort(one), np.sort(two))


def test_the_area_is_that_of_the_rank_test() -> None:
    pairs = drawn(300, 2000, 1.0)
    expected = mannwhitneyu(pairs.one, pairs.two).statistic / (300 * 2000)
    assert pairs.area == pytest.approx(expected, abs=1e-12)
    assert pairs.d_prime == pytest.approx(1.0, abs=0.1)
    assert 0.25 < pairs.equal_error_rate < 0.35  # Φ(-1/2) = 0.309


def test_a_threshold_lets_no_more_than_its_rate_through() -> None:
    pairs = drawn(300, 2000, 3.0)
    for rate in (0.0005, 0.01, 0.1):
        threshold = pairs.threshold(rate)
        assert pairs.accepted(threshold)[1] <= rate
        assert pairs.accepted(np.nextafter(threshold, -np.inf))[1] > rate
    assert Separation(np.array([2.0, 3.0]), np.array([0.0, 1.0])).equal_error_rate == 0.0


def test_pairs_are_of_one_person_or_of_two() -> None:
    likeness = np.array([[9.0, 0.9, 0.1], [0.9, 9.0, 0.2], [0.1, 0.2, 9.0]])
    pairs = separation.separation(likeness, ["a", "a", "b"])
    assert pairs.one.tolist() == [0.9]
    assert pairs.two.tolist() == [0.1, 0.2]


def test_the_report_has_a_row_for_each_recogniser_that_is_here(shared, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))
    faces = shared / "data/faces512"
    index = pd.read_csv(faces / "index.csv")
    twice = index[index["person_id"].duplicated(keep=False)].sort_values("file").head(8)
    twice.to_csv(tmp_path / "index.csv", index=False)
    for file in twice["file"]:
        (tmp_path / file).symlink_to(faces / file)
    head, *rows = separation.report(tmp_path)
    assert "8 photographs of 4 people" in head
    assert [row.split(" | ")[0].strip("| ") for row in rows[2:4]] == ["identity/dlib", "identity/mbf-fr"]
    assert all("| 4 | 24 |" in row and "1.000000" in row for row in rows[2:4])


@pytest.mark.slow
@pytest.mark.timeout(1800)  # two networks on 1,915 photographs
def test_the_thresholds_in_use_are_those_measured(shared, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))
    rows = {line.split(" | ")[0].strip("| "): line for line in separation.report(shared / "data/faces128")}
    column = 8 + separation.FALSE_ACCEPT_RATES.index(FALSE_ACCEPT_RATE)
    for metric, stated in (("identity/dlib", DLIB_DISTANCE), ("identity/mbf-fr", MBF_FR_COSINE)):
        measured = rows[metric].split(" | ")[column].partition(",")[0]
        assert float(measured) == pytest.approx(stated, abs=2e-4)
