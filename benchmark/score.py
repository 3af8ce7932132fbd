"""The verb `score`: restored images against a data set, one pass over them, every metric of a protocol.

`scores.parquet` has a row for each image and metric, `scores.json` the entry: means with intervals, states,
versions and hashes; `sets.parquet` the distances of sets without each person in turn. All are pure functions
of the images, the data set, the protocol and the weights of the judges: no time, machine or number of workers
is in them. Several restorers are scored in one pass, so that HQ images are read and judged once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, get_args

from bfrbench.benchmark.memory import Memory, default_path, open_memory
from bfrbench.benchmark.metrics.metric import Metric, why_not
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.restored import Restored, find_restored
from bfrbench.benchmark.score_images import Chunk, Output, Part, Scored, Task, keys_of, score_images
from bfrbench.benchmark.score_sets import SetScores, references, score_sets
from bfrbench.benchmark.scores import blank_entry, read_scores, score_of, write_scores
from bfrbench.engine import HERE, Engine
from bfrbench.types import DataSet, Entry, State

_CHUNK: Final = 4  # pairs; fixed, so that memory does not grow with the number of workers' tasks


def score(
    restored: Path,
    data: DataSet,
    out: Path,
    *,
    protocol: Protocol,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    name: str | None = None,
    suffix: str = "",
    memory: Path | None = None,
) -> Entry:
    """Score one run folder or plain folder of images: see `score_all`."""
    found = find_restored(restored, data, name=name, suffix=suffix)
    return score_all(
        [found], data, [out], protocol=protocol, engine=engine, on_progress=on_progress, memory=memory
    )[0]


def score_all(
    restored: Sequence[Restored],
    data: DataSet,
    outs: Sequence[Path],
    *,
    protocol: Protocol,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    memory: Path | None = None,
) -> list[Entry]:
    """Score several restorers' images of one data set in one pass; write files and return entries.

    restored: as `find_restored` finds them; outs: a folder for each one's scores.
    memory: the file that remembers features and values (None: `memory.default_path`); an interrupted run goes
    on from it. Nothing is computed for a folder that holds the scores of the same images under the same
    protocol, metric versions and judges. `on_progress(done, total)` counts pairs.

    Raises InputError when an HQ image is not the one that the data set names.
    """
    unavailable = {metric.id: said for metric in protocol.metrics if (said := why_not(metric))}
    blanks = [blank_entry(images, data, protocol, unavailable) for images in restored]
    with open_memory(memory or default_path()) as known:
        entries = [read_scores(out, blank, known) for out, blank in zip(outs, blanks, strict=True)]
        waiting = [number for number, entry in enumerate(entries) if entry is None]
        if not waiting:
            return [entry for entry in entries if entry is not None]
        tasks = _tasks([restored[number] for number in waiting], data)
        metrics = [metric for metric in protocol.metrics if metric.id not in unavailable]
        look = partial(score_images, protocol.metrics, unavailable)
        keys = partial(keys_of, metrics)
        whole = _pass(look, tasks, keys, known, engine=engine, on_progress=on_progress)
        against = references(protocol.metrics, unavailable, whole.hq, known, engine)
        for number, scored in zip(waiting, whole.runs, strict=True):
            sets = score_sets(protocol.metrics, scored, against, known)
            entry = _entry(blanks[number], protocol.metrics, scored, sets)
            write_scores(outs[number], scored.rows, sets, entry, known)
            entries[number] = entry
    return [entry for entry in entries if entry is not None]


def _tasks(restored: Sequence[Restored], data: DataSet) -> list[Task]:
    return [
        Task(
            pair=pair,
            hq=None if pair.hq is None else data.folder / pair.hq,
            outputs=tuple(
                Output(
                    images.files.get(pair.name),
                    images.hashes.get(pair.name, ""),
                    images.absent.get(pair.name, "missing"),
                )
                for images in restored
            ),
        )
        for pair in sorted(data.pairs, key=lambda pair: pair.name)
    ]


def _pass(
    look: Callable[[Chunk], Part],
    tasks: Sequence[Task],
    keys: Callable[[Sequence[Task]], Iterable[str]],
    known: Memory,
    *,
    engine: Engine,
    on_progress: Callable[[int, int], None],
) -> Part:
    """Score all pairs, remembering after each chunk, and gather what was found."""
    whole = Part([Scored() for _ in tasks[0].outputs])
    parts = (tasks[first : first + _CHUNK] for first in range(0, len(tasks), _CHUNK))
    chunks = (Chunk(part, known.among(keys(part))) for part in parts)
    for part in engine.map(look, chunks, together=4):
        known.put(part.new)
        whole.take_in(part)
        on_progress(len(whole.runs[0].states), len(tasks))
    return whole


def _entry(blank: Entry, metrics: Sequence[Metric], scored: Scored, sets: SetScores) -> Entry:
    counts = Counter(scored.states)
    rows = {metric.id: [row for row in scored.rows if row.metric == metric.id] for metric in metrics}
    return replace(
        blank,
        scores=tuple(score_of(metric, rows[metric.id], sets.get(metric.id)) for metric in metrics),
        states={state: counts[state] for state in get_args(State) if counts[state]},
        people=len({row.person_id for row in scored.rows if row.state == "ok"}),
    )
