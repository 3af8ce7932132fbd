"""Read what `score` wrote: a run's entry, and the score of each image behind it."""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from bfrbench.errors import InputError
from bfrbench.files import few, read_json, read_parquet
from bfrbench.types import Entry, Score, State

SCORES_JSON = "scores.json"
SCORES_PARQUET = "scores.parquet"
_COLUMNS = ["name", "metric", "value", "state", "message"]


@dataclass(frozen=True, slots=True)
class ImageScore:
    """One metric on one image: a value, or the state that says why there is none."""

    value: float | None
    state: str
    message: str


def read_entry(path: Path) -> Entry:
    """Read an entry from a scores folder, from a run folder that holds scores.json, or from the JSON itself.

    Raises InputError for a file that is missing, is no entry, or contradicts itself.
    """
    file = _scores_json(path)
    entry = read_json(file, Entry, "the scores of a run")
    if wrong := contradiction(entry):
        raise InputError(f"{file} is not the scores of a run: {wrong}.")
    return entry


def read_image_scores(
    path: Path, names: Collection[str], metrics: Collection[str]
) -> dict[tuple[str, str], ImageScore]:
    """Read the scores of some images, as {(image name, metric): score}, from the place of an entry.

    Empty when no scores.parquet lies beside the entry: an entry in git travels without it.
    """
    file = _scores_json(path).with_name(SCORES_PARQUET)
    if not file.is_file():
        return {}
    rows = read_parquet(file, "the scores of single images")
    if absent := [column for column in _COLUMNS if column not in rows]:
        raise InputError(f"{file} is not the scores of single images: it has no column {few(absent)}.")
    rows = rows[rows["name"].isin(names) & rows["metric"].isin(metrics)]
    columns = (rows[column].tolist() for column in _COLUMNS)
    return {
        (name, metric): ImageScore(_number(value), state, message or "")
        for name, metric, value, state, message in zip(*columns, strict=True)
    }


def _scores_json(path: Path) -> Path:
    """The entry's file, for a folder or the file itself."""
    if not path.is_dir():
        return path
    if not (path / SCORES_JSON).is_file():
        raise InputError(f"{path} holds no {SCORES_JSON}; make it with `bfrbench score`.")
    return path / SCORES_JSON


def contradiction(entry: Entry) -> str:
    """What no schema can see: numbers and names that cannot be true together; '' when all is well."""
    metrics = [score.metric for score in entry.scores]
    if len(set(metrics)) < len(metrics):
        return f"it holds {few(metric for metric, n in Counter(metrics).items() if n > 1)} more than once"
    if unknown := sorted(set(entry.states) - set(get_args(State))):
        return f"states: nobody knows the state {few(unknown)}"
    if min(entry.states.values(), default=0) < 0 or entry.people < 0:
        return "it counts fewer than no images or people"
    if entry.status == "measured" and not (entry.dataset_sha256 and entry.run_sha256):
        return "a measured entry names the sha256 of its data set and run"
    return next(filter(None, map(_contradiction_of_score, entry.scores)), "")


def _contradiction_of_score(score: Score) -> str:
    if not 0 <= score.n <= score.expected:
        return f"{score.metric}: {score.n} of {score.expected} images have a value"
    numbers = (score.mean, score.median, score.p5, score.p95, score.low, score.high)
    if any(value is not None and math.isnan(value) for value in numbers):
        return f"{score.metric}: a value is not a number"
    if score.low is not None and score.high is not None and score.low > score.high:
        return f"{score.metric}: the interval [{score.low}, {score.high}] ends before it starts"
    return ""


def _number(value: float | None) -> float | None:
    """Parquet's way to say "no value" is NaN or null; ours is None. Infinity is a value."""
    return None if value is None or math.isnan(value) else float(value)
