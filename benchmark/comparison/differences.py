"""Every pair of runs by every metric: the difference, what it rests on, and what may be said of it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

import pandas as pd

from bfrbench.benchmark.comparison.question import PERSON, Question
from bfrbench.benchmark.open_scores import RunScores
from bfrbench.benchmark.statistics.bootstrap import LEVEL
from bfrbench.benchmark.statistics.jackknife import jackknife_difference
from bfrbench.benchmark.statistics.paired import holm, paired
from bfrbench.types import Direction, Score

Verdict = Literal["better", "perhaps better", "same", "unclear", "perhaps worse", "worse", "incomplete"]
"""What may be said of the first run against the second.

better, worse: the interval leaves out 0, and the test agrees after Holm's correction; perhaps: the interval
alone; same: no image differs; incomplete: the one that leads has no value on images that the other has.
"""

_RARE: Final = 1.0 - LEVEL


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two runs, over all images or a slice of them. Differences are first minus second."""

    metric: str
    better: Direction
    first: str  # restorer
    second: str
    slice: str  # its label; "": all images
    images: int  # that both have a value of
    people: int  # independent units among them
    first_only: int = 0  # images that only the first has a value of: they are among its wins
    second_only: int = 0  # and these among its losses
    first_mean: float | None = None  # over the images that both have
    second_mean: float | None = None
    difference: float | None = None
    low: float | None = None  # its 95 % interval
    high: float | None = None
    p: float | None = None  # Wilcoxon over people; of set metrics, t of the paired jackknife
    p_holm: float | None = None  # corrected for all p values of this comparison
    wins: int | None = None  # images for the first run; None: single images have no values
    ties: int | None = None
    losses: int | None = None
    rank_biserial: float | None = None
    cohens_d: float | None = None
    verdict: Verdict = "unclear"
    reason: str = ""  # why something is not known


def differences(question: Question) -> tuple[Difference, ...]:
    """Every pair by every metric, in every slice; p values are corrected for all of them together."""
    rows = list(_rows(question))
    places = [place for place, row in enumerate(rows) if row.p is not None]
    corrected = holm([row.p for row in rows if row.p is not None])
    for place, p in zip(places, corrected, strict=True):
        rows[place] = replace(rows[place], p_holm=p)
    return tuple(replace(row, verdict=_verdict(row)) for row in rows)


def _rows(question: Question) -> Iterator[Difference]:
    every = {score.metric: question.values(score.metric) for score in question.scores}
    for first, second in question.pairs:
        for score in question.scores:
            values = every[score.metric]
            if first.score(score.metric) is None or second.score(score.metric) is None:
                continue  # the question's gaps say so
            if not values.empty:
                pair = values[[first.name, second.name]]
                for part in question.slices:
                    yield _of_images(pair.loc[sorted(part.names)], score, question, part.label)
                if not question.slices:
                    yield _of_images(pair, score, question, "")
            elif not question.slices:
                yield _of_sets(first, second, score, question.unit)


def _of_images(pair: pd.DataFrame, score: Score, question: Question, label: str) -> Difference:
    """A metric that single images have; a column of values for each of the two runs."""
    both = pair.dropna()
    first_only, second_only = (
        int((pair.iloc[:, one].notna() & pair.iloc[:, 1 - one].isna()).sum()) for one in (0, 1)
    )
    row = Difference(
        metric=score.metric,
        better=score.better,
        first=str(pair.columns[0]),
        second=str(pair.columns[1]),
        slice=label,
        images=len(both),
        people=0,
        first_only=first_only,
        second_only=second_only,
        wins=first_only,
        ties=0,
        losses=second_only,
        reason="No image has a value in both runs.",
    )
    if both.empty:
        return row
    ours, theirs = (both[name].tolist() for name in pair.columns)
    units, tie = question.units_of(both.index), question.ties[score.metric]
    found = paired(ours, theirs, units, better=score.better, tie=tie)
    known = {field.name: getattr(found, field.name) for field in fields(found)}
    counts = {"wins": found.wins + first_only, "losses": found.losses + second_only}
    return replace(
        row, **known | counts, reason="" if found.low is not None else "No interval: fewer than two people."
    )


def _of_sets(first: RunScores, second: RunScores, score: Score, unit: str) -> Difference:
    """A metric that only a set has: the paired jackknife where the values without each person are known."""
    a, b = first.score(score.metric), second.score(score.metric)
    if a is None or b is None or a.mean is None or b.mean is None:
        raise ValueError(f"{score.metric} has no value in both runs.")
    row = Difference(
        metric=score.metric,
        better=score.better,
        first=first.name,
        second=second.name,
        slice="",
        images=min(a.n, b.n),
        people=0,
        first_mean=a.mean,
        second_mean=b.mean,
    )
    if not a.n == b.n == a.expected == b.expected:
        few = f"It is over {a.n} of {a.expected} images of {first.name} and {b.n} of {second.name}"
        return replace(row, reason=f"{few}: distances of sets depend on which images they hold.")
    row = replace(row, difference=a.mean - b.mean)
    if unit != PERSON:
        return replace(
            row, reason=f"No interval by {unit}: what is known are its values without each person."
        )
    ours, theirs = first.without.get(score.metric, {}), second.without.get(score.metric, {})
    if ours.keys() != theirs.keys() or len(ours) < 2:
        return replace(row, reason="No interval: the scores lack its values without each person.")
    found = jackknife_difference(a.mean, ours, b.mean, theirs)
    return replace(row, people=found.people, low=found.low, high=found.high, p=found.p)


def _verdict(row: Difference) -> Verdict:
    if row.difference is None or row.low is None or row.high is None:
        return "unclear"
    if row.difference == row.low == row.high == 0.0 and not row.first_only and not row.second_only:
        return "same"
    if row.low <= 0.0 <= row.high:
        return "unclear"
    leads = (row.difference > 0.0) == (row.better == "higher")
    if row.second_only if leads else row.first_only:
        return "incomplete"
    agrees = row.rank_biserial is None or (row.rank_biserial > 0.0) == leads
    if row.p_holm is not None and row.p_holm < _RARE and agrees:
        return "better" if leads else "worse"
    return "perhaps better" if leads else "perhaps worse"
