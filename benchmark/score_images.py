"""What a worker does: read each pair's images once, and show them to every metric."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bfrbench.benchmark.metrics.measure import Measure, Metric
from bfrbench.errors import UnreadableImage
from bfrbench.files import read_named
from bfrbench.pixels import decode_image
from bfrbench.types import Image, Pair, State


@dataclass(frozen=True, slots=True)
class Task:
    """One pair to score, with all that a worker must know."""

    pair: Pair
    restored: Path | None
    absent: State  # what it means that there is no restored file
    hq: Path | None


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
class Tally:
    """What is known after some images; tallies of consecutive images merge into one."""

    measures: dict[str, Measure]  # of the metrics whose weights are here, by metric
    states: list[State] = field(default_factory=list)  # of the images, one each
    rows: list[Row] = field(default_factory=list)

    def merge(self, other: Self) -> None:
        """Take in the tally of the images that come after."""
        self.states += other.states
        self.rows += other.rows
        for metric, measure in self.measures.items():
            measure.merge(other.measures[metric])


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an image, or a metric on it, has no value."""

    state: State
    message: str


def start_tally(metrics: Sequence[Metric], unavailable: Mapping[str, str]) -> Tally:
    """An empty tally. `unavailable`: why some metrics cannot be computed, by metric."""
    return Tally({metric.id: metric.start() for metric in metrics if metric.id not in unavailable})


def score_images(metrics: Sequence[Metric], unavailable: Mapping[str, str], tasks: Sequence[Task]) -> Tally:
    """Tally consecutive pairs. Metrics that need HQ have no row where a pair has none.

    Raises InputError when an HQ image is missing, broken or not the one that the data set names.
    """
    tally = start_tally(metrics, unavailable)
    for task in tasks:
        images = _read(task)
        tally.states.append(images.state if isinstance(images, Failure) else "ok")
        for metric in metrics:
            if metric.needs_hq and task.hq is None:
                continue
            if isinstance(images, Failure):
                outcome: float | Failure = images
            elif metric.id in unavailable:
                outcome = Failure("weights_unavailable", unavailable[metric.id])
            else:
                outcome = _measure(metric, tally.measures[metric.id], *images, task.pair)
            tally.rows.append(_row(task.pair, metric, outcome))
    return tally


def _read(task: Task) -> tuple[Image, Image | None] | Failure:
    """The restored image and its HQ, or what is wrong with the restored one."""
    if task.restored is None:
        said = "No restored image has its name." if task.absent == "missing" else "See the run's run.json."
        return Failure(task.absent, said)
    try:
        restored = decode_image(task.restored.read_bytes(), task.restored.name)
    except UnreadableImage as error:
        return Failure("unreadable", str(error))
    except OSError as error:
        return Failure("unreadable", f"{task.restored.name} cannot be opened: {error.strerror}.")
    hq = None if task.hq is None else decode_image(read_named(task.hq, task.pair.hq_sha256), str(task.hq))
    if hq is not None and restored.shape != hq.shape:
        (height, width), (hq_height, hq_width) = restored.shape[:2], hq.shape[:2]
        return Failure("wrong_size", f"It is {width}×{height} px, its HQ {hq_width}×{hq_height} px.")
    return restored, hq


def _measure(
    metric: Metric, measure: Measure, restored: Image, hq: Image | None, pair: Pair
) -> float | Failure:
    """One metric's value on one image; NaN when only the set has one."""
    height, width = restored.shape[:2]
    if min(height, width) < metric.min_size:
        return Failure(
            "metric_error",
            f"{metric.id} is defined from {metric.min_size}×{metric.min_size} px; this is {width}×{height}.",
        )
    try:
        value = measure.add(restored, hq, pair)
    # what numpy, scipy, OpenCV and torch raise when a computation fails on odd pixels
    except (ValueError, ArithmeticError, RuntimeError) as error:
        return Failure("metric_error", str(error))
    return math.nan if value is None else value


def _row(pair: Pair, metric: Metric, outcome: float | Failure) -> Row:
    if isinstance(outcome, Failure):
        return Row(pair.name, pair.person_id, metric.id, math.nan, outcome.state, outcome.message)
    return Row(pair.name, pair.person_id, metric.id, outcome, "ok", "")
