"""A metric as a curve over severity: its mean at each level, and the area under the curve as one number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bfrbench.benchmark.statistics.bootstrap import Floats, Ints, bca, draws, total
from bfrbench.benchmark.statistics.summary import mean_interval


@dataclass(frozen=True, slots=True)
class Point:
    """The mean at one level, with its 95 % interval (None: fewer than two people)."""

    level: float
    mean: float
    low: float | None
    high: float | None
    images: int
    people: int


@dataclass(frozen=True, slots=True)
class Area:
    """The area under a curve over the width of its levels: a mean over levels, in the metric's own unit."""

    value: float
    low: float | None  # its 95 % interval; None: fewer than two people at some level
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric over severity; levels ascend."""

    points: tuple[Point, ...]
    area: Area


def curve(values: Sequence[float], people: Sequence[str], levels: Sequence[float]) -> Curve:
    """The curve of one run and metric; image i has values[i], shows people[i] and was degraded at levels[i].

    Raises ValueError for lists of different length, fewer than two levels, or what is not a number.
    """
    if not len(values) == len(people) == len(levels):
        raise ValueError(f"{len(values)} values, {len(people)} people, {len(levels)} levels are no curve.")
    points = tuple(_point(level, values, people, levels) for level in sorted(set(levels)))
    return Curve(points, area(values, people, levels))


def _point(level: float, values: Sequence[float], people: Sequence[str], levels: Sequence[float]) -> Point:
    here = [i for i, its_level in enumerate(levels) if its_level == level]
    own, whose = [values[i] for i in here], [people[i] for i in here]
    low, high = mean_interval(own, whose)
    return Point(level, total(own) / len(own), low, high, len(own), len(set(whose)))


def area(values: Sequence[float], people: Sequence[str], levels: Sequence[float]) -> Area:
    """The area under the means by the trapezoid rule, divided by the range of the levels.

    The interval is as that of a mean (BCa, people resampled, each with their images at all levels). Give
    the differences of two runs' values to get the paired difference of their areas. Infinite or without an
    interval where a mean is. Raises ValueError for fewer than two levels, or what is not a number.
    """
    if any(math.isnan(number) for number in (*values, *levels)):
        raise ValueError("A value or level is not a number.")
    steps = sorted(set(levels))
    if len(steps) < 2:
        raise ValueError(f"A curve needs two levels or more, not {len(steps)}.")
    widths, at = trapezoid(steps), {level: place for place, level in enumerate(steps)}
    sums, counts = _by_person_and_level(values, people, [at[level] for level in levels])
    value = float(_means(sums.sum(axis=0), counts.sum(axis=0)) @ widths)
    if math.isinf(value) or math.isnan(value) or (counts > 0.0).sum(axis=0).min() < 2:
        return Area(value, None, None)
    without = _means(sums.sum(axis=0) - sums, counts.sum(axis=0) - counts) @ widths
    resampled = np.concatenate(
        [_means(_drawn_sums(sums, drawn), _drawn_sums(counts, drawn)) @ widths for drawn in draws(len(sums))]
    )
    return Area(value, *bca(resampled[~np.isnan(resampled)], value, without))


def trapezoid(levels: Sequence[float]) -> Floats:
    """What each of L ascending levels weighs in the area; together 1."""
    gaps = np.diff(np.asarray(levels, dtype=np.float64))
    weights: Floats = (np.append(gaps, 0.0) + np.append(0.0, gaps)) / (2.0 * gaps.sum())
    return weights


def _drawn_sums(of: Floats, drawn: Ints) -> Floats:
    """P×L numbers of people, summed over those drawn, m×P: m×L."""
    return np.stack([level[drawn].sum(axis=1) for level in of.T], axis=1)


def _by_person_and_level(
    values: Sequence[float], people: Sequence[str], places: Sequence[int]
) -> tuple[Floats, Floats]:
    """Sum and number of each person's values at each level, P×L each, people in the order of their ids."""
    row = {person: number for number, person in enumerate(sorted(set(people)))}
    of: dict[tuple[int, int], list[float]] = {}
    for value, person, place in zip(values, people, places, strict=True):
        of.setdefault((row[person], place), []).append(value)
    sums, counts = np.zeros((2, len(row), max(places) + 1))
    for cell, own in of.items():
        sums[cell], counts[cell] = total(own), len(own)
    return sums, counts


def _means(sums: Floats, counts: Floats) -> Floats:
    """Sums over counts; NaN where nobody has a value."""
    with np.errstate(invalid="ignore"):
        means: Floats = sums / counts
    return means
