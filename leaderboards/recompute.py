"""Scores made again from the values of single images: to prove published numbers, and to take them apart."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final, get_args

import pandas as pd

from bfrbench.benchmark.metrics.metric import Metric, SetMetric
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.statistics import summarise
from bfrbench.benchmark.statistics.jackknife import jackknife
from bfrbench.types import Entry, Score, State

_OF_FILES: Final = ("missing", "unreadable", "wrong_size", "restorer_error")
"""States of an image that is not there for any metric."""

_NUMBERS: Final = ("n", "expected", "mean", "median", "p5", "p95")
_TOLERANCE: Final = 1e-9  # relative: one machine's last digits are not another's
_OF_WIDTH: Final = 0.01  # of an interval: a resample that ties with the mean by chance may tie no more


def known_metric(name: str) -> Metric | None:
    """The table's row of a metric; of `fid/clean@NAME`, against one's own reference, that of fid/clean."""
    return METRICS.get(name) or METRICS.get(name.rpartition("@")[0])


def recompute(score: Score, rows: pd.DataFrame, without: Mapping[str, float]) -> Score:
    """A score with all numbers that follow from its images' rows, and from its values without each person.

    rows: those of its metric in scores.parquet. The value of a metric of sets follows from no table; its
    interval does.
    """
    good = rows[rows["state"] == "ok"]
    valued = good[good["value"].notna()]
    blank = replace(
        score, n=len(good), expected=len(rows), median=None, p5=None, p95=None, low=None, high=None
    )
    if len(valued):
        return replace(blank, **asdict(summarise(valued["value"].tolist(), valued["person_id"].tolist())))
    if score.mean is None:
        return replace(blank, n=0)
    if len(without) < 2:
        return blank
    metric, found = known_metric(score.metric), jackknife(score.mean, without)
    least, most = metric.bounds if isinstance(metric, SetMetric) else (-math.inf, math.inf)
    return replace(blank, low=max(least, found.low), high=min(most, found.high))


def changed(score: Score, again: Score) -> Iterator[str]:
    """What a score says and what its images' values give, where these differ."""
    width = 0.0 if again.low is None or again.high is None else again.high - again.low
    reach = _OF_WIDTH * width if math.isfinite(width) else 0.0
    for number, tolerance in (*((number, 0.0) for number in _NUMBERS), ("low", reach), ("high", reach)):
        said, found = getattr(score, number), getattr(again, number)
        if not _same(said, found, tolerance):
            yield f"its {number} is {_text(said)}, and the values of its images give {_text(found)}"


def _same(said: float | None, found: float | None, tolerance: float) -> bool:
    if said is None or found is None:
        return said is found
    return said == found or math.isclose(said, found, rel_tol=_TOLERANCE, abs_tol=max(tolerance, 1e-12))


def _text(value: float | None) -> str:
    return "not there" if value is None else f"{value:.10g}"


def image_states(rows: pd.DataFrame) -> dict[str, int]:
    """How many images are in which state, from the rows of all metrics."""
    of_image = rows.groupby("name")["state"].agg(["nunique", "first"])
    failed = (of_image["nunique"] == 1) & of_image["first"].isin(_OF_FILES)
    counts = Counter(of_image["first"].where(failed, "ok"))
    return {state: counts[state] for state in get_args(State) if counts[state]}


def people_scored(rows: pd.DataFrame) -> int:
    """How many people have a value, or take part in one of a set."""
    return int(rows.loc[rows["state"] == "ok", "person_id"].nunique())


def of_slice(entry: Entry, rows: pd.DataFrame, names: Collection[str]) -> Entry:
    """An entry over some of its images: without metrics of sets, which are of the whole set alone."""
    part = rows[rows["name"].isin(names)]
    by_metric = dict(iter(part.groupby("metric")))
    of_images = set(rows.loc[rows["value"].notna(), "metric"])
    scores = tuple(
        replace(again, reason=score.reason if again.n < again.expected else "")
        for score in entry.scores
        if score.metric in of_images and score.metric in by_metric
        for again in [_of_images(score, by_metric[score.metric])]
    )
    return replace(entry, scores=scores, states=image_states(part), people=people_scored(part))


def _of_images(score: Score, rows: pd.DataFrame) -> Score:
    """The score of a metric of single images on a part of them, which may have no value at all."""
    return recompute(score if rows["value"].notna().any() else replace(score, mean=None), rows, {})
