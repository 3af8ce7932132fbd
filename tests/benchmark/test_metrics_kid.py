"""KID: against its formula, an outside estimate, no bias, and leaving people out."""

import json

import numpy as np
import pytest

from bfrbench.benchmark.features import ArrayFeatures, Gaussian
from bfrbench.benchmark.metrics.kid import kid


def numbers(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, (n, d)).astype(np.float32)


def features(vectors: np.ndarray, each: int = 1, name: str = "p") -> ArrayFeatures:
    """Vectors of people with `each` images."""
    return ArrayFeatures(vectors, [f"{name}{i // each:03}" for i in range(len(vectors))])


def without(set_: ArrayFeatures, person: str) -> ArrayFeatures:
    kept = [place for place, name in enumerate(set_.people) if name != person]
    return ArrayFeatures(set_.vectors[kept], [set_.people[place] for place in kept])


def written_out(x: np.ndarray, y: np.ndarray) -> float:
    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((a.astype(float) @ b.astype(float) / len(a) + 1) ** 3)

    within = [
        sum(kernel(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j) / len(z) / (len(z) - 1)
        for z in (x, y)
    ]
    return sum(within) - 2 * sum(kernel(a, b) for a in x for b in y) / len(x) / len(y)


def test_it_is_the_u_statistic_written_out() -> None:
    x, y = numbers(9, 5, 1), numbers(12, 5, 2, shift=0.5)
    assert kid(features(x), features(y)).value == pytest.approx(written_out(x, y), rel=1e-12)


def test_it_is_symmetric_and_knows_neither_order_nor_blocks(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    x, y = numbers(50, 5, 3), numbers(70, 5, 4, shift=0.2)
    expected = kid(features(x), features(y)).value
    assert kid(features(y), features(x)).value == pytest.approx(expected, rel=1e-12)
    assert kid(features(x[::-1]), features(y)).value == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr("bfrbench.benchmark.metrics.kid.BLOCK", 16)
    assert kid(features(x), features(y)).value == pytest.approx(expected, rel=1e-12)


def test_its_mean_is_0_over_draws_of_one_distribution_and_its_error_is_their_deviation() -> None:
    rng = np.random.default_rng(5)
    draws = rng.normal(0.0, 1.0, (200, 2, 60, 8)).astype(np.float32)
    found = [kid(features(x), features(y, name="q")) for x, y in draws]
    values = np.array([value.value for value in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    assert (values < 0).any()
    one = features(draws[0, 0], name="q")  # a fixed reference, as the jackknife takes it
    shifted = [kid(features(x + np.float32(0.3)), one) for x, _ in draws[1:]]
    spread = np.std([value.value for value in shifted])
    assert 0.85 < np.mean([value.error for value in shifted]) / spread < 1.25


@pytest.mark.parametrize("name", ["p", "q"])
@pytest.mark.parametrize(("n", "m", "each", "each_other"), [(30, 30, 1, 1), (60, 40, 3, 2), (40, 60, 1, 3)])
def test_leaving_people_out_is_exact(n, m, each, each_other, name) -> None:  # type: ignore[no-untyped-def]
    restored, reference = features(numbers(n, 5, 6), each), features(numbers(m, 5, 7, 0.4), each_other, name)
    found = kid(restored, reference)
    assert list(found.without) == sorted(set(restored.people))
    for person, value in found.without.items():
        expected = kid(without(restored, person), without(reference, person)).value
        assert value == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_what_cannot_be_left_out_gives_no_error() -> None:
    alone = ArrayFeatures(numbers(6, 4, 8), ["a"] * 6)
    assert kid(alone, features(numbers(6, 4, 9))).error is None
    nearly = ArrayFeatures(numbers(6, 4, 8), [*["a"] * 5, "b"])
    assert kid(nearly, features(numbers(6, 4, 9))).without == {}


def test_it_needs_two_images_and_images() -> None:
    with pytest.raises(ValueError, match="two images or more in each set, not 1"):
        kid(features(numbers(1, 4, 10)), features(numbers(9, 4, 11)))
    with pytest.raises(ValueError, match="mean and covariance are not enough"):
        kid(features(numbers(9, 4, 10)), Gaussian(np.zeros(4), np.eye(4)))


@pytest.mark.parametrize(
    ("name", "pick"),
    [
        ("a_vs_b", lambda f: (f["a"], f["b"])),
        ("c_vs_d", lambda f: (f["c"], f["d"])),
        ("b_first200_vs_b_last200", lambda f: (f["b"][:200], f["b"][200:])),
    ],
)
def test_golden_values(shared, name, pick) -> None:  # type: ignore[no-untyped-def]
    stored = json.loads((shared / "golden/fid/fid.json").read_text())["sets"][name]
    with np.load(shared / "golden/fid/features.npz") as file:
        x, y = pick(file)
    assert kid(features(x), features(y)).value == pytest.approx(stored["kid/u_statistic_double"], rel=1e-9)
    n = stored["kid_first_n"]
    equal = kid(features(x[:n]), features(y[:n])).value
    assert equal == pytest.approx(stored["kid/torchmetrics_poly_mmd_first_n"], rel=1e-4)


def test_golden_jackknife(shared) -> None:  # type: ignore[no-untyped-def]
    with np.load(shared / "golden/fid/features.npz") as file:
        found = kid(features(file["a"]), features(file["b"], name="q"))
    with np.load(shared / "golden/fid/jackknife_leave_one_out.npz") as file:
        assert np.array(list(found.without.values())) == pytest.approx(file["kid_a_vs_b"], rel=1e-9)
    stored = json.loads((shared / "golden/fid/fid.json").read_text())["jackknife_kid_a_vs_b"]
    assert found.error == pytest.approx(stored["se"], rel=1e-9)
