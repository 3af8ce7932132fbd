"""All runs in one order: places by each metric, and by all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bfrbench.benchmark.comparison.question import Question
from bfrbench.benchmark.statistics.ranks import Rank, Standing, WinRate, ranks, standings, win_rates
from bfrbench.types import Score


@dataclass(frozen=True, slots=True)
class MetricRanks:
    """The places of all restorers by one metric, over all images that any of them has a value of.

    One that lacks some of these takes no place: nobody gains by a missing image.
    """

    metric: str
    images: int
    places: Mapping[str, Rank]  # by restorer


@dataclass(frozen=True, slots=True)
class Orders:
    """The places of several restorers over all images."""

    ranks: tuple[MetricRanks, ...]  # by each metric that single images have
    standings: Mapping[str, Standing]  # by all metrics; of the restorers that lack nothing
    win_rates: Mapping[str, WinRate]  # by all metrics that single images have


def orders(question: Question) -> Orders:
    """Rank the runs of a question."""
    of_images = [score for score in question.scores if not question.values(score.metric).empty]
    ranked = tuple(_ranks(question, score) for score in of_images)
    return Orders(ranked, _standings(question, ranked), _win_rates(question, of_images))


def _ranks(question: Question, score: Score) -> MetricRanks:
    values = question.values(score.metric).dropna(how="all")
    whole = {str(name): values[name].tolist() for name in values.dropna(axis="columns").columns}
    places = ranks(whole, question.units_of(values.index), better=score.better)
    return MetricRanks(score.metric, len(values), places)


def _standings(question: Question, ranked: Sequence[MetricRanks]) -> Mapping[str, Standing]:
    """Borda's order of the restorers that have a place by every metric, and sets without gaps."""
    names = [run.name for run in question.runs if all(run.name in each.places for each in ranked)]
    of_images = {each.metric for each in ranked}
    means = {
        score.metric: {
            run.name: own.mean
            for run in question.runs
            if (own := run.score(score.metric)) and own.mean is not None
            if run.name in names and (score.metric in of_images or own.n == own.expected)
        }
        for score in question.scores
    }
    whole = [name for name in names if all(name in of for of in means.values())]
    if len(whole) < 2:
        return {}
    known = {metric: {name: of[name] for name in whole} for metric, of in means.items()}
    return standings(known, better={score.metric: score.better for score in question.scores})


def _win_rates(question: Question, scores: Sequence[Score]) -> Mapping[str, WinRate]:
    names = [run.name for run in question.runs]
    values = {score.metric: question.values(score.metric).reindex(columns=names) for score in scores}
    return win_rates(
        {metric: {name: table[name].tolist() for name in names} for metric, table in values.items()},
        question.units_of(sorted(question.units)),
        better={score.metric: score.better for score in scores},
        ties=question.ties,
    )
