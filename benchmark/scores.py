"""The files of scores: what stands in them, and how they are written and found again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import pandas as pd
from scipy.special import stdtrit

from bfrbench.benchmark.judges.code import scoring_sha256
from bfrbench.benchmark.memory import Memory
from bfrbench.benchmark.metrics.metric import (
    FolderOf,
    Metric,
    SetMetric,
    SetValue,
    StatisticsFile,
    weights_of,
)
from bfrbench.benchmark.open_scores import SCORES_JSON, SCORES_PARQUET, SETS_PARQUET
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.restored import Restored
from bfrbench.benchmark.score_images import Row
from bfrbench.benchmark.statistics import LEVEL, summarise
from bfrbench.errors import InputError
from bfrbench.files import make_folder, read_json, sha256_file, sha256_json, write_json, write_parquet
from bfrbench.types import DataSet, Entry, Score, State
from bfrbench.weights import WEIGHTS


def blank_entry(images: Restored, data: DataSet, protocol: Protocol, unavailable: Mapping[str, str]) -> Entry:
    """All of the entry that is known before anything is computed; its scores have no values."""
    judges = [name for m in protocol.metrics if m.id not in unavailable for name in weights_of(m)]
    own = {
        f"reference {metric.against.path.name}": metric.against.sha256
        for metric in protocol.metrics
        if isinstance(metric, SetMetric) and isinstance(metric.against, (FolderOf, StatisticsFile))
    }
    return Entry(
        restorer=images.name,
        status="measured",
        scores=tuple(_blank(metric) for metric in protocol.metrics),
        states={},
        people=0,
        protocol=protocol.name,
        dataset=data.card.name,
        dataset_sha256=data.card.manifest_sha256,
        run_sha256=images.sha256,
        judge_weights_sha256={name: WEIGHTS[name].sha256 for name in sorted(set(judges))} | own,
    )


def _blank(metric: Metric) -> Score:
    return Score(metric.id, metric.version, metric.better, 0, 0, None)


def read_scores(out: Path, blank: Entry, known: Memory) -> Entry | None:
    """The entry that a folder holds, when it is what computing would give: same inputs, same code."""
    if not (out / SCORES_PARQUET).is_file() or known.get(_mark(out)) is None:
        return None
    try:
        entry = read_json(out / SCORES_JSON, Entry, "the scores of a run")
    except InputError:
        return None
    scores = tuple(Score(s.metric, s.version, s.better, 0, 0, None) for s in entry.scores)
    return entry if replace(entry, scores=scores, states={}, people=0) == blank else None


def _mark(out: Path) -> str:
    """What is remembered of a folder whose scores this very code computed."""
    files = (out / name for name in (SCORES_JSON, SCORES_PARQUET, SETS_PARQUET))
    hashes = [sha256_file(file) if file.is_file() else None for file in files]
    return sha256_json(["computed", scoring_sha256(), *hashes])


def write_scores(
    out: Path, rows: Sequence[Row], sets: Mapping[str, SetValue | str], entry: Entry, known: Memory
) -> None:
    """Write all files; scores.json comes last and says that the others are whole."""
    make_folder(out)
    for file in (SCORES_JSON, SETS_PARQUET):
        (out / file).unlink(missing_ok=True)
    table = pd.DataFrame([asdict(row) for row in rows]).sort_values(["name", "metric"], ignore_index=True)
    write_parquet(out / SCORES_PARQUET, table)
    without = [
        {"metric": metric, "person_id": person, "value_without": value}
        for metric, found in sorted(sets.items())
        if isinstance(found, SetValue)
        for person, value in sorted(found.without.items())
    ]
    if without:
        write_parquet(out / SETS_PARQUET, pd.DataFrame(without))
    write_json(out / SCORES_JSON, entry)
    known.put([(_mark(out), b"yes")])


def score_of(metric: Metric, rows: Sequence[Row], found: SetValue | str | None) -> Score:
    """One metric's score, from the rows of its images and, for a metric of sets, what was found."""
    good = [row for row in rows if row.state == "ok"]
    blank = replace(_blank(metric), n=len(good), expected=len(rows), reason=_reason(rows))
    if not rows:
        return replace(blank, reason=f"{metric.id} compares with HQ images, and the data set has none.")
    if isinstance(metric, SetMetric) and isinstance(found, SetValue):
        low, high = _interval(found, metric.bounds)
        return replace(blank, mean=found.value, low=low, high=high)
    if isinstance(metric, SetMetric) or not good:
        worst = Counter(row.state for row in rows if row.state != "ok").most_common(1)
        state: State = worst[0][0] if worst else "metric_error"
        said = found if isinstance(found, str) and not worst else blank.reason
        return replace(blank, n=0, state=state, reason=said)
    summary = summarise([row.value for row in good], [row.person_id for row in good])
    return replace(blank, **asdict(summary))


def _interval(found: SetValue, bounds: tuple[float, float]) -> tuple[float | None, float | None]:
    """The 95 % interval by the jackknife: ± t·error, t of P - 1 degrees of freedom for P people."""
    people = len(found.without)
    if found.error is None or people < 2:
        return None, None
    reach = float(stdtrit(people - 1, 0.5 + LEVEL / 2.0)) * found.error
    return max(bounds[0], found.value - reach), min(bounds[1], found.value + reach)


def _reason(rows: Sequence[Row]) -> str:
    """What happened to the images that have no value; '' when all have one."""
    gaps = [row for row in rows if row.state != "ok"]
    if len({row.message for row in gaps}) == 1 and len(gaps) == len(rows):
        return gaps[0].message
    first = {row.state: row.message for row in reversed(gaps)}
    counts = Counter(row.state for row in gaps)
    return " ".join(f"{counts[s]} {s}: {first[s]}" for s in get_args(State) if counts[s])
