"""The Fréchet distance: against SciPy's matrix square root, exact zeros, and leaving people out."""

import json

import numpy as np
import pytest
import scipy.linalg

from bfrbench.benchmark.features import BLOCK, ArrayFeatures, Gaussian, StoredFeatures
from bfrbench.benchmark.metrics.frechet import frechet, frechet_distance
from bfrbench.benchmark.metrics.spread import moments


def numbers(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(shift, 1.0, (n, d)) @ rng.normal(0, 1 / np.sqrt(d), (d, d))).astype(np.float32)


def features(vectors: np.ndarray, each: int = 1, name: str = "p") -> ArrayFeatures:
    """Vectors of people with `each` images."""
    return ArrayFeatures(vectors.astype(np.float32), [f"{name}{i // each:03}" for i in range(len(vectors))])


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return frechet_distance(features(one), features(other))


def by_square_root(one: np.ndarray, other: np.ndarray) -> float:
    step = one.mean(axis=0, dtype=float) - other.mean(axis=0, dtype=float)
    first, second = (np.cov(x, rowvar=False, dtype=float) for x in (one, other))
    return step @ step + np.trace(first + second - 2 * scipy.linalg.sqrtm(first @ second).real)


def without(set_: ArrayFeatures, person: str) -> ArrayFeatures:
    kept = [place for place, name in enumerate(set_.people) if name != person]
    return ArrayFeatures(set_.vectors[kept], [set_.people[place] for place in kept])


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
    assert distance(vectors, vectors[::-1]) == pytest.approx(0.0, abs=1e-8)
    left_out = frechet(features(vectors), features(vectors)).without
    assert np.abs(list(left_out.values())).max() < 1e-8


def test_it_is_symmetric_and_grows_with_the_shift() -> None:
    reference = numbers(50, 32, 7)
    values = [distance(reference + np.float32(shift), reference) for shift in (0.0, 0.1, 0.5, 2.0)]
    assert values == sorted(values)
    assert values[2] == pytest.approx(32 * 0.5**2, rel=1e-5)
    other = numbers(40, 32, 8)
    assert distance(reference, other) == pytest.approx(distance(other, reference), rel=1e-12)


@pytest.mark.parametrize("n", [30, 2000])
def test_neither_order_nor_blocks_nor_where_vectors_are_kept_matters(n) -> None:  # type: ignore[no-untyped-def]
    vectors, other = numbers(n, 64, 9, shift=100.0), numbers(90, 64, 10, shift=100.0)
    expected = distance(vectors, other)
    order = np.random.default_rng(0).permutation(n)
    assert distance(vectors[order], other) == pytest.approx(expected, rel=1e-9)
    keys = [str(place) for place in range(n)]
    stored = StoredFeatures(keys, keys, lambda key: vectors[int(key)])
    assert frechet_distance(stored, features(other)) == expected


def test_moments_of_shards_join_to_those_of_the_whole() -> None:
    vectors = numbers(3 * BLOCK, 16, 11, shift=1000.0)
    whole = moments(features(vectors))
    shards = [moments(features(vectors[start : start + 100])) for start in range(0, len(vectors), 100)]
    joined = shards[0]
    for shard in shards[1:]:
        joined = shard.joined(joined)
    assert joined.count == whole.count == len(vectors)
    assert joined.mean == pytest.approx(vectors.mean(axis=0, dtype=float), rel=1e-12)
    assert joined.scatter == pytest.approx(whole.scatter, rel=1e-9, abs=1e-9 * np.abs(whole.scatter).max())
    covariance = np.cov(vectors, rowvar=False, dtype=float) * (len(vectors) - 1)
    assert joined.scatter == pytest.approx(covariance, rel=1e-7, abs=1e-9 * covariance.max())
    with pytest.raises(ValueError, match="no feature vectors"):
        moments(features(vectors[:0]))


@pytest.mark.parametrize("n", [20, 400])
def test_published_statistics_are_a_reference_too(n) -> None:  # type: ignore[no-untyped-def]
    vectors, other = numbers(n, 32, 12), numbers(300, 32, 13, shift=0.3)
    published = Gaussian(other.mean(axis=0, dtype=float), np.cov(other, rowvar=False, dtype=float))
    found, expected = (
        frechet(features(vectors), published),
        frechet(features(vectors), features(other, name="q")),
    )
    assert found.value == pytest.approx(expected.value, rel=1e-9)
    assert found.without == pytest.approx(expected.without, rel=1e-9)


def test_one_vector_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="two feature vectors or more, not 1"):
        distance(numbers(1, 4, 0), numbers(9, 4, 0))
    with pytest.raises(ValueError, match="two feature vectors or more, not 0"):
        frechet(features(numbers(9, 4, 0)), features(numbers(9, 4, 0)[:0]))


@pytest.mark.parametrize(
    ("n", "m", "d", "each"),
    [
        (20, 20, 30, (1, 1)),  # fewer than dimensions
        (20, 26, 30, (2, 1)),
        (31, 31, 30, (1, 1)),  # just as many as have full rank
        (60, 20, 30, (1, 2)),
        (90, 60, 30, (3, 2)),  # more than dimensions
        (60, 60, 10, (10, 12)),  # many images of each
    ],
)
@pytest.mark.parametrize("name", ["p", "q"])
def test_leaving_people_out_is_exact(n, m, d, each, name) -> None:  # type: ignore[no-untyped-def]
    # name "p": people are left out of both sets; "q": other people are in the reference, and it stays
    scales = np.geomspace(1.0, 0.01, d)
    one, other = numbers(n, d, 14) * scales, numbers(m, d, 15, shift=0.1) * scales
    both = min(n, m)
    other[:both] = 0.5 * other[:both] + 0.5 * one[:both]
    restored, reference = features(one, each[0]), features(other, each[1], name)
    found = frechet(restored, reference)
    assert found.value == pytest.approx(frechet_distance(restored, reference), rel=1e-12)
    assert list(found.without) == sorted(set(restored.people))
    for person, value in found.without.items():
        expected = frechet_distance(without(restored, person), without(reference, person))
        assert value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("kind", ["flat", "repeated", "one feature seen once", "steep"])
def test_leaving_people_out_is_exact_for_odd_sets_too(kind) -> None:  # type: ignore[no-untyped-def]
    one, other = numbers(50, 8, 16), numbers(50, 8, 17)
    if kind == "flat":
        one[:] = 1.0
    elif kind == "repeated":
        one = np.repeat(one[:10], 5, axis=0)
    elif kind == "one feature seen once":
        one[:, 3], one[0, 3] = 0.0, 5.0
    else:
        one, other = (numbers(40, 64, seed) * np.geomspace(1, 1e-7, 64) for seed in (18, 19))
    restored, reference = features(one), features(other)
    found = frechet(restored, reference)
    expected = {
        person: frechet_distance(without(restored, person), without(reference, person))
        for person in found.without
    }
    assert len(found.without) == len(one)
    assert found.without == pytest.approx(expected, rel=1e-6, abs=1e-6 * max(expected.values()))


def test_what_cannot_be_left_out_gives_no_error() -> None:
    vectors, other = numbers(6, 4, 20), numbers(6, 4, 21)
    for people in (["a"] * 6, [*["a"] * 5, "b"]):  # one person; one image without the first
        found = frechet(ArrayFeatures(vectors, people), features(other))
        assert found.value > 0.0
        assert (found.error, found.without) == (None, {})


def test_the_error_is_that_of_fresh_draws() -> None:
    # 40 draws of the same distribution: their standard deviation is what the jackknife claims from each
    reference = features(numbers(400, 48, 0), name="q")
    rng = np.random.default_rng(22)
    mixing = rng.normal(0, 1 / np.sqrt(48), (48, 48))
    found = [frechet(features(rng.normal(0.1, 1.2, (100, 48)) @ mixing), reference) for _ in range(40)]
    spread = np.std([value.value for value in found], ddof=1)
    assert 0.7 < np.mean([value.error for value in found]) / spread < 1.6


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
    stored = json.loads((shared / "golden/fid/fid.json").read_text())["sets"][name]
    with np.load(shared / "golden/fid/features.npz") as file:
        ours = distance(*pick(file))
    assert ours == pytest.approx(stored["fid/nuclear_norm_double"], rel=1e-9)
    for other in ("pytorch_fid_sqrtm", "torch_fidelity", "torchmetrics_eigvals", "scipy_eigvals"):
        assert ours == pytest.approx(stored[f"fid/{other}"], rel=1e-5)


@pytest.mark.parametrize("names", ["ab", "cd"])
def test_golden_jackknife(shared, names) -> None:  # type: ignore[no-untyped-def]
    one, other = names
    with np.load(shared / "golden/fid/features.npz") as file:
        found = frechet(features(file[one]), features(file[other], name="q"))
    with np.load(shared / "golden/fid/jackknife_leave_one_out.npz") as file:
        expected = file[f"fid_{one}_vs_{other}"]
    assert np.array(list(found.without.values())) == pytest.approx(expected, rel=1e-9)
    stored = json.loads((shared / "golden/fid/fid.json").read_text())[f"jackknife_fid_{one}_vs_{other}"]
    assert found.error == pytest.approx(stored["se"], rel=1e-4)


@pytest.mark.parametrize(("people", "copies", "d"), [(7, 4, 128), (7, 4, 12), (30, 3, 16)])
def test_leaving_people_out_is_exact_when_every_hq_counts_several_times(
    people: int, copies: int, d: int
) -> None:
    random = np.random.default_rng(0)
    hq = np.repeat(random.normal(size=(people, d)), copies, axis=0).astype(np.float32)
    restored = (hq + 0.3 * random.normal(size=hq.shape)).astype(np.float32)
    names = [f"person-{number // copies}" for number in range(people * copies)]
    found = frechet(ArrayFeatures(restored, names), ArrayFeatures(hq, names)).without
    for person, value in found.items():
        kept = [number for number, name in enumerate(names) if name != person]
        own = [names[number] for number in kept]
        expected = frechet_distance(ArrayFeatures(restored[kept], own), ArrayFeatures(hq[kept], own))
        assert value == pytest.approx(expected, rel=1e-9)
