"""The verb `score`: restored images against a data set, one pass over them, every metric of a protocol.

`scores.parquet` has a row for each image and metric, `scores.json` the entry: means with intervals, states,
versions and hashes. Both are pure functions of the images, the data set, the protocol and the weights of the
judges: no time, machine or number of workers is in them.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Final, get_args

import pandas as pd

from bfrbench.benchmark.metrics.measure import Measure, Metric
from bfrbench.benchmark.protocols import Protocol
from bfrbench.benchmark.restored import Restored, find_restored
from bfrbench.benchmark.score_images import Row, Task, score_images, start_tally
from bfrbench.benchmark.statistics import summarise
from bfrbench.errors import InputError
from bfrbench.files import make_folder, read_json, write_json, write_parquet
from bfrbench.parallel import parallel_map
from bfrbench.types import DataSet, Entry, Score, State
from bfrbench.weights import WEIGHTS, locate

SCORES_JSON: Final = "scores.json"
SCORES_PARQUET: Final = "scores.parquet"

_CHUNK: Final = 4  # pairs; fixed, so that sums are made in the same order by any number of workers


def score(
    restored: Path,
    data: DataSet,
    out: Path,
    *,
    protocol: Protocol,
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    name: str | None = None,
    suffix: str = "",
) -> Entry:
    """Score a run folder or a plain folder of images: write scores.parquet and scores.json, return the entry.

    Nothing is computed when `out` holds the scores of the same images under the same protocol, metric
    versions and judges. `name` is for the board (None: the run's restorer, or the folder's name); `suffix` is
    stripped from the names of files. `on_progress(done, total)` counts images.

    Raises InputError and NameMismatch as `find_restored` does, and InputError when an HQ image is not the one
    that the data set names.
    """
    images = find_restored(restored, data, name=name, suffix=suffix)
    metrics, unavailable = protocol.metrics, _unavailable(protocol.metrics)
    blank = _blank_entry(images, data, protocol, unavailable)
    if (before := _scored_before(out, blank)) is not None:
        return before
    tasks = _tasks(images, data)
    chunks = (tasks[first : first + _CHUNK] for first in range(0, len(tasks), _CHUNK))
    tally = start_tally(metrics, unavailable)
    for part in parallel_map(partial(score_images, metrics, unavailable), chunks, workers):
        tally.merge(part)
        on_progress(len(tally.states), len(tasks))
    counts = Counter(tally.states)
    entry = replace(
        blank,
        scores=tuple(_score(metric, tally.rows, tally.measures.get(metric.id)) for metric in metrics),
        states={state: counts[state] for state in get_args(State) if counts[state]},
        people=len({row.person_id for row in tally.rows if row.state == "ok"}),
    )
    _write(out, tally.rows, entry)
    return entry


def _unavailable(metrics: Sequence[Metric]) -> dict[str, str]:
    """Why some metrics cannot be computed here, by metric: a sentence without any path of this machine."""
    sentences = {}
    for metric in metrics:
        missing = [name for name in metric.weights if locate(name) is None]
        for name in missing:
            row = WEIGHTS[name]
            get = f"`bfrbench weights get {name}` downloads it" if row.url else "reinstall bfrbench"
            sentences[metric.id] = f"{metric.id} needs the weights {row.file}, which are not here: {get}."
    return sentences


def _blank_entry(
    images: Restored, data: DataSet, protocol: Protocol, unavailable: Mapping[str, str]
) -> Entry:
    """All of the entry that is known before anything is computed; its scores have no values."""
    judges = [name for m in protocol.metrics if m.id not in unavailable for name in m.weights]
    return Entry(
        restorer=images.name,
        status="measured",
        scores=tuple(Score(m.id, m.version, m.better, 0, 0, None) for m in protocol.metrics),
        states={},
        people=0,
        protocol=protocol.name,
        dataset=data.card.name,
        dataset_sha256=data.card.manifest_sha256,
        run_sha256=images.sha256,
        judge_weights_sha256={name: WEIGHTS[name].sha256 for name in judges},
    )


def _scored_before(out: Path, blank: Entry) -> Entry | None:
    """The entry that `out` holds, when it is what computing would give."""
    if not (out / SCORES_PARQUET).is_file():
        return None
    try:
        entry = read_json(out / SCORES_JSON, Entry, "the scores of a run")
    except InputError:
        return None
    scores = tuple(Score(s.metric, s.version, s.better, 0, 0, None) for s in entry.scores)
    return entry if replace(entry, scores=scores, states={}, people=0) == blank else None


def _tasks(images: Restored, data: DataSet) -> list[Task]:
    return [
        Task(
            pair=pair,
            restored=images.files.get(pair.name),
            absent=images.absent.get(pair.name, "missing"),
            hq=None if pair.hq is None else data.folder / pair.hq,
        )
        for pair in sorted(data.pairs, key=lambda pair: pair.name)
    ]


def _score(metric: Metric, every_row: Sequence[Row], measure: Measure | None) -> Score:
    """One metric's score: its mean by the measure, the rest from the single images' values."""
    rows = [row for row in every_row if row.metric == metric.id]
    good = [row for row in rows if row.state == "ok"]
    blank = Score(metric.id, metric.version, metric.better, len(good), len(rows), None)
    if not rows:
        return replace(blank, reason=f"{metric.id} compares with HQ images, and the data set has none.")
    value = measure.result() if measure is not None and good else None
    if value is None:
        worst = Counter(row.state for row in rows if row.state != "ok").most_common(1)
        few = f"{metric.id} needs more images than {len(good)}."
        return replace(
            blank, n=0, state=worst[0][0] if worst else "metric_error", reason=_reason(rows) or few
        )
    if any(math.isnan(row.value) for row in good):
        return replace(blank, mean=value, reason=_reason(rows))
    summary = summarise([row.value for row in good], [row.person_id for row in good])
    return replace(blank, **asdict(summary), reason=_reason(rows))


def _reason(rows: Sequence[Row]) -> str:
    """What happened to the images that have no value; '' when all have one."""
    gaps = [row for row in rows if row.state != "ok"]
    if len({row.message for row in gaps}) == 1 and len(gaps) == len(rows):
        return gaps[0].message
    first = {row.state: row.message for row in reversed(gaps)}
    counts = Counter(row.state for row in gaps)
    return " ".join(f"{counts[s]} {s}: {first[s]}" for s in get_args(State) if counts[s])


def _write(out: Path, rows: Sequence[Row], entry: Entry) -> None:
    """Write both files; scores.json comes last and says that both are whole."""
    make_folder(out)
    (out / SCORES_JSON).unlink(missing_ok=True)
    table = pd.DataFrame([asdict(row) for row in rows]).sort_values(["name", "metric"], ignore_index=True)
    write_parquet(out / SCORES_PARQUET, table)
    write_json(out / SCORES_JSON, entry)
