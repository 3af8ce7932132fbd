"""What a run's values say together: mean, quantiles, and an interval of the mean that knows about people.

Several pictures of one person are not independent, so people are resampled, each with all of their pictures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from bfrbench import seeds

Floats = NDArray[np.float64]

RESAMPLES: Final = 4000
LEVEL: Final = 0.95
_AT_ONCE: Final = 2**22  # numbers drawn at a time, so that memory stays flat


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean, quantiles, and the 95 % interval of the mean (None: fewer than two people)."""

    mean: float
    median: float
    p5: float
    p95: float
    low: float | None
    high: float | None


def summarise(values: Sequence[float], people: Sequence[str]) -> Summary:
    """Summarise one value an image; people[i] says whom image i shows. Infinite values are values.

    Raises ValueError for no value, a value that is not a number, or lists of different length.
    """
    if not values or len(values) != len(people):
        raise ValueError(f"{len(values)} values of {len(people)} people cannot be summarised.")
    if any(math.isnan(value) for value in values):
        raise ValueError("A value is not a number.")
    low, high = mean_interval(values, people)
    in_order = sorted(values)
    return Summary(
        mean=math.fsum(values) / len(values),
        median=_quantile(in_order, 0.5),
        p5=_quantile(in_order, 0.05),
        p95=_quantile(in_order, 0.95),
        low=low,
        high=high,
    )


def mean_interval(values: Sequence[float], people: Sequence[str]) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean over images, people resampled: BCa with the small-sample widening.

    Bias-corrected and accelerated bootstrap (Efron 1987, equations 2.3, 6.6) with z replaced by
    t·sqrt(P/(P - 1)) of P - 1 degrees of freedom (Hesterberg 2015, section 5.2), because the plain bootstrap
    is too narrow for few people P. A pure function of the values: fixed seed, people in the order of ids.
    (None, None) for fewer than two people; the value itself when all are equal; infinite when one is.
    """
    if len(set(people)) < 2:
        return None, None
    if min(values) == max(values):
        return values[0], values[0]
    if not all(math.isfinite(value) for value in values):
        mean = math.fsum(values)
        return mean, mean
    sums, counts = _by_person(values, people)
    means = np.sort(_resampled_means(sums, counts))
    low, high = _bca_levels(means, sums, counts)
    return _quantile(means, low), _quantile(means, high)


def _by_person(values: Sequence[float], people: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and number of the values of each person, people in the order of their ids."""
    of_person: dict[str, list[float]] = {person: [] for person in sorted(set(people))}
    for value, person in zip(values, people, strict=True):
        of_person[person].append(value)
    sums = np.array([math.fsum(own) for own in of_person.values()])
    return sums, np.array([float(len(own)) for own in of_person.values()])


def _resampled_means(sums: Floats, counts: Floats) -> Floats:
    """Means over images for RESAMPLES draws of as many people as there are, with replacement."""
    people = len(sums)
    random = seeds.generator(seeds.key(0, "mean_interval", people))
    means = []
    for start in range(0, RESAMPLES, rows := max(1, _AT_ONCE // people)):
        drawn = random.integers(0, people, (min(rows, RESAMPLES - start), people))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _bca_levels(means: Floats, sums: Floats, counts: Floats) -> tuple[float, float]:
    """Which quantiles of the resampled means bound the interval."""
    people = len(sums)
    mean = sums.sum() / counts.sum()
    # ties count half: with few people many resamples give the mean itself
    below = float((means < mean).mean() + (means <= mean).mean()) / 2.0
    bias = float(ndtri(np.clip(below, 1.0 / len(means), 1.0 - 1.0 / len(means))))
    acceleration = _acceleration((sums.sum() - sums) / (counts.sum() - counts))
    z = float(stdtrit(people - 1, 0.5 + LEVEL / 2.0)) * math.sqrt(people / (people - 1))
    return _bca_level(bias, acceleration, -z), _bca_level(bias, acceleration, z)


def _acceleration(without: Floats) -> float:
    """Σ d³ / (6 (Σ d²)^(3/2)), d = mean - the mean without one person (Efron 1987, equation 6.6)."""
    pull = without.mean() - without
    largest = np.abs(pull).max()
    if largest == 0.0:
        return 0.0
    pull /= largest  # it has no scale, and powers of tiny values would vanish
    return float((pull**3).sum() / (6.0 * (pull**2).sum() ** 1.5))


def _bca_level(bias: float, acceleration: float, z: float) -> float:
    shrink = 1.0 - acceleration * (bias + z)
    if shrink <= 0.0:  # so far out that the transformation has turned over: take the outermost resample
        return float(z > 0.0)
    return float(ndtr(bias + (bias + z) / shrink))


def _quantile(in_order: Sequence[float] | Floats, level: float) -> float:
    """Linear between neighbours, as numpy's default, but infinite neighbours give infinity and not NaN."""
    place = level * (len(in_order) - 1)
    below, above = float(in_order[math.floor(place)]), float(in_order[math.ceil(place)])
    return below if below == above else below + (place - math.floor(place)) * (above - below)
