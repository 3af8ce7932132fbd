"""The delete-one-person jackknife: intervals for what only a set of images has, such as FID.

The bootstrap is not valid there: a resample holds people twice, so its distance to the reference is larger
than that of the set itself, and the interval may leave the value out (docs/statistics.md has the figures).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from bfrbench.benchmark.statistics.bootstrap import LEVEL, Ints


@dataclass(frozen=True, slots=True)
class Jackknifed:
    """A statistic of a set, or a difference of two, with its standard error over people."""

    value: float
    error: float
    low: float  # 95 % interval: t of people - 1 degrees of freedom
    high: float
    p: float  # two-sided, that the true value is 0
    people: int


def leave_one_out(statistic: Callable[[Ints], float], people: Sequence[str]) -> dict[str, float]:
    """A statistic of the set without each person; people[i] is on image i.

    `statistic` takes the places of the images to use, ascending from 0.
    """
    owners = np.asarray(people)
    return {person: statistic(np.flatnonzero(owners != person)) for person in sorted(set(people))}


def standard_error(without: Mapping[str, float]) -> float:
    """√((P - 1)/P Σ (tᵢ - mean t)²) for P people, tᵢ without person i (Efron, Stein 1981, equation 1.5)."""
    values = np.fromiter(without.values(), dtype=np.float64)
    return math.sqrt((len(values) - 1) / len(values) * float(((values - values.mean()) ** 2).sum()))


def jackknife(value: float, without: Mapping[str, float]) -> Jackknifed:
    """The interval of a statistic from its value and its values without each person.

    Raises ValueError for fewer than two people.
    """
    if len(without) < 2:
        raise ValueError(f"A jackknife needs two people or more, not {len(without)}.")
    error, freedom = standard_error(without), len(without) - 1
    reach = float(stdtrit(freedom, 0.5 + LEVEL / 2.0)) * error
    t = 0.0 if value == 0.0 else abs(value) / error if error > 0.0 else math.inf
    p = float(2.0 * stdtr(freedom, -t))
    return Jackknifed(value, error, value - reach, value + reach, p, len(without))


def jackknife_difference(
    first: float,
    first_without: Mapping[str, float],
    second: float,
    second_without: Mapping[str, float],
) -> Jackknifed:
    """The difference of a statistic between two runs over the same people, the first minus the second.

    Leaving the same person out of both takes away what they have in common, bias and all.
    Raises ValueError when the people differ or are fewer than two.
    """
    if first_without.keys() != second_without.keys():
        raise ValueError("The two runs do not show the same people.")
    without = {person: value - second_without[person] for person, value in first_without.items()}
    return jackknife(first - second, without)
