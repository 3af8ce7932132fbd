"""The bootstrap over people: who is drawn, and which quantiles of what was drawn bound an interval."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from bfrbench import seeds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES: Final = 4000
LEVEL: Final = 0.95
_AT_ONCE: Final = 2**22  # numbers drawn at a time, so that memory stays flat


def by_person(values: Sequence[float], people: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and number of the values of each person (P each), people in the order of their ids."""
    of_person: dict[str, list[float]] = {person: [] for person in sorted(set(people))}
    for value, person in zip(values, people, strict=True):
        of_person[person].append(value)
    sums = np.array([total(own) for own in of_person.values()])
    return sums, np.array([float(len(own)) for own in of_person.values()])


def total(values: Sequence[float]) -> float:
    """The correctly rounded sum, which no order of the values changes; NaN when infinite both ways."""
    return math.nan if {math.inf, -math.inf} <= set(values) else math.fsum(values)


def draws(people: int) -> Iterator[Ints]:
    """RESAMPLES draws of as many people as there are, with replacement: m×P places at a time, 0..P-1.

    The same for equal P, so that whatever is resampled with it is resampled jointly.
    """
    random = seeds.generator(seeds.key(0, "mean_interval", people))
    for start in range(0, RESAMPLES, rows := max(1, _AT_ONCE // people)):
        yield random.integers(0, people, (min(rows, RESAMPLES - start), people))


def resampled_means(sums: Floats, counts: Floats) -> Floats:
    """Means over images (RESAMPLES) out of the sum and number of values of each person (P each).

    A mean is NaN where nobody drawn has a value.
    """
    with np.errstate(invalid="ignore"):
        return np.concatenate(
            [sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1) for drawn in draws(len(sums))]
        )


def widened(people: int) -> float:
    """How many standard errors an interval of level LEVEL reaches to either side, for P people.

    t·sqrt(P/(P - 1)) of P - 1 degrees of freedom in place of z (Hesterberg 2015, section 5.2), because the
    plain bootstrap is too narrow for few people.
    """
    return float(stdtrit(people - 1, 0.5 + LEVEL / 2.0)) * math.sqrt(people / (people - 1))


def bca(resampled: Floats, estimate: float, without: Floats) -> tuple[float, float]:
    """The bias-corrected and accelerated interval of a statistic (Efron 1987, equations 2.3, 6.6), widened.

    `resampled` are its values on resamples, `without` those with one person left out (P).
    """
    in_order = np.sort(resampled)
    # ties count half: with few people many resamples give the estimate itself
    below = float((in_order < estimate).mean() + (in_order <= estimate).mean()) / 2.0
    bias = float(ndtri(np.clip(below, 1.0 / len(in_order), 1.0 - 1.0 / len(in_order))))
    acceleration, z = _acceleration(without), widened(len(without))
    low, high = _level(bias, acceleration, -z), _level(bias, acceleration, z)
    return quantile(in_order, low), quantile(in_order, high)


def _acceleration(without: Floats) -> float:
    """Σ d³ / (6 (Σ d²)^(3/2)), d = mean - the value without one person (Efron 1987, equation 6.6)."""
    pull = without.mean() - without
    largest = np.abs(pull).max()
    if largest == 0.0:
        return 0.0
    pull /= largest  # it has no scale, and powers of tiny values would vanish
    return float((pull**3).sum() / (6.0 * (pull**2).sum() ** 1.5))


def _level(bias: float, acceleration: float, z: float) -> float:
    shrink = 1.0 - acceleration * (bias + z)
    if shrink <= 0.0:  # so far out that the transformation has turned over: take the outermost resample
        return float(z > 0.0)
    return float(ndtr(bias + (bias + z) / shrink))


def quantile(in_order: Sequence[float] | Floats, level: float) -> float:
    """Linear between neighbours, as numpy's default, but infinite neighbours give infinity and not NaN."""
    place = level * (len(in_order) - 1)
    below, above = float(in_order[math.floor(place)]), float(in_order[math.ceil(place)])
    return below if below == above else below + (place - math.floor(place)) * (above - below)
