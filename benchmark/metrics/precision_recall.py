"""Precision and recall of one set of images against another (Kynkäänniemi et al. 2019, equations 1 and 2).

Around each image of a set lies a ball that reaches to its third nearest neighbour in the set. Precision: the
share of restored images inside a ball of the reference, how many look like real ones. Recall: the share of
reference images inside a ball of the restored, how much of what is real the restorer can make. A restorer
that makes one face of everybody has precision and no recall, which a Fréchet distance may not show. Both
depend on the numbers of images. Distances take 8 n m bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.features import ArrayFeatures, Features, Gaussian, places_of, vectors_of, whole
from bfrbench.benchmark.metrics.metric import SetValue
from bfrbench.benchmark.metrics.spread import Floats
from bfrbench.benchmark.statistics.jackknife import standard_error

NEIGHBOURS: Final = 3
_ROUNDING: Final = 1e-13

Places = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Balls:
    """One set's balls, and how far the other set's points are from their centres; all distances squared."""

    distances: Floats  # balls × points
    nearest: NDArray[np.intp]  # balls × NEIGHBOURS and more: the other centres, the nearest first
    reach: Floats  # balls × the same: how far they are


def precision(restored: Features, reference: Features | Gaussian) -> SetValue:
    """Share of the restored images inside the reference, with its jackknife.

    A person is left out of both sets where both name them. A reference image that stands there several times,
    as HQ does for several copies, counts once: its own copies would be its nearest neighbours. Raises
    ValueError for too few images, and for statistics in place of images.
    """
    return _share_inside(restored, _once(vectors_of(reference)), places_of(restored.people))


def recall(restored: Features, reference: Features | Gaussian) -> SetValue:
    """Share of the reference images inside the restored set; all else as in `precision`."""
    return _share_inside(reference, restored, places_of(restored.people))


def _share_inside(points: Features | Gaussian, centres: Features | Gaussian, people: Places) -> SetValue:
    points, centres = vectors_of(points), vectors_of(centres)
    if min(len(points), len(centres)) <= NEIGHBOURS:
        raise ValueError(f"Precision and recall need more than {NEIGHBOURS} images in each set.")
    of_points, of_centres = places_of(points.people), places_of(centres.people)
    most = max(len(of_centres.get(person, ())) for person in people)
    balls = _balls(whole(points), whole(centres), NEIGHBOURS + most)
    inside = balls.distances <= balls.reach[:, NEIGHBOURS - 1, None]
    value = float(inside.any(axis=0).mean())
    fewest = len(points) - max(len(of_points.get(person, ())) for person in people)
    if len(people) < 2 or not fewest or len(centres) - most <= NEIGHBOURS:
        return SetValue(value)
    without = dict(_without_each(balls, inside, people, of_points, of_centres))
    return SetValue(value, standard_error(without), without)


def _once(features: Features) -> Features:
    """Each person's vectors, those that are equal once."""
    vectors = whole(features)
    known = zip(features.people, (row.tobytes() for row in vectors), strict=True)
    places = sorted({each: place for place, each in enumerate(known)}.values())
    return ArrayFeatures(vectors[places], [features.people[place] for place in places])


def _balls(points: NDArray[np.float32], centres: NDArray[np.float32], neighbours: int) -> _Balls:
    among = _squared_distances(centres, centres)
    np.fill_diagonal(among, np.inf)
    nearest = np.argsort(among, axis=1, kind="stable")[:, :neighbours]
    return _Balls(_squared_distances(centres, points), nearest, np.take_along_axis(among, nearest, axis=1))


def _squared_distances(x: NDArray[np.float32], y: NDArray[np.float32]) -> Floats:
    """n×m, by |x|² + |y|² - 2 x·y in float64; what is only its rounding counts as 0."""
    x_squares, y_squares = ((z.astype(np.float64) ** 2).sum(axis=1) for z in (x, y))
    sums = x_squares[:, None] + y_squares
    squared = sums - 2.0 * (x.astype(np.float64) @ y.T.astype(np.float64))
    squared[squared < _ROUNDING * sums] = 0.0
    return np.asarray(squared)


def _without_each(
    balls: _Balls, inside: NDArray[np.bool_], people: Places, of_points: Places, of_centres: Places
) -> Iterator[tuple[str, float]]:
    """The share without each person, whose balls go, and whom other balls reached beyond."""
    counts = inside.sum(axis=0)
    reached_by: list[list[int]] = [[] for _ in balls.nearest]  # by centre: the balls that end there or beyond
    for ball, near in enumerate(balls.nearest[:, :NEIGHBOURS]):
        for centre in near:
            reached_by[centre].append(ball)
    for person in people:
        gone = of_centres.get(person, ())
        left = counts - inside[list(gone)].sum(axis=0)
        for ball in {ball for centre in gone for ball in reached_by[centre]} - set(gone):
            kept = ~np.isin(balls.nearest[ball], gone)
            radius = balls.reach[ball][kept][NEIGHBOURS - 1]
            left += (balls.distances[ball] <= radius) & ~inside[ball]
        yield person, float((np.delete(left, list(of_points.get(person, ()))) > 0).mean())
