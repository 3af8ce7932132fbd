"""The verb `compare`: is one restorer really better than another, by how much, and where?

All of it is a function of what `score` wrote, and of the data set's manifest where images are sliced; nothing
is computed from images. docs/statistics.md explains every number in words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bfrbench.benchmark.comparison.curves import Curves, curves
from bfrbench.benchmark.comparison.differences import Difference, differences
from bfrbench.benchmark.comparison.orders import Orders, orders
from bfrbench.benchmark.comparison.question import PERSON, Question, ask
from bfrbench.benchmark.statistics import LEVEL
from bfrbench.files import few


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that some runs' scores say against one another."""

    dataset: str
    protocol: str
    restorers: tuple[str, ...]
    images: int
    cluster: str  # the column whose values are the independent units
    clusters: int
    by: str  # the column that images are sliced by; "": they are not
    ties: Mapping[str, float]  # by metric: images that differ by no more are tied
    differences: tuple[Difference, ...]
    orders: Orders | None  # of three runs or more, over all images
    curves: Curves  # over the slices, where these are numbers
    notes: tuple[str, ...]  # what was left out or cannot be shown, and why


def compare(
    places: Sequence[Path],
    *,
    against: str = "",
    metrics: Collection[str] = (),
    by: str = "",
    data: Path | None = None,
    index: Path | None = None,
    cluster: str = PERSON,
    tie: Callable[[str], float] = lambda _: 0.0,
) -> Comparison:
    """Compare the scores in two or more folders, each with each, or each with the run `against`.

    `against` is a restorer's name or one of the folders. `metrics` are ids or families (all, if empty). `by`
    and `cluster` are columns of the data set `data`, and of the CSV `index` beside it (`read_factors`): what
    images are sliced by, and what is independent. Images tie when they differ by no more than tie(metric).
    p values are corrected for all comparisons that are returned.

    Raises InputError for scores that cannot be compared or a column that nobody knows, UnknownName for a
    metric or run that is not there.
    """
    question = ask(
        places, against=against, metrics=metrics, by=by, data=data, index=index, cluster=cluster, tie=tie
    )
    first, found = question.runs[0].entry, differences(question)
    return Comparison(
        dataset=first.dataset,
        protocol=first.protocol,
        restorers=tuple(run.name for run in question.runs),
        images=len(question.units),
        cluster=cluster,
        clusters=len(set(question.units.values())),
        by=by,
        ties=question.ties,
        differences=found,
        orders=orders(question) if len(question.runs) > 2 else None,
        curves=curves(question),
        notes=tuple(_notes(question, found)),
    )


def _notes(question: Question, found: Sequence[Difference]) -> Iterator[str]:
    """What no table shows: values that are not there, metrics that have no slices, too few people."""
    for run in question.runs:
        by_reason: dict[str, list[str]] = {}
        for score in run.entry.scores:
            if score.n < score.expected and score.metric in question.ties:
                share = f"{score.n} of {score.expected} images have a value"
                by_reason.setdefault(f"{share}: {score.reason or score.state}", []).append(score.metric)
        for reason, metrics in by_reason.items():
            yield f"{run.name}, {few(metrics)}: {reason}"
    valued = [score.metric for run in question.runs for score in run.entry.scores if score.mean is not None]
    every = dict.fromkeys(score.metric for run in question.runs for score in run.entry.scores)
    alone = [metric for metric in every if valued.count(metric) < 2]
    if alone and len(alone) + len(question.scores) == len(every):  # nothing was left out on purpose
        yield f"Not compared, for no two runs have a value: {', '.join(alone)}."
    whole = [score.metric for score in question.scores if question.values(score.metric).empty]
    if whole and question.slices:
        yield f"{few(whole)}: of the whole set, not of slices."
    people, tests = len(set(question.units.values())), sum(row.p is not None for row in found)
    least = tests * 2.0 ** (1 - people)
    if least > 1.0 - LEVEL:
        yield (
            f"{people} people are too few for {tests} comparisons at once: p (Holm) cannot fall below "
            f"{min(1.0, least):.2g}. Take more people, or fewer metrics with --metric."
        )
