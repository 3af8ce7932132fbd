"""What `score` wrote, read back to be compared: a run's entry and the values behind it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from bfrbench.errors import InputError
from bfrbench.files import few, read_json, read_parquet
from bfrbench.types import Entry, Score

SCORES_JSON: Final = "scores.json"
SCORES_PARQUET: Final = "scores.parquet"
SETS_PARQUET: Final = "sets.parquet"

_OF_IMAGES = ("name", "person_id", "metric", "value")
_OF_SETS = ("metric", "person_id", "value_without")


@dataclass(frozen=True, slots=True)
class RunScores:
    """A run's scores."""

    entry: Entry
    people: Mapping[str, str]  # whom each image shows
    values: pd.DataFrame  # image names × metrics; NaN where an image has no value
    without: Mapping[str, Mapping[str, float]]  # set metric: its value without each person, where known

    @property
    def name(self) -> str:
        """The restorer's name."""
        return self.entry.restorer

    def score(self, metric: str) -> Score | None:
        """The score of a metric, where the run has a value."""
        scores = (score for score in self.entry.scores if score.metric == metric)
        return next((score for score in scores if score.mean is not None), None)

    def is_of_images(self, metric: str) -> bool:
        """Whether single images have values of the metric."""
        return metric in self.values and bool(self.values[metric].notna().any())


def open_scores(place: Path) -> RunScores:
    """Read scores from the folder that `score` wrote into, or that folder's scores.json.

    Of a run that was scored by chosen metrics or another protocol alone, the scores of those, if of one only.
    Raises InputError when a file is missing, is not what it should be, or does not belong to the other.
    """
    folder = _folder(place)
    entry = read_json(folder / SCORES_JSON, Entry, "the scores of a run")
    if not (folder / SCORES_PARQUET).is_file():
        raise InputError(f"{folder} has no {SCORES_PARQUET}: only scores of single images can be compared.")
    rows = _read_table(folder / SCORES_PARQUET, _OF_IMAGES)
    if rows.duplicated(["name", "metric"]).any():
        raise InputError(f"{folder / SCORES_PARQUET} has more than one value of an image and metric.")
    scores = RunScores(
        entry=entry,
        people=dict(zip(rows["name"], rows["person_id"], strict=True)),
        values=rows.pivot(index="name", columns="metric", values="value").sort_index(),
        without=_read_without(folder / SETS_PARQUET),
    )
    if wrong := [score.metric for score in entry.scores if not _is_mean_of(score, scores)]:
        raise InputError(
            f"{folder}: {SCORES_PARQUET} does not hold the values that {SCORES_JSON} sums up ({few(wrong)}). "
            "Score the run again."
        )
    return scores


def _folder(place: Path) -> Path:
    folder = place if place.is_dir() else place.parent
    if (folder / SCORES_JSON).is_file():
        return folder
    others = sorted(path.parent for path in folder.glob(f"scores/*/{SCORES_JSON}"))
    if len(others) > 1:
        raise InputError(
            f"{place} holds scores of several kinds, none of them the default: name one of the folders "
            f"{few([str(other) for other in others], 3)}."
        )
    if not others:
        raise InputError(f"{place} holds no {SCORES_JSON}; make it with `bfrbench score`.")
    return others[0]


def _read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    rows = read_parquet(path, "scores")
    if absent := [column for column in columns if column not in rows]:
        raise InputError(f"{path} is not what `bfrbench score` writes: it has no column {few(absent)}.")
    return rows


def _read_without(path: Path) -> dict[str, dict[str, float]]:
    if not path.is_file():
        return {}
    without: dict[str, dict[str, float]] = {}
    rows = _read_table(path, _OF_SETS)
    for metric, person, value in zip(*(rows[column] for column in _OF_SETS), strict=True):
        without.setdefault(metric, {})[person] = float(value)
    return without


def _is_mean_of(score: Score, scores: RunScores) -> bool:
    """Whether an entry's mean is that of the images' values; nothing to compare counts as yes."""
    if score.mean is None or not scores.is_of_images(score.metric):
        return True
    values = scores.values[score.metric].dropna()
    return len(values) == score.n and math.isclose(score.mean, values.mean(), rel_tol=1e-9, abs_tol=1e-12)


def check_comparable(entries: Sequence[Entry]) -> None:
    """Raise InputError, naming what differs and between whom, unless entries may stand side by side.

    They share the data set (by sha256), the protocol, and the version, direction and judges of every metric.
    """
    facts: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        for what, value in _facts(entry):
            facts.setdefault(what, {}).setdefault(value, []).append(entry.restorer)
    mixed = [
        f"{what} ({'; '.join(f'{value}: {few(names)}' for value, names in sorted(values.items()))})"
        for what, values in facts.items()
        if len(values) > 1
    ]
    if mixed:
        raise InputError(
            f"These scores cannot be compared, for they differ in {'; in '.join(mixed)}. "
            "Score all of them against one data set, under one protocol, with one version of bfrbench."
        )


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "the data set's sha256", entry.dataset_sha256[:12]
    yield "the protocol", entry.protocol
    for score in entry.scores:
        yield f"the version of {score.metric}", str(score.version)
        yield f"the better direction of {score.metric}", score.better
    for judge, sha256 in entry.judge_weights_sha256.items():
        yield f"the weights of the judge {judge}", sha256[:12]
