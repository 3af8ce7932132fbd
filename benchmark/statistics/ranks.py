"""Ranks of several restorers on the same images, with intervals, and one order out of many metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from bfrbench.benchmark.statistics.bootstrap import LEVEL, Floats, by_person, resampled_means, total, widened
from bfrbench.benchmark.statistics.summary import mean_interval
from bfrbench.types import Direction

_SIGN: Mapping[Direction, float] = {"higher": 1.0, "lower": -1.0}


def variants_of(metric: str) -> str:
    """The family of a metric, whose variants share one vote: `psnr` of `psnr/rgb`."""
    return metric.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Rank:
    """A restorer's place by one metric: 1 is the best, and equal means share the better place."""

    place: int
    best: int  # the places that it may have, for all that these people can tell
    worst: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A restorer's place by several metrics together."""

    borda: float  # how many others it is ahead of, on average over families of metrics; ties count half
    place: int
    best: int  # the places that it gets when any one family of metrics is left out
    worst: int


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often a restorer's image beats another's of the same face, 0..1, with the 95 % interval."""

    rate: float
    low: float | None  # None: fewer than two people
    high: float | None


def ranks(
    values: Mapping[str, Sequence[float]], people: Sequence[str], *, better: Direction
) -> dict[str, Rank]:
    """Rank restorers by their means; values[restorer][i] is of image i, which shows people[i].

    A restorer may have every place from 1 + how many are surely better to K - how many are surely worse
    (Mogstad, Romano, Shaikh, Wilhelm 2024, section 3). Surely: the difference of the two means is further
    from 0 than the bootstrap's 95 % quantile of the largest of all such differences' errors, each in its
    standard errors, people resampled jointly. So all places of the table hold together with 95 %,
    however many restorers are close, which quantiles of resampled ranks do not.
    """
    means = np.array([_SIGN[better] * total(own) / len(own) for own in values.values()])
    ahead = _surely_ahead(values, means, people)
    return {
        name: Rank(
            place=1 + int((means > means[j]).sum()),
            best=1 + int(ahead[:, j].sum()),
            worst=len(means) - int(ahead[j].sum()),
        )
        for j, name in enumerate(values)
    }


def _surely_ahead(
    values: Mapping[str, Sequence[float]], means: Floats, people: Sequence[str]
) -> NDArray[np.bool_]:
    """K×K: whether the mean of j is surely better than that of k. `means` are the higher the better."""
    finite = np.isfinite(means)
    ahead = (means[:, None] > means) & ~(finite[:, None] & finite)  # an infinite mean is surely apart
    units = len(set(people))
    if finite.sum() < 2 or units < 2:
        return ahead
    finite_values = [own for own, is_finite in zip(values.values(), finite, strict=True) if is_finite]
    resampled = np.stack([resampled_means(*by_person(own, people)) for own in finite_values])
    # the errors of means have no direction: it does not matter here which way is better
    differences = resampled[:, None] - resampled  # K×K×RESAMPLES
    errors = differences.std(axis=2, keepdims=True)
    shifts = np.abs(differences - differences.mean(axis=2, keepdims=True))
    studentised = np.divide(shifts, errors, out=np.zeros_like(shifts), where=errors > 0.0)
    reach = np.quantile(studentised.max(axis=(0, 1)), LEVEL) * _more_for_few(units) * errors[:, :, 0]
    own = means[finite]
    ahead[np.ix_(finite, finite)] = own[:, None] - own > reach
    return ahead


def _more_for_few(people: int) -> float:
    """By how much intervals widen for few people, as those of means do."""
    return widened(people) / float(ndtri(0.5 + LEVEL / 2.0))


def standings(
    means: Mapping[str, Mapping[str, float]],
    *,
    better: Mapping[str, Direction],
    family: Callable[[str], str] = variants_of,
) -> dict[str, Standing]:
    """Order restorers by Borda's count; means[metric][restorer], every metric with the same restorers.

    By each metric a restorer gets a point for every other that it is ahead of, half a one for a tie.
    Points are averaged over the variants of a family, then over families, so that three kinds of PSNR have
    one vote. Raises ValueError for no metric.
    """
    if not means:
        raise ValueError("No order comes out of no metric.")
    names = list(next(iter(means.values())))
    votes: dict[str, list[Floats]] = {}
    for metric, of in means.items():
        points = rankdata([_SIGN[better[metric]] * of[name] for name in names]) - 1.0
        votes.setdefault(family(metric), []).append(points)
    families = np.array([np.mean(points, axis=0) for points in votes.values()])
    points = families.mean(axis=0)
    # one family alone cannot be left out
    kept = [np.arange(len(families)) != i for i in range(len(families)) if len(families) > 1]
    places = np.array([_places(families[rest].mean(axis=0)) for rest in kept] or [_places(points)])
    return {
        name: Standing(
            borda=float(points[j]),
            place=int(_places(points)[j]),
            best=int(places[:, j].min()),
            worst=int(places[:, j].max()),
        )
        for j, name in enumerate(names)
    }


def _places(points: Floats) -> NDArray[np.int64]:
    """Places as in sports, 1, 1, 3; errors of rounding do not decide."""
    rounded = np.round(points, 9)
    places: NDArray[np.int64] = 1 + (rounded > rounded[:, None]).sum(axis=1)
    return places


def win_rates(
    values: Mapping[str, Mapping[str, Sequence[float]]],
    people: Sequence[str],
    *,
    better: Mapping[str, Direction],
    ties: Mapping[str, float],
    family: Callable[[str], str] = variants_of,
) -> dict[str, WinRate]:
    """How often each restorer wins; values[metric][restorer][i] is of image i, NaN where there is none.

    On every image and by every metric a restorer meets every other: 1 for a win, ½ for a tie (values
    that differ by no more than ties[metric]), 0 for a loss; no value loses to a value, and two of none do
    not meet. The mean is over opponents, variants, families, images in turn.
    """
    if not values:
        return {}
    names = list(next(iter(values.values())))
    shares: dict[str, list[Floats]] = {}
    for metric, of in values.items():
        signed = _SIGN[better[metric]] * np.array([of[name] for name in names])
        shares.setdefault(family(metric), []).append(_shares(signed, ties[metric]))
    of_families = [_mean_of_known(np.array(own)) for own in shares.values()]
    rates = {}
    for name, own in zip(names, _mean_of_known(np.array(of_families)), strict=True):
        known = ~np.isnan(own)
        if known.any():
            mine = own[known].tolist()
            whose = [person for person, is_known in zip(people, known, strict=True) if is_known]
            rates[name] = WinRate(total(mine) / len(mine), *mean_interval(mine, whose))
    return rates


def _shares(values: Floats, tie: float) -> Floats:
    """K×n: the share of opponents that each of K values beats on each of n images; higher is better."""
    has = ~np.isnan(values)
    with np.errstate(invalid="ignore"):  # two infinite values are equal
        lead = values[:, None] - values  # K×K×n
    beats = (lead > tie) | (has[:, None] & ~has)
    loses = np.swapaxes(beats, 0, 1)
    met = (has[:, None] | has) & ~np.eye(len(values), dtype=bool)[:, :, None]
    points = np.where(met, 0.5 + 0.5 * beats - 0.5 * loses, np.nan)
    return _mean_of_known(np.swapaxes(points, 0, 1))


def _mean_of_known(values: Floats) -> Floats:
    """The mean over the first axis of what is not NaN; NaN where nothing is known."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean
