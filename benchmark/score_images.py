"""What a worker does: read each pair's images once, and show them to every metric."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from bfrbench.benchmark.judges.code import code_sha256
from bfrbench.benchmark.judges.judge import Judge, NoFaceSeen, Picture
from bfrbench.benchmark.memory import Item, Known
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric, SetMetric, weights_of
from bfrbench.errors import UnreadableImage
from bfrbench.files import read_bytes, read_named, sha256_json
from bfrbench.types import Landmarks, Pair, State
from bfrbench.weights import WEIGHTS

Seen = tuple[str, str]
"""A person, and the key under which the features of one of their images are remembered."""


@dataclass(frozen=True, slots=True)
class Output:
    """What one restorer made of one pair."""

    file: Path | None
    sha256: str = ""  # of the file, when it was found
    absent: State = "missing"  # what it means that there is no file


@dataclass(frozen=True, slots=True)
class Task:
    """One pair to score, with every restorer's image of it."""

    pair: Pair
    hq: Path | None
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a worker gets: consecutive pairs, and what is remembered of their images."""

    tasks: Sequence[Task]
    known: Known = field(default_factory=Known)


@dataclass(frozen=True, slots=True)
class Row:
    """One metric on one image, as scores.parquet holds it."""

    name: str
    person_id: str
    metric: str
    value: float  # NaN: the state says why; or "ok", and the metric has a value for the whole set alone
    state: State
    message: str


@dataclass(slots=True)
class Scored:
    """One restorer's images of some pairs, in the pairs' order."""

    states: list[State] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    seen: dict[str, list[Seen]] = field(default_factory=dict)  # by metric, for metrics of sets


@dataclass(slots=True)
class Part:
    """What a worker found out about some pairs."""

    runs: list[Scored]
    hq: dict[str, list[Seen]] = field(default_factory=dict)  # by metric, for metrics of sets
    new: list[Item] = field(default_factory=list)  # to be remembered

    def take_in(self, later: Self) -> None:
        """Take in what was found out about the pairs that come after."""
        for mine, its in zip(self.runs, later.runs, strict=True):
            mine.states += its.states
            mine.rows += its.rows
            _append(mine.seen, its.seen)
        _append(self.hq, later.hq)


def _append(mine: dict[str, list[Seen]], its: Mapping[str, Sequence[Seen]]) -> None:
    for metric, seen in its.items():
        mine.setdefault(metric, []).extend(seen)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an image, or a metric on it, has no value."""

    state: State
    message: str


def keys_of(metrics: Sequence[Metric], tasks: Sequence[Task]) -> Iterator[str]:
    """All keys that scoring these pairs may ask for, of images as they were found: nothing is read."""
    for task in tasks:
        points, wanted = _points(task.pair), task.pair.hq_sha256
        hq = Picture(b"", "", points, sha256=wanted) if task.hq is not None and wanted else None
        if hq is not None:
            yield from _keys_of(metrics, hq, None)
        for output in task.outputs:
            if output.sha256:
                restored = Picture(b"", "", points, sha256=output.sha256)
                yield _key_of_whole(restored, hq)
                yield from _keys_of(metrics, restored, hq)


def _keys_of(metrics: Sequence[Metric], picture: Picture, hq: Picture | None) -> Iterator[str]:
    for metric in metrics:
        yield _key(metric, picture, hq)
        yield from (judge.key(picture) for judge in _judges(metric) if judge.kept)


def score_images(metrics: Sequence[Metric], unavailable: Mapping[str, str], chunk: Chunk) -> Part:
    """Score consecutive pairs of all restorers. Metrics that need HQ have no row where a pair has none.

    Raises InputError when an HQ image is missing, broken or not the one that the data set names.
    """
    known = chunk.known
    part = Part([Scored() for _ in chunk.tasks[0].outputs])
    hq = None
    for task in chunk.tasks:
        hq = _hq(task, known, hq)
        for scored, output in zip(part.runs, task.outputs, strict=True):
            restored = _restored(output, hq, task.pair, known, part.new)
            scored.states.append(restored.state if isinstance(restored, Failure) else "ok")
            for metric in metrics:
                if metric.needs_hq and hq is None:
                    continue
                if isinstance(restored, Failure):
                    outcome: float | Failure = restored
                elif metric.id in unavailable:
                    outcome = Failure("weights_unavailable", unavailable[metric.id])
                else:
                    outcome = _value(metric, restored, hq, known, part.new)
                scored.rows.append(_row(task.pair, metric, outcome))
                if isinstance(metric, SetMetric) and isinstance(restored, Picture):
                    _note(scored.seen, metric, restored, task.pair)
            part.new += _fresh(restored)
        for metric in metrics:
            if isinstance(metric, SetMetric) and hq is not None and metric.id not in unavailable:
                _value(metric, hq, None, known, part.new)
                _note(part.hq, metric, hq, task.pair)
        part.new += _fresh(hq)
    return part


def _hq(task: Task, known: Known, before: Picture | None) -> Picture | None:
    """The pair's HQ; the one before where that is the same, so that copies share what judges saw."""
    if task.hq is None:
        return None
    data, points = read_named(task.hq, task.pair.hq_sha256), _points(task.pair)
    if before is not None and before.data == data and _same(before.frozen, points):
        return before
    return Picture(data, str(task.hq), points, known.vector)


def _same(one: Landmarks | None, other: Landmarks | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _restored(
    output: Output, hq: Picture | None, pair: Pair, known: Known, new: list[Item]
) -> Picture | Failure:
    """The restored image, whole and of its HQ's size, or what is wrong with it."""
    if output.file is None:
        said = "No restored image has its name." if output.absent == "missing" else "See the run's run.json."
        return Failure(output.absent, said)
    try:
        picture = Picture(read_bytes(output.file), output.file.name, _points(pair), known.vector)
    except OSError as error:
        return Failure("unreadable", f"{output.file.name} cannot be opened: {error.strerror or error}.")
    whole = _key_of_whole(picture, hq)
    if whole not in known.values:
        if (wrong := _wrong(picture, hq)) is not None:
            return wrong
        new.append((whole, b"yes"))
    return picture


def _key_of_whole(restored: Picture, hq: Picture | None) -> str:
    return sha256_json(["whole and of one size", code_sha256(), restored.sha256, hq.sha256 if hq else None])


def _wrong(restored: Picture, hq: Picture | None) -> Failure | None:
    try:
        height, width = restored.image.shape[:2]
    except UnreadableImage as error:
        return Failure("unreadable", str(error))
    hq_height, hq_width = (height, width) if hq is None else hq.image.shape[:2]
    if (height, width) == (hq_height, hq_width):
        return None
    return Failure("wrong_size", f"It is {width}×{height} px, its HQ {hq_width}×{hq_height} px.")


def _value(
    metric: Metric, restored: Picture, hq: Picture | None, known: Known, new: list[Item]
) -> float | Failure:
    """One metric's value on one image, remembered or computed; NaN when only the set has one."""
    key = _key(metric, restored, hq)
    if (before := known.number(key)) is not None:
        return before
    height, width = restored.image.shape[:2]
    if min(height, width) < metric.min_size:
        return Failure(
            "metric_error",
            f"{metric.id} is defined from {metric.min_size}×{metric.min_size} px; this is {width}×{height}.",
        )
    try:
        value = _compute(metric, restored, hq)
    except NoFaceSeen as error:
        return Failure("no_face", str(error))
    # what numpy, scipy, OpenCV and torch raise when a computation fails on odd pixels
    except (ValueError, ArithmeticError, RuntimeError) as error:
        return Failure("metric_error", str(error))
    new.append((key, np.float64(value).tobytes()))
    return value


def _compute(metric: Metric, restored: Picture, hq: Picture | None) -> float:
    if isinstance(metric, SetMetric):
        restored.through(metric.judge)
        return math.nan
    value = float(metric.value(restored, hq) if metric.needs_hq else metric.value(restored))
    if math.isnan(value):
        raise ValueError("The value is not a number on this image.")
    return value


def _key(metric: Metric, restored: Picture, hq: Picture | None) -> str:
    """All that a value depends on, hashed."""
    files = [WEIGHTS[name].sha256 for name in weights_of(metric)]
    judges = [judge.key(restored) for judge in _judges(metric)]
    other = hq.sha256 if hq is not None and isinstance(metric, ImageMetric) and metric.needs_hq else None
    where = None if restored.frozen is None else restored.frozen.tolist()
    return sha256_json(
        [metric.id, metric.version, files, judges, code_sha256(), restored.sha256, other, where]
    )


def _judges(metric: Metric) -> Sequence[Judge[Any]]:
    return metric.judges if isinstance(metric, ImageMetric) else (metric.judge,)


def _note(seen: dict[str, list[Seen]], metric: SetMetric, picture: Picture, pair: Pair) -> None:
    """Note where the features of an image are remembered, if its judge has seen it."""
    key = metric.judge.key(picture)
    if key in picture.seen or picture.recall(key) is not None:
        seen.setdefault(metric.id, []).append((pair.person_id, key))


def _fresh(picture: Picture | Failure | None) -> list[Item]:
    if not isinstance(picture, Picture):
        return []
    return [(key, np.asarray(vector, dtype=np.float32).tobytes()) for key, vector in picture.fresh.items()]


def _points(pair: Pair) -> Landmarks | None:
    return None if pair.landmarks is None else np.array(pair.landmarks, dtype=np.float64).reshape(5, 2)


def _row(pair: Pair, metric: Metric, outcome: float | Failure) -> Row:
    if isinstance(outcome, Failure):
        return Row(pair.name, pair.person_id, metric.id, math.nan, outcome.state, outcome.message)
    return Row(pair.name, pair.person_id, metric.id, outcome, "ok", "")
