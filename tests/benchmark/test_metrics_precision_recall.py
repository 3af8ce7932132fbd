"""Precision and recall: written out, what they tell apart, and leaving people out."""

import numpy as np
import pytest

from bfrbench.benchmark.features import ArrayFeatures, Gaussian
from bfrbench.benchmark.metrics.precision_recall import NEIGHBOURS, precision, recall


def numbers(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, (n, d)).astype(np.float32)


def features(vectors: np.ndarray, each: int = 1, name: str = "p") -> ArrayFeatures:
    """Vectors of people with `each` images."""
    return ArrayFeatures(vectors, [f"{name}{i // each:03}" for i in range(len(vectors))])


def without(set_: ArrayFeatures, person: str) -> ArrayFeatures:
    kept = [place for place, name in enumerate(set_.people) if name != person]
    return ArrayFeatures(set_.vectors[kept], [set_.people[place] for place in kept])


def share_inside(points: np.ndarray, centres: np.ndarray) -> float:
    """As the paper's equations are written."""
    inside = 0
    for point in points.astype(float):
        for i, centre in enumerate(centres.astype(float)):
            others = np.delete(centres.astype(float), i, axis=0)
            radius = np.sort(np.linalg.norm(others - centre, axis=1))[NEIGHBOURS - 1]
            if np.linalg.norm(point - centre) <= radius:
                inside += 1
                break
    return inside / len(points)


def test_they_are_the_paper_s_equations() -> None:
    x, y = numbers(40, 6, 1), numbers(50, 6, 2, shift=0.5)
    assert precision(features(x), features(y)).value == share_inside(x, y)
    assert recall(features(x), features(y)).value == share_inside(y, x)
    assert 0.0 < share_inside(x, y) < 1.0


def test_a_set_lies_wholly_within_itself_even_when_it_repeats_itself() -> None:
    x = np.repeat(numbers(10, 6, 3, shift=100.0), 5, axis=0)
    assert precision(features(x), features(x)).value == 1.0
    assert recall(features(x), features(x)).value == 1.0


@pytest.mark.parametrize("copies", [2, 4, 5])
def test_hq_that_stands_once_for_each_copy_counts_once(copies: int) -> None:
    real, restored = numbers(40, 6, 1), numbers(40 * copies, 6, 2, shift=0.5)
    many = features(np.repeat(real, copies, axis=0), each=copies)
    assert precision(features(restored, each=copies), many).value == share_inside(restored, real)
    assert 0.0 < share_inside(restored, real) < 1.0
    near = np.repeat(real, copies, axis=0) + np.float32(1e-3)
    assert precision(features(near, each=copies), many).value == 1.0


def test_one_face_for_everybody_has_precision_and_no_recall() -> None:
    real = numbers(200, 8, 4)
    collapsed = real[:1] + 1e-3 * numbers(200, 8, 5)
    assert precision(features(collapsed), features(real)).value == 1.0
    assert recall(features(collapsed), features(real)).value <= 0.01
    wild = 10 * numbers(200, 8, 6)
    assert precision(features(wild), features(real)).value < 0.05
    assert recall(features(wild), features(real)).value > 0.9


def test_order_does_not_matter() -> None:
    x, y = numbers(60, 6, 7), numbers(50, 6, 8, shift=0.5)
    for share in (precision, recall):
        expected = share(features(x), features(y)).value
        assert share(features(x[::-1]), features(y[::-1])).value == expected


@pytest.mark.parametrize("share", [precision, recall])
@pytest.mark.parametrize("name", ["p", "q"])
@pytest.mark.parametrize(("n", "m", "each"), [(30, 30, (1, 1)), (60, 40, (3, 2)), (40, 60, (1, 3))])
def test_leaving_people_out_is_exact(n, m, each, name, share) -> None:  # type: ignore[no-untyped-def]
    restored, reference = features(numbers(n, 5, 9), each[0]), features(numbers(m, 5, 10, 0.4), each[1], name)
    found = share(restored, reference)
    assert list(found.without) == sorted(set(restored.people))
    for person, value in found.without.items():
        assert value == share(without(restored, person), without(reference, person)).value


def test_what_cannot_be_left_out_gives_no_error() -> None:
    alone = ArrayFeatures(numbers(9, 4, 11), ["a"] * 9)
    assert precision(alone, features(numbers(9, 4, 12))).error is None
    nearly = ArrayFeatures(numbers(9, 4, 11), [*["a"] * 6, *["b"] * 3])  # three are left: no third neighbour
    assert recall(nearly, features(numbers(9, 4, 12))).without == {}


def test_they_need_enough_images_and_images() -> None:
    enough, few = features(numbers(9, 4, 13)), features(numbers(NEIGHBOURS, 4, 14))
    for share in (precision, recall):
        with pytest.raises(ValueError, match="more than 3 images in each set"):
            share(few, enough)
        with pytest.raises(ValueError, match="more than 3 images in each set"):
            share(enough, few)
        with pytest.raises(ValueError, match="mean and covariance are not enough"):
            share(enough, Gaussian(np.zeros(4), np.eye(4)))
