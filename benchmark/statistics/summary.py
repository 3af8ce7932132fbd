"""What a run's values say together: mean, quantiles, and the interval of the mean."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bfrbench.benchmark.statistics.bootstrap import bca, by_person, quantile, resampled_means, total


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
        mean=total(values) / len(values),
        median=quantile(in_order, 0.5),
        p5=quantile(in_order, 0.05),
        p95=quantile(in_order, 0.95),
        low=low,
        high=high,
    )


def mean_interval(values: Sequence[float], people: Sequence[str]) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean over images, people resampled: BCa with the small-sample widening.

    A pure function of the values: fixed seed, people in the order of their ids. (None, None) for fewer than
    two people, or values infinite both ways; the value itself when all are equal; infinite when one is.
    """
    mean = total(values)
    if len(set(people)) < 2 or math.isnan(mean):
        return None, None
    if min(values) == max(values):
        return values[0], values[0]
    if math.isinf(mean):
        return mean, mean
    sums, counts = by_person(values, people)
    without = (sums.sum() - sums) / (counts.sum() - counts)
    return bca(resampled_means(sums, counts), float(sums.sum() / counts.sum()), without)
