"""Distances of sets, from features that the pass over the images left in the memory."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bfrbench.benchmark.features import Features, Gaussian, StoredFeatures
from bfrbench.benchmark.memory import Memory
from bfrbench.benchmark.metrics.metric import (
    FolderOf,
    Metric,
    SetMetric,
    SetValue,
    Statistics,
    StatisticsFile,
)
from bfrbench.benchmark.references import features_of_folder, gaussian_of, read_features, read_gaussian
from bfrbench.benchmark.score_images import Scored, Seen
from bfrbench.engine import Engine

SetScores = Mapping[str, SetValue | str]
"""By metric: its value, or why it has none."""

References = Mapping[str, Features | Gaussian]
"""By metric: what the restored images are compared with."""


def references(
    metrics: Sequence[Metric],
    unavailable: Mapping[str, str],
    hq: Mapping[str, Sequence[Seen]],
    known: Memory,
    engine: Engine,
) -> References:
    """Each set metric's reference; metrics against HQ have none where the data set has no HQ.

    A folder is looked through once by each judge, however many metrics share it.
    """
    found: dict[str, Features | Gaussian] = {}
    folders: dict[tuple[Path, str], Features] = {}
    for metric in metrics:
        if not isinstance(metric, SetMetric) or metric.id in unavailable:
            continue
        match metric.against:
            case None:
                if metric.id in hq:
                    found[metric.id] = _stored(hq[metric.id], known)
            case Statistics():
                found[metric.id] = gaussian_of(metric.against)
            case StatisticsFile(path=path):
                found[metric.id] = read_gaussian(path)
            case FolderOf(path=path):
                place = path, metric.judge.id
                if place not in folders:
                    folders[place] = features_of_folder(path, metric.judge, known, engine)
                found[metric.id] = folders[place]
    return found


def score_sets(
    metrics: Sequence[Metric], scored: Scored, against: References, known: Memory
) -> dict[str, SetValue | str]:
    """Each set metric's value for one restorer, or the reason why it has none."""
    values: dict[str, SetValue | str] = {}
    for metric in metrics:
        if isinstance(metric, SetMetric) and metric.id in against:
            try:
                restored = _stored(scored.seen.get(metric.id, []), known)
                values[metric.id] = metric.distance(restored, against[metric.id])
            except ValueError as error:
                values[metric.id] = str(error)
    return values


def _stored(seen: Sequence[Seen], known: Memory) -> StoredFeatures:
    people, keys = [person for person, _ in seen], [key for _, key in seen]
    return StoredFeatures(keys, people, partial(read_features, known))
