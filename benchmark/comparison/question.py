"""What is compared with what: runs, metrics, independent units and slices, looked up and checked."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pandas as pd

from bfrbench.benchmark.factors import read_factors
from bfrbench.benchmark.open_scores import RunScores, check_comparable, open_scores
from bfrbench.benchmark.statistics.ranks import variants_of
from bfrbench.benchmark.statistics.slices import Slice, cut
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import few
from bfrbench.types import Score

PERSON: Final = "person_id"
"""The column of whom an image shows, which scores have themselves."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a comparison is a function of."""

    runs: tuple[RunScores, ...]
    pairs: tuple[tuple[RunScores, RunScores], ...]
    scores: tuple[Score, ...]  # one of each metric, for its id, direction and version
    units: Mapping[str, str]  # the independent unit, a person most often, of each image of the data set
    slices: tuple[Slice, ...]  # empty: the images are not sliced
    unit: str  # the column that these are of
    ties: Mapping[str, float]  # by metric: values that differ by no more are tied

    def values(self, metric: str) -> pd.DataFrame:
        """Every image's value by each run that has any: sorted names × restorers, NaN for none."""
        columns = {run.name: run.values[metric] for run in self.runs if run.is_of_images(metric)}
        return pd.DataFrame(columns, index=sorted(self.units))

    def units_of(self, names: Iterable[str]) -> list[str]:
        """The independent unit of each image."""
        return [self.units[name] for name in names]


def ask(
    places: Sequence[Path],
    *,
    against: str,
    metrics: Collection[str],
    by: str,
    data: Path | None,
    index: Path | None,
    cluster: str,
    tie: Callable[[str], float],
) -> Question:
    """Open what `compare` was given (see there), and raise its errors."""
    runs = _open(places)
    check_comparable([run.entry for run in runs])
    scores = _scores(runs, metrics)
    known = _known(runs, data, index)
    return Question(
        runs=runs,
        pairs=_pairs(runs, places, against),
        scores=scores,
        units={str(name): str(unit) for name, unit in _column(known, cluster, data).items()},
        unit=cluster,
        slices=cut(_column(known, by, data, whole=False)) if by else (),
        ties={score.metric: tie(score.metric) for score in scores},
    )


def _open(places: Sequence[Path]) -> tuple[RunScores, ...]:
    """The runs; those of one name are told apart by their folders."""
    if len({place.resolve() for place in places}) < max(2, len(places)):
        raise InputError("A comparison needs the scores of two different runs or more.")
    runs = [open_scores(place) for place in places]
    names = [run.name for run in runs]
    return tuple(
        run if names.count(run.name) == 1 else _renamed(run, f"{run.name} ({place})")
        for run, place in zip(runs, places, strict=True)
    )


def _renamed(run: RunScores, name: str) -> RunScores:
    return replace(run, entry=replace(run.entry, restorer=name))


def _pairs(
    runs: Sequence[RunScores], places: Sequence[Path], against: str
) -> tuple[tuple[RunScores, RunScores], ...]:
    """Each run with each later one; or every other with the one that `against` names."""
    if not against:
        return tuple(combinations(runs, 2))
    for run, place in zip(runs, places, strict=True):
        if against == run.name or Path(against).resolve() == place.resolve():
            return tuple((other, run) for other in runs if other is not run)
    raise UnknownName(f"No run is called {against!r}. There are: {', '.join(run.name for run in runs)}.")


def _scores(runs: Sequence[RunScores], metrics: Collection[str]) -> tuple[Score, ...]:
    """The first score of each metric that two runs or more have a value of, in the protocol's order."""
    every = [score for run in runs for score in run.entry.scores if score.mean is not None]
    found = {score.metric: score for score in reversed(every)}
    order = [score.metric for score in runs[0].entry.scores]
    ids = [metric for metric in order if metric in found and _owners(metric, runs) >= 2]
    if unknown := [name for name in metrics if not any(name in (id_, variants_of(id_)) for id_ in ids)]:
        raise UnknownName(f"Two of these runs have no {few(unknown)} in common. There are: {', '.join(ids)}.")
    if not ids:
        raise InputError("These runs have no metric in common: no image has a value.")
    chosen = [id_ for id_ in ids if not metrics or id_ in metrics or variants_of(id_) in metrics]
    return tuple(found[id_] for id_ in chosen)


def _owners(metric: str, runs: Sequence[RunScores]) -> int:
    return sum(run.score(metric) is not None for run in runs)


def _known(runs: Sequence[RunScores], data: Path | None, index: Path | None) -> pd.DataFrame:
    """What is known of each image, by name: at least, whom it shows."""
    people = {name: person for run in runs for name, person in run.people.items()}
    if data is None:
        if index is not None:
            raise InputError("An index tells of the images of a data set: name that too, with --data.")
        return pd.DataFrame({PERSON: people}).sort_index()
    card, known = read_factors(data, index)
    if card.manifest_sha256 != runs[0].entry.dataset_sha256:
        raise InputError(f"{data} is not the data set that these scores are of: {runs[0].entry.dataset}.")
    return known


def _column(known: pd.DataFrame, name: str, data: Path | None, *, whole: bool = True) -> "pd.Series[Any]":
    if name not in known.columns or name in ("landmarks", "recipe"):  # lists, and texts of their own each
        hint = "" if data else " Name the data set too, with --data: its manifest has more."
        columns = ", ".join(column for column in known.columns if column not in ("landmarks", "recipe"))
        raise InputError(f"No column is called {name!r}. There are: {columns}.{hint}")
    column = known[name]
    if whole and column.isna().any():
        raise InputError(f"{name} is not known of {int(column.isna().sum())} images: it cannot group them.")
    return column
