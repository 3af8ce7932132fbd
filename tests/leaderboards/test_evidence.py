"""Files of an entry that lie, overflow or are nonsense: each is a sentence, and nothing is unpacked far."""

import contextlib
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bfrbench.errors import InputError
from bfrbench.files import sha256_bytes
from bfrbench.leaderboards import evidence
from bfrbench.leaderboards.evidence import plain, read_evidence
from bfrbench.leaderboards.unpacking import read_files

BOARD = "three-faces-128"


@pytest.fixture(scope="module")
def files(published_results: Path) -> dict[str, bytes]:
    return read_files(published_results / BOARD / "lq")


def refused(files: dict[str, bytes], **changed: bytes) -> str:
    """What is said of the files with some changed; entry.json names their hashes."""
    named = {name.replace("_", "."): data for name, data in changed.items()}
    whole = files | named
    if "entry.json" not in named:
        entry = json.loads(files["entry.json"])
        entry["files"] |= {name: sha256_bytes(data) for name, data in named.items()}
        whole["entry.json"] = json.dumps(entry).encode()
    with pytest.raises(InputError) as caught:
        read_evidence(whole)
    return str(caught.value)


def table(**changes: Any) -> bytes:
    columns = {name: ["a"] for name in ("name", "person_id", "metric", "state", "message")} | {"value": [1.0]}
    return packed(pa.table(columns | changes))


def packed(rows: pa.Table, **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(rows, file, **how)
    return file.getvalue()


def test_an_entry_is_read_whole(files: dict[str, bytes]) -> None:
    found = read_evidence(files)
    assert found.entry.restorer == found.publication.method.name == "lq"
    assert len(found.rows) == 15 * len(found.entry.scores)
    assert set(found.without["fd/dlib"]) == set(found.rows["person_id"])


def test_strangers_and_gaps_among_the_files_are_told_at_once(files: dict[str, bytes]) -> None:
    with pytest.raises(InputError) as caught:
        read_evidence({"entry.json": files["entry.json"], "a\x1b.json": b"", "scores.json": bytes(1 << 22)})
    assert str(caught.value).splitlines() == [
        "scores.parquet is missing.",
        "a�.json is none of an entry's files.",
        "scores.json has 4,194,304 bytes; it may have 2,097,152.",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b"\xff\xfe\x00",
        b'"\\ud800"',
        b"NaN",
        b"1" * 100_000,
    ],
)
def test_json_that_is_none_is_a_sentence(files: dict[str, bytes], data: bytes) -> None:
    assert refused(files, scores_json=data).startswith("scores.json: ")
    assert refused(files, entry_json=data).startswith("entry.json: ")


def test_all_wrong_fields_are_told_but_not_thousands(files: dict[str, bytes]) -> None:
    entry = json.loads(files["entry.json"])
    wrong = entry | {"status": "x", "trained": "perhaps", "links": {"a": "ftp://b"}}
    assert len(refused(files, entry_json=json.dumps(wrong).encode()).splitlines()) == 3
    many = entry | {f"field-{i}": 1 for i in range(5000)}
    lines = refused(files, entry_json=json.dumps(many).encode()).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "entry.json: 4980 more."


@pytest.mark.parametrize(
    "text",
    ["\x1b[31mred", "bell\x07", "\u202egnp.exe", "zero\u200bwidth", "a\nb", "x" * 2000],
)
def test_texts_that_hide_or_flood_are_refused(files: dict[str, bytes], text: str) -> None:
    entry = json.loads(files["entry.json"])
    for place in ("summary", "name", "licence"):
        wrong = entry | {"method": entry["method"] | {place: text}}
        said = refused(files, entry_json=json.dumps(wrong).encode())
        assert f"entry.json: method.{place}: " in said
        assert text not in said


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://example.org",
        "https://a b",
        'https://a"onclick=x',
        "https://a>b",
        "https://a|b",
        "file:///etc/passwd",
        "//example.org",
        "https://",
    ],
)
def test_only_plain_https_links_are_taken(files: dict[str, bytes], link: str) -> None:
    entry = json.loads(files["entry.json"]) | {"links": {"home": link}}
    assert "entry.json: links.home: " in refused(files, entry_json=json.dumps(entry).encode())


def test_scores_that_are_no_numbers_or_too_many_are_refused(files: dict[str, bytes]) -> None:
    scores = json.loads(files["scores.json"])
    scores["scores"][0]["mean"] = math.nan
    assert "a value is not a number" in refused(files, scores_json=json.dumps(scores).encode())
    scores["scores"] = [{**scores["scores"][1], "metric": f"m/{i}"} for i in range(301)]
    assert "301 metrics; it may have 300" in refused(files, scores_json=json.dumps(scores).encode())
    scores["scores"] = [{**scores["scores"][1], "reason": "a\x1b[2J"}]
    assert "control or invisible characters" in refused(files, scores_json=json.dumps(scores).encode())


def test_a_table_that_is_none_is_a_sentence(files: dict[str, bytes]) -> None:
    whole = files["scores.parquet"]
    for data in (b"", b"PAR1", b"not parquet", whole[: len(whole) // 2], whole[:100] + whole[200:]):
        assert "scores.parquet is no whole parquet table" in refused(files, scores_parquet=data)
    assert "sets.parquet is no whole parquet table" in refused(files, sets_parquet=b"PAR1PAR1")


def test_bytes_that_are_spoilt_anywhere_never_end_in_anything_but_a_sentence(files: dict[str, bytes]) -> None:
    whole = files["scores.parquet"]
    for place in range(4, len(whole), max(1, len(whole) // 150)):
        spoilt = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        with contextlib.suppress(InputError):  # some bytes are of no consequence
            read_evidence(_signed(files, spoilt))


def _signed(files: dict[str, bytes], data: bytes) -> dict[str, bytes]:
    entry = json.loads(files["entry.json"])
    entry["files"]["scores.parquet"] = sha256_bytes(data)
    return files | {"scores.parquet": data, "entry.json": json.dumps(entry).encode()}


@pytest.mark.parametrize(
    "data",
    [
        table(extra=["a"]),
        packed(pa.table({"name": ["a"]})),
        table(value=["1.0"]),
        table(value=[[1.0]]),
        table(value=[{"a": 1.0}]),
        table(name=[1]),
        table(state=[["ok"]]),
    ],
)
def test_other_columns_are_refused(files: dict[str, bytes], data: bytes) -> None:
    assert "scores.parquet should have the columns name, person_id" in refused(files, scores_parquet=data)


def test_a_table_that_says_it_has_billions_of_rows_is_not_read(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_MOST_UNPACKED", 1 << 20)
    rows = 2_000_000
    words = pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array(["a"]))
    values = pa.nulls(rows, pa.float64())
    names = ("name", "person_id", "metric", "state", "message")
    data = packed(pa.table(dict.fromkeys(names, words) | {"value": values}), write_statistics=False)
    assert len(data) < 100_000
    monkeypatch.setattr(evidence, "_without", lambda _: {})
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", lambda *_, **__: pytest.fail("rows were read"))
    assert "says that it has 2,000,000 rows; it may have 21,845" in refused(files, scores_parquet=data)


def test_a_table_that_unpacks_to_too_much_is_stopped(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_MOST_UNPACKED", 1 << 20)
    rows = 2_000
    words = pa.array([f"{i:01000}" for i in range(rows)])
    names = ("name", "person_id", "metric", "state", "message")
    data = packed(pa.table(dict.fromkeys(names, words) | {"value": [0.0] * rows}), use_dictionary=False)
    assert "unpacks to more than 1,048,576 bytes" in refused(files, scores_parquet=data)


def test_gaps_and_hidden_characters_in_a_table_are_refused(files: dict[str, bytes]) -> None:
    assert "rows without name" in refused(files, scores_parquet=table(name=pa.array([None], pa.string())))
    assert "control or invisible" in refused(files, scores_parquet=table(message=["\x1b[2J"]))


def test_what_pandas_says_of_its_own_index_in_a_table_is_not_heeded(files: dict[str, bytes]) -> None:
    rows = pd.read_parquet(io.BytesIO(files["scores.parquet"])).set_index("name")
    data = rows.to_parquet()
    assert read_evidence(_signed(files, data)).rows["name"].nunique() == 15


@pytest.mark.parametrize("make", [lambda: "a" * 500, lambda: "\u202e\x00\n" * 10])
def test_unknown_text_is_shown_short_and_visible(make: Callable[[], str]) -> None:
    shown = plain(make())
    assert len(shown) <= 80
    assert shown.isprintable()
