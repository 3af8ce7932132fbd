"""The files of an entry, read from bytes that anybody may have made: under limits, nothing is believed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from bfrbench.benchmark.open_scores import SCORES_JSON, SCORES_PARQUET, SETS_PARQUET
from bfrbench.errors import InputError
from bfrbench.files import sha256_bytes
from bfrbench.leaderboards.entry import contradiction
from bfrbench.leaderboards.records import ENTRY_JSON, HIDDEN, Publication
from bfrbench.types import Entry

T = TypeVar("T")

LIMITS: Final[Mapping[str, int]] = {
    ENTRY_JSON: 1 << 18,
    SCORES_JSON: 1 << 21,
    SCORES_PARQUET: 1 << 26,
    SETS_PARQUET: 1 << 26,
}
"""The files of an entry, and the most bytes that each may have."""

REQUIRED: Final = (ENTRY_JSON, SCORES_JSON, SCORES_PARQUET)

_MOST_METRICS: Final = 300
_MOST_UNPACKED: Final = 1 << 29  # bytes of a table in memory
_MOST_ERRORS: Final = 20  # of one file that are told
_OF_IMAGES: Final = {
    "name": str,
    "person_id": str,
    "metric": str,
    "value": float,
    "state": str,
    "message": str,
}
_OF_SETS: Final = {"metric": str, "person_id": str, "value_without": float}
_PHYSICAL: Final = {str: "BYTE_ARRAY", float: "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """An entry with everything that it rests on."""

    publication: Publication
    entry: Entry
    rows: pd.DataFrame  # scores.parquet: a row for each image and metric
    without: Mapping[str, Mapping[str, float]]  # sets.parquet: by set metric, its value without each person


def read_evidence(files: Mapping[str, bytes]) -> Evidence:
    """Open the files of an entry, {name: bytes}; raises InputError with a line for each thing wrong."""
    problems = [f"{name} is missing." for name in REQUIRED if name not in files]
    problems += [f"{plain(name)} is none of an entry's files." for name in sorted(files.keys() - LIMITS)]
    problems += [
        f"{name} has {len(files[name]):,} bytes; it may have {most:,}."
        for name, most in LIMITS.items()
        if len(files.get(name, b"")) > most
    ]
    if problems:
        raise InputError("\n".join(problems))
    publication = _try(problems, lambda: parse(files[ENTRY_JSON], Publication, ENTRY_JSON))
    entry = _try(problems, lambda: _entry(files[SCORES_JSON]))
    rows = _try(problems, lambda: _table(files[SCORES_PARQUET], SCORES_PARQUET, _OF_IMAGES))
    without = _try(problems, lambda: _without(files.get(SETS_PARQUET)))
    if publication is not None:
        problems += _wrong_hashes(publication, files)
    if problems or publication is None or entry is None or rows is None or without is None:
        raise InputError("\n".join(problems))
    return Evidence(publication, entry, rows, without)


def _try(problems: list[str], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except InputError as error:
        problems += str(error).splitlines()
        return None


def plain(text: str) -> str:
    """Text of unknown origin for a message: nothing invisible, no line breaks, not long."""
    shown = HIDDEN.sub("�", text)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def parse(data: bytes, kind: type[T], file: str) -> T:
    """JSON as a record; raises InputError with a line for each field that is wrong."""
    try:
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        every = error.errors(include_url=False, include_input=False)
        lines = [
            f"{file}: {plain('.'.join(map(str, each['loc'])) or 'the whole file')}: {plain(each['msg'])}."
            for each in every[:_MOST_ERRORS]
        ]
        more = len(every) - len(lines)
        raise InputError("\n".join(lines + [f"{file}: {more} more."] * (more > 0))) from error


def _entry(data: bytes) -> Entry:
    entry = parse(data, Entry, SCORES_JSON)
    if len(entry.scores) > _MOST_METRICS:
        raise InputError(f"{SCORES_JSON} has {len(entry.scores):,} metrics; it may have {_MOST_METRICS}.")
    if wrong := contradiction(entry):
        raise InputError(f"{SCORES_JSON}: {plain(wrong)}.")
    if any(HIDDEN.search(" ".join(text.split())) for text in _texts(entry)):
        raise InputError(f"{SCORES_JSON} has control or invisible characters in its texts.")
    return entry


def _texts(entry: Entry) -> Iterator[str]:
    yield from (entry.restorer, entry.protocol, entry.dataset, entry.dataset_sha256, entry.run_sha256)
    for name, sha256 in entry.judge_weights_sha256.items():
        yield from (name, sha256)
    for score in entry.scores:
        yield from (score.metric, score.reason)


def _without(data: bytes | None) -> dict[str, dict[str, float]]:
    without: dict[str, dict[str, float]] = {}
    if data is not None:
        sets = _table(data, SETS_PARQUET, _OF_SETS)
        for metric, person, value in zip(*(sets[column] for column in _OF_SETS), strict=True):
            without.setdefault(metric, {})[person] = float(value)
    return without


def _table(data: bytes, file: str, columns: Mapping[str, type]) -> pd.DataFrame:
    """A parquet table that has these columns; unpacked piece by piece, so that a bomb is noticed."""
    words = [column for column, kind in columns.items() if kind is str]
    try:
        _check_header(pq.ParquetFile(pa.BufferReader(data)), file, columns)
        # words stay a dictionary: a long one that is repeated is held once
        parquet = pq.ParquetFile(pa.BufferReader(data), read_dictionary=words)
        batches, size = [], 0
        for batch in parquet.iter_batches(batch_size=1 << 16, use_threads=False):
            size += batch.nbytes
            if size > _MOST_UNPACKED:
                raise InputError(f"{file} unpacks to more than {_MOST_UNPACKED:,} bytes.")
            batches.append(batch)
        whole = pa.Table.from_batches(batches, parquet.schema_arrow)
        rows: pd.DataFrame = whole.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, LookupError, MemoryError) as error:
        raise InputError(f"{file} is no whole parquet table: {plain(str(error))}") from error
    rows = rows[list(columns)].astype(dict.fromkeys(words, object))
    if rows[words].isna().any(axis=None):
        raise InputError(f"{file} has rows without {', '.join(words)}.")
    seen = {text for column in words for text in rows[column].unique()}
    if any(HIDDEN.search(" ".join(text.split())) for text in seen):
        raise InputError(f"{file} has control or invisible characters in its texts.")
    return rows


def _check_header(parquet: pq.ParquetFile, file: str, columns: Mapping[str, type]) -> None:
    about, schema = parquet.metadata, parquet.schema
    most = _MOST_UNPACKED // (8 * len(columns))
    if about.num_rows > most:
        raise InputError(f"{file} says that it has {about.num_rows:,} rows; it may have {most:,}.")
    found = [schema.column(place) for place in range(about.num_columns)]
    wanted = {column: (_PHYSICAL[kind], 0) for column, kind in columns.items()}
    if {each.path: (each.physical_type, each.max_repetition_level) for each in found} != wanted:
        shown = plain(", ".join(f"{each.path} ({each.physical_type})" for each in found))
        raise InputError(f"{file} should have the columns {', '.join(columns)}; it has {shown}.")


def _wrong_hashes(publication: Publication, files: Mapping[str, bytes]) -> Iterator[str]:
    scores = {name: data for name, data in files.items() if name != ENTRY_JSON}
    for name in sorted(scores.keys() - publication.files):
        yield f"{ENTRY_JSON} has no sha256 of {name}."
    for name, sha256 in sorted(publication.files.items()):
        if name not in scores:
            yield f"{ENTRY_JSON} names {plain(name)}, which is not there."
        elif sha256_bytes(scores[name]) != sha256:
            yield (
                f"{name} is not the file that {ENTRY_JSON} names: its sha256 begins with "
                f"{sha256_bytes(scores[name])[:12]}, not {sha256[:12]}."
            )
