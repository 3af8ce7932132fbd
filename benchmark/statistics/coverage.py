"""How often intervals hold the truth, on made-up people whose truth is known.

python -m bfrbench.benchmark.statistics.coverage     # the table of docs/statistics.md, in some minutes
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bfrbench import seeds
from bfrbench.benchmark.statistics.bootstrap import Floats, Ints
from bfrbench.benchmark.statistics.jackknife import jackknife_difference, leave_one_out
from bfrbench.benchmark.statistics.paired import paired
from bfrbench.benchmark.statistics.ranks import ranks
from bfrbench.benchmark.statistics.severity import area
from bfrbench.benchmark.statistics.summary import mean_interval

PEOPLE = (10, 30, 100)

NOISE: Mapping[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda random, n: random.normal(size=n),
    "exponential": lambda random, n: random.exponential(size=n) - 1.0,
    "lognormal": lambda random, n: random.lognormal(size=n) - math.exp(0.5),
    "Student's t, 3 degrees": lambda random, n: random.standard_t(3, size=n),
}
"""What people are drawn from, mean 0."""

Trial = Callable[[np.random.Generator, int], bool]
"""Draws so many people, and says whether the interval of their images holds the truth."""


def mean_of(noise: str, random: np.random.Generator, people: int, *, clustered: bool = True) -> bool:
    """The interval of a mean; one to four images a person, alike but for a third of their spread."""
    owner, values = _images(noise, random, people)
    units = [str(i) for i in (owner if clustered else range(len(owner)))]
    return _holds(mean_interval(values.tolist(), units), 0.0)


def difference_of_means(noise: str, random: np.random.Generator, people: int) -> bool:
    """The interval of a paired difference of 0.2, under what both runs share."""
    owner, shared = _images("normal", random, people)
    gains = NOISE[noise](random, people)[owner] + 0.2
    found = paired((shared + gains).tolist(), shared.tolist(), [str(i) for i in owner], better="higher")
    return _holds((found.low, found.high), 0.2)


def area_difference(noise: str, random: np.random.Generator, people: int) -> bool:
    """The interval of an area under five levels, each with its own noise on top of the person's."""
    owner, level = np.repeat(np.arange(people), 5), np.tile(np.arange(1.0, 6.0), people)
    values = 0.1 * level + NOISE[noise](random, people)[owner] + 0.5 * NOISE[noise](random, len(owner))
    found = area(values.tolist(), [str(i) for i in owner], level.tolist())
    return _holds((found.low, found.high), 0.3)


def places_of_five(means: tuple[float, ...], random: np.random.Generator, people: int) -> bool:
    """The places of five restorers, all together: the true ones, or any that tied restorers may share."""
    shared = random.standard_t(3, size=people)
    values = {
        str(i): (mean + shared + random.standard_t(3, size=people)).tolist() for i, mean in enumerate(means)
    }
    found = ranks(values, [str(i) for i in range(people)], better="higher")
    return all(
        found[str(i)].best <= 1 + sum(other > mean for other in means)
        and found[str(i)].worst >= sum(other >= mean for other in means)
        for i, mean in enumerate(means)
    )


def frechet_difference(random: np.random.Generator, people: int) -> bool:
    """The paired jackknife of two Fréchet distances in 8 independent dimensions, truly 8 · 0.3² apart."""
    owner = np.repeat(np.arange(people), 2)
    hq = random.normal(size=(people, 8))[owner] + random.normal(size=(len(owner), 8))
    first, second = hq + 0.5, hq + 0.4 + random.normal(0.0, 0.1, hq.shape)
    truth = 8 * (0.5**2 - 0.4**2 - (math.sqrt(2.01) - math.sqrt(2.0)) ** 2)
    units = [str(i) for i in owner]
    sides = []
    for restored in (first, second):
        distance = partial(_diagonal_frechet, restored, hq)
        sides.append((distance(np.arange(len(owner))), leave_one_out(distance, units)))
    found = jackknife_difference(*sides[0], *sides[1])
    return _holds((found.low, found.high), truth)


def _diagonal_frechet(restored: Floats, hq: Floats, places: Ints) -> float:
    step = restored[places].mean(axis=0) - hq[places].mean(axis=0)
    spread = restored[places].std(axis=0, ddof=1) - hq[places].std(axis=0, ddof=1)
    return float((step**2).sum() + (spread**2).sum())


def _images(noise: str, random: np.random.Generator, people: int) -> tuple[NDArray[np.int64], Floats]:
    """Whom each image shows, and its value."""
    owner = np.repeat(np.arange(people), random.integers(1, 5, people))
    return owner, NOISE[noise](random, people)[owner] + random.normal(0.0, 1.0 / 3.0, len(owner))


def _holds(interval: tuple[float | None, float | None], truth: float) -> bool:
    low, high = interval
    return low is not None and high is not None and low <= truth <= high


def coverage(trial: Trial, people: int, trials: int) -> float:
    """The share of trials whose interval holds the truth."""
    random = seeds.generator(seeds.key(0, "coverage", people))
    return sum(trial(random, people) for _ in range(trials)) / trials


def trials_to_show() -> Iterator[tuple[str, str, Trial]]:
    """What is estimated, from what, and how one trial goes."""
    for noise in NOISE:
        yield "mean", noise, partial(mean_of, noise)
    yield "mean, as if images were independent", "normal", partial(mean_of, "normal", clustered=False)
    for noise in NOISE:
        yield "paired difference", noise, partial(difference_of_means, noise)
    for noise in NOISE:
        yield "area under a severity curve", noise, partial(area_difference, noise)
    yield "places of five equal restorers", "t, 3 degrees", partial(places_of_five, (0.0,) * 5)
    yield "places of five, two equal", "t, 3 degrees", partial(places_of_five, (0.0, 0.3, 0.3, 0.6, 2.0))
    yield "difference of Fréchet distances (jackknife)", "normal", frechet_difference


def main(trials: int = 1000) -> None:
    """Print the table, in Markdown."""
    print(f"| 95 % interval of | people drawn from | {' | '.join(f'{people} people' for people in PEOPLE)} |")
    print("|---|---|" + "---:|" * len(PEOPLE))
    for what, noise, trial in trials_to_show():
        cells = (f"{100 * coverage(trial, people, trials):.1f} %" for people in PEOPLE)
        print(f"| {what} | {noise} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
