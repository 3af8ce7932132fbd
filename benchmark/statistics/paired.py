"""Two restorers on the same images: the difference with its interval, a test, wins, and how large it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from bfrbench.benchmark.statistics.bootstrap import Floats, Ints, by_person, total
from bfrbench.benchmark.statistics.summary import mean_interval
from bfrbench.types import Direction

_EXACT: Final = (
    200  # people: up to here the signed-rank distribution is counted, beyond it is close to normal
)


@dataclass(frozen=True, slots=True)
class Paired:
    """What the images of one run say against those of another, the first minus the second.

    Of `wins`, `ties` and `losses` the first run's are counted, image by image. Everything else, but the
    difference, is over people: one value each, the mean of their images' differences.
    """

    images: int
    people: int
    first_mean: float
    second_mean: float
    difference: float | None  # mean over images; None: infinite both ways
    low: float | None  # its 95 % interval; None: fewer than two people
    high: float | None
    p: float  # Wilcoxon signed-rank over people, two-sided, before any correction
    wins: int
    ties: int
    losses: int
    rank_biserial: float  # -1: every person speaks for the second run; 1: for the first
    cohens_d: float | None  # in standard deviations between people, > 0 for the first; None: not defined


def paired(
    first: Sequence[float],
    second: Sequence[float],
    people: Sequence[str],
    *,
    better: Direction,
    tie: float = 0.0,
) -> Paired:
    """Compare two runs' values of one metric; image i has first[i] and second[i] and shows people[i].

    Images tie when their values differ by no more than `tie`; two infinite values are equal.
    Raises ValueError for no image, a value that is not a number, or lists of different length.
    """
    if not first or not len(first) == len(second) == len(people):
        raise ValueError(f"{len(first)} and {len(second)} values of {len(people)} people are no pairs.")
    differences = differences_of(first, second)
    if any(math.isnan(difference) for difference in differences):
        raise ValueError("A value is not a number.")
    mean = total(differences) / len(differences)
    low, high = mean_interval(differences, people)
    sign = 1.0 if better == "higher" else -1.0
    gains = _of_people([sign * difference for difference in differences], people)
    wins = sum(sign * difference > tie for difference in differences)
    losses = sum(sign * difference < -tie for difference in differences)
    return Paired(
        images=len(differences),
        people=len(gains),
        first_mean=total(first) / len(first),
        second_mean=total(second) / len(second),
        difference=None if math.isnan(mean) else mean,
        low=low,
        high=high,
        p=signed_rank_p(gains),
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
        rank_biserial=rank_biserial(gains),
        cohens_d=cohens_d(gains),
    )


def differences_of(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """First minus second, image by image; two infinite values are equal."""
    return [0.0 if a == b else a - b for a, b in zip(first, second, strict=True)]


def _of_people(gains: Sequence[float], people: Sequence[str]) -> Floats:
    """The mean of each person's gains (P): one value each, so that they are independent.

    0 for a person who is infinitely better and infinitely worse: they speak for nobody.
    """
    sums, counts = by_person(gains, people)
    means = sums / counts
    return np.where(np.isnan(means), 0.0, means)


def signed_rank_p(gains: Floats) -> float:
    """Two-sided p of Wilcoxon's signed-rank test that gains are symmetric around 0 (Wilcoxon 1945).

    Zeros are left out; equal sizes share their mean rank. Up to 200 gains all 2ⁿ signs are counted, which is
    exact with equal sizes too; beyond, the sum of ranks is taken as normal, its variance that of the very
    ranks. 1 when no gain is left.
    """
    ranks, positive = _signed_ranks(gains)
    if not len(ranks):
        return 1.0
    sum_positive = ranks[positive].sum()
    if len(ranks) > _EXACT:
        z = abs(sum_positive - ranks.sum() / 2.0) / (0.5 * math.sqrt((ranks**2).sum()))
        return float(2.0 * ndtr(-z))
    chances = _chances_of_sums(np.rint(2.0 * ranks).astype(np.int64))  # mean ranks are halves at most
    place = round(2.0 * sum_positive)
    return float(min(1.0, 2.0 * min(chances[: place + 1].sum(), chances[place:].sum())))


def _signed_ranks(gains: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Ranks of the sizes of the gains that are not 0, and which of these are positive."""
    gains = gains[gains != 0.0]
    return rankdata(np.abs(gains)), gains > 0.0


def _chances_of_sums(ranks: Ints) -> Floats:
    """The chance of each sum 0, 1, ... Σ ranks, when each whole rank is in it or not as a coin falls."""
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0] = 1.0
    for rank in ranks:
        chances[rank:] = 0.5 * (chances[rank:] + chances[:-rank])
        chances[:rank] *= 0.5
    return chances


def rank_biserial(gains: Floats) -> float:
    """The matched-pairs rank-biserial correlation: the sum of ranks for, less that against, by that of all.

    Kerby 2014: -1 to 1; 0 when nothing differs.
    """
    ranks, positive = _signed_ranks(gains)
    return float((ranks[positive].sum() - ranks[~positive].sum()) / ranks.sum()) if len(ranks) else 0.0


def cohens_d(gains: Floats) -> float | None:
    """Cohen's d_z: the mean gain in standard deviations of gains, n - 1 below (Lakens 2013).

    None for fewer than two people, gains that are all the same, or an infinite one.
    """
    if len(gains) < 2 or not np.isfinite(gains).all() or np.ptp(gains) == 0.0:
        return None
    return float(gains.mean() / gains.std(ddof=1))


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for how many there are, in their order (Holm 1979).

    The k-th smallest of m is multiplied by m - k + 1; none gets smaller than the one before, nor above 1.
    """
    corrected, largest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        corrected[i] = largest
    return corrected
