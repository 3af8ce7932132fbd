"""What an entry's files contradict: each other, the board, its data set, this version of bfrbench."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

import pandas as pd

from bfrbench.benchmark.metrics.pyiqa_adapter import PREFIX
from bfrbench.benchmark.open_scores import SCORES_JSON, SCORES_PARQUET
from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.files import few
from bfrbench.leaderboards.evidence import Evidence, plain
from bfrbench.leaderboards.labels import label_of
from bfrbench.leaderboards.recompute import changed, image_states, known_metric, people_scored, recompute
from bfrbench.leaderboards.records import ENTRY_JSON, BoardDefinition
from bfrbench.types import Entry, Score, State
from bfrbench.weights import WEIGHTS


def contradictions(
    evidence: Evidence, definition: BoardDefinition, people: Mapping[str, str]
) -> Iterator[str]:
    """A sentence for each thing that contradicts the board or itself.

    people: whom each image of the board's data set shows, by the image's name.
    """
    yield from _of_another_board(evidence, definition)
    yield from _other_metrics(evidence.entry)
    gaps = list(_gaps(evidence, people))
    yield from gaps or _changed_numbers(evidence)


def _of_another_board(evidence: Evidence, definition: BoardDefinition) -> Iterator[str]:
    entry, publication = evidence.entry, evidence.publication
    facts = (
        ("the board", publication.board, definition.id),
        ("the data set", entry.dataset, definition.dataset),
        ("the data set's sha256", entry.dataset_sha256[:12], definition.dataset_sha256[:12]),
        ("the protocol", entry.protocol, definition.protocol),
        ("the restorer's name", publication.method.name, entry.restorer),
    )
    for what, found, wanted in facts:
        if found != wanted:
            yield f"It differs in {what}: {plain(found)}, not {plain(wanted)}."
    if (publication.status == "reported") != (entry.status == "reported"):
        yield f"{ENTRY_JSON} says {publication.status}, {SCORES_JSON} {entry.status}."


def _other_metrics(entry: Entry) -> Iterator[str]:
    """Metrics and judges that are not those of the protocol, or not those of this version of bfrbench."""
    has = [score.metric for score in entry.scores]
    protocol = PROTOCOLS.get(entry.protocol)
    wanted = [metric.id for metric in protocol.metrics] if protocol else has
    if absent := [metric for metric in wanted if metric not in has]:
        yield f"It has no scores of {few(absent)}, which {entry.protocol} has."
    if more := [plain(metric) for metric in has if metric not in wanted]:
        yield f"It has scores of {few(more)}, which {entry.protocol} has not."
    for score in entry.scores:
        metric = known_metric(score.metric)
        if metric is None and not score.metric.startswith(PREFIX):
            yield f"Nobody knows the metric {plain(score.metric)}."
        elif metric is not None and (score.version, score.better) != (metric.version, metric.better):
            yield (
                f"{score.metric} is of version {score.version} ({score.better} is better); this bfrbench has "
                f"version {metric.version} ({metric.better}). Score the run again."
            )
    for judge, sha256 in entry.judge_weights_sha256.items():
        if not judge.startswith("reference ") and judge not in WEIGHTS:
            yield f"Nobody knows the judge {plain(judge)}: `bfrbench weights list` has those there are."
        elif judge in WEIGHTS and not sha256.startswith(WEIGHTS[judge].sha256):
            yield (
                f"The weights of the judge {judge} are not those that all others use: their sha256 begins "
                f"with {plain(sha256[:12])}, not {WEIGHTS[judge].sha256[:12]}."
            )


def _gaps(evidence: Evidence, people: Mapping[str, str]) -> Iterator[str]:
    """Images that nothing is said of: no value, and no state that says why there is none."""
    rows, metrics = evidence.rows, [score.metric for score in evidence.entry.scores]
    if strangers := sorted(set(rows["name"]) - people.keys()):
        yield f"{SCORES_PARQUET} has {len(strangers)} images that the data set has not: {_few(strangers)}."
    whom = rows["name"].map(people)
    if others := sorted(set(rows.loc[whom.notna() & (whom != rows["person_id"]), "name"])):
        yield f"{SCORES_PARQUET} has another person_id than the data set for {_few(others)}."
    if unknown := sorted(set(rows["metric"]) - set(metrics)):
        yield f"{SCORES_PARQUET} has metrics that {SCORES_JSON} has not: {_few(unknown)}."
    if unknown := sorted(set(rows["state"]) - set(get_args(State))):
        yield f"{SCORES_PARQUET} has states that nobody knows: {_few(unknown)}."
    if rows.duplicated(["name", "metric"]).any():
        yield f"{SCORES_PARQUET} has more than one value of an image and metric."
    absent: dict[tuple[str, ...], list[str]] = {}
    known = {str(metric): set(names) for metric, names in rows.groupby("metric")["name"]}
    for metric in metrics:
        if names := tuple(sorted(people.keys() - known.get(metric, set()))):
            absent.setdefault(names, []).append(metric)
    for names, of in absent.items():
        yield (
            f"{SCORES_PARQUET} says nothing of {len(names)} of {len(people)} images ({_few(names)}) by "
            f"{few(of)}: no value, and no state that says why."
        )
    valued = rows["value"].notna()
    of_images = rows["metric"].isin(set(rows.loc[valued, "metric"]))
    if odd := sorted(set(rows.loc[of_images & (valued != (rows["state"] == "ok")), "name"])):
        yield f"{SCORES_PARQUET} has a value where the state is not ok, or none where it is: {_few(odd)}."


def _few(names: Iterable[str]) -> str:
    return plain(few(names))


def _impossible(score: Score, of_images: "pd.Series[float]") -> Iterator[str]:
    """Values that no image and no set can have, but for rounding."""
    label = label_of(score.metric)
    values = [*of_images.dropna().tolist(), *([] if score.mean is None else [score.mean])]
    wrong = [
        value
        for value in values
        if value == -math.inf or not label.least - 1e-6 <= value <= label.most + 1e-6
    ]
    if wrong:
        yield f"{score.metric}: {wrong[0]:g} is no value that {label.text} can have."


def _changed_numbers(evidence: Evidence) -> Iterator[str]:
    entry, rows = evidence.entry, evidence.rows
    by_metric = dict(iter(rows.groupby("metric")))
    for score in entry.scores:
        yield from _impossible(score, by_metric[score.metric]["value"])
        again = recompute(score, by_metric[score.metric], evidence.without.get(score.metric, {}))
        yield from (f"{score.metric}: {sentence}." for sentence in changed(score, again))
    said, found = {state: n for state, n in entry.states.items() if n}, image_states(rows)
    if said != found:
        yield f"{SCORES_JSON} counts images as {said}, {SCORES_PARQUET} as {found}."
    if entry.people != people_scored(rows):
        yield f"{SCORES_JSON} counts {entry.people} people, {SCORES_PARQUET} {people_scored(rows)}."
