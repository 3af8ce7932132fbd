"""The Fréchet distance: against SciPy's matrix square root, exact zeros, and sets that merge."""

import numpy as np
import pytest
import scipy.linalg

from bfrbench.benchmark.metrics.frechet import FeatureSet, frechet_distance


def numbers(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(shift, 1.0, (n, d)) @ rng.normal(0, 1 / np.sqrt(d), (d, d))).astype(np.float32)


def features(vectors: np.ndarray) -> FeatureSet:
    collected = FeatureSet()
    for vector in vectors:
        collected.add(vector)
    return collected


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return frechet_distance(features(one), features(other))


def by_square_root(one: np.ndarray, other: np.ndarray) -> float:
    step = one.mean(axis=0, dtype=float) - other.mean(axis=0, dtype=float)
    first, second = (np.cov(x, rowvar=False, dtype=float) for x in (one, other))
    return step @ step + np.trace(first + second - 2 * scipy.linalg.sqrtm(first @ second).real)


@pytest.mark.parametrize(("n", "m", "d"), [(300, 200, 40), (41, 500, 40), (100, 100, 20)])
def test_scipys_square_root_says_the_same_at_full_rank(n, m, d) -> None:  # type: ignore[no-untyped-def]
    one, other = numbers(n, d, 1), numbers(m, d, 2, shift=0.2)
    assert distance(one, other) == pytest.approx(by_square_root(one, other), rel=1e-7)


def test_fewer_vectors_than_dimensions_is_exact_too() -> None:
    # in the space that the vectors span, rotated into many more dimensions, the distance is the same
    one, other = numbers(30, 8, 3), numbers(25, 8, 4, shift=0.5)
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(200, 8)))[0].T.astype(np.float32)
    assert distance(one @ rotation, other @ rotation) == pytest.approx(distance(one, other), rel=1e-5)


@pytest.mark.parametrize("n", [5, 64, 65, 400])
def test_a_set_is_at_distance_zero_from_itself(n) -> None:  # type: ignore[no-untyped-def]
    vectors = numbers(n, 64, 6)
    assert distance(vectors, vectors) == pytest.approx(0.0, abs=1e-8)
    assert distance(vectors, vectors[::-1]) == pytest.approx(0.0, abs=1e-6)


def test_it_is_symmetric_and_grows_with_the_shift() -> None:
    reference = numbers(50, 32, 7)
    values = [distance(reference + np.float32(shift), reference) for shift in (0.0, 0.1, 0.5, 2.0)]
    assert values == sorted(values)
    assert values[2] == pytest.approx(32 * 0.5**2, rel=1e-5)
    other = numbers(40, 32, 8)
    assert distance(reference, other) == pytest.approx(distance(other, reference), rel=1e-12)


@pytest.mark.parametrize("n", [10, 300])
def test_sets_merged_from_shards_are_the_whole(n) -> None:  # type: ignore[no-untyped-def]
    vectors, other = numbers(n, 32, 9, shift=100.0), numbers(50, 32, 10, shift=100.0)
    merged = FeatureSet()
    for start in range(0, n, 7):
        merged.merge(features(vectors[start : start + 7]))
    assert len(merged) == n
    assert frechet_distance(merged, features(other)) == pytest.approx(distance(vectors, other), rel=1e-9)
    large, rest = features(vectors), features(vectors[:3])
    rest.merge(large)
    assert len(rest) == n + 3
    both = np.concatenate([vectors[:3], vectors])
    assert frechet_distance(rest, features(other)) == pytest.approx(distance(both, other), rel=1e-9)


def test_memory_is_bounded_by_the_dimension() -> None:
    collected = features(numbers(1000, 16, 11))
    assert len(collected) == 1000
    assert len(collected.rows) <= 16


def test_one_vector_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="two feature vectors or more, not 1"):
        distance(numbers(1, 4, 0), numbers(9, 4, 0))


@pytest.mark.parametrize(
    ("name", "pick"),
    [
        ("a_vs_b", lambda f: (f["a"], f["b"])),
        ("b_vs_a", lambda f: (f["b"], f["a"])),
        ("c_vs_d", lambda f: (f["c"], f["d"])),
        ("b_first200_vs_b_last200", lambda f: (f["b"][:200], f["b"][200:])),
    ],
)
def test_golden_distances(shared, name, pick) -> None:  # type: ignore[no-untyped-def]
    import json

    stored = json.loads((shared / "golden/fid/fid.json").read_text())["sets"][name]
    with np.load(shared / "golden/fid/features.npz") as file:
        ours = distance(*pick(file))
    assert ours == pytest.approx(stored["fid/nuclear_norm_double"], rel=1e-9)
    for other in ("pytorch_fid_sqrtm", "torch_fidelity", "torchmetrics_eigvals", "scipy_eigvals"):
        assert ours == pytest.approx(stored[f"fid/{other}"], rel=1e-5)
