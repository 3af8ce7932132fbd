"""Folders that are addresses: whole files, patience with a store that fails for a moment, and the verbs."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tenacity
from fsspec.implementations.memory import MemoryFileSystem
from skimage.data import astronaut

from bfrbench import files, pixels, storage
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import choice
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score
from bfrbench.degradations.dataset import make_dataset, open_dataset, plain_dataset, verify_dataset
from bfrbench.errors import InputError, OutputError
from bfrbench.storage import open_place


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long would have been waited, instead of waiting."""
    waited: list[float] = []
    monkeypatch.setattr(tenacity.nap.time, "sleep", waited.append)
    return waited


def failing(monkeypatch: pytest.MonkeyPatch, name: str, times: int, error: Exception) -> list[str]:
    """Let a method of the store fail so many times."""
    real: Callable[..., Any] = getattr(MemoryFileSystem, name)
    failed: list[str] = []

    def now_and_then(self: MemoryFileSystem, path: str, *args: Any, **kwargs: Any) -> Any:
        if len(failed) < times:
            failed.append(path)
            raise error
        return real(self, path, *args, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, name, now_and_then)
    return failed


def test_a_path_without_a_scheme_is_a_path(tmp_path: Path) -> None:
    assert open_place(str(tmp_path)) == open_place(f"file://{tmp_path}") == tmp_path
    assert not storage.is_remote(tmp_path)
    assert storage.is_remote(open_place("memory://bucket/faces"))


def test_an_address_that_nothing_opens_is_told() -> None:
    with pytest.raises(InputError, match="nonsense://bucket cannot be opened"):
        open_place("nonsense://bucket")


def test_what_is_written_piece_by_piece_is_there_whole_or_not_at_all(store: Path) -> None:
    with files.writing(store / "a/b.bin") as file:
        file.write(b"one")
        assert not (store / "a/b.bin").exists()
        file.write(b"two")
    assert files.read_bytes(store / "a/b.bin") == b"onetwo"
    with pytest.raises(TypeError), files.writing(store / "a/c.bin") as file:
        file.write(b"half") and file.write("text")  # type: ignore[arg-type]
    assert not (store / "a/c.bin").exists()
    assert files.sha256_file(store / "a/b.bin") == hashlib.sha256(b"onetwo").hexdigest()


def test_a_store_that_fails_for_a_moment_is_asked_again(
    store: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = failing(monkeypatch, "pipe_file", 3, TimeoutError("busy"))
    files.write_bytes(store / "a.bin", b"data")
    assert (len(failed), len(waits)) == (3, 3)
    assert all(wait <= storage.LONGEST_WAIT for wait in waits)
    failed = failing(monkeypatch, "_open", 2, ConnectionResetError("gone"))
    assert files.read_bytes(store / "a.bin") == b"data"
    assert len(failed) == 2


def test_a_store_that_keeps_failing_is_given_up(
    store: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "pipe_file", 99, TimeoutError("busy"))
    with pytest.raises(OutputError, match=r"a\.bin could not be written, after 6 tries"):
        files.write_bytes(store / "a.bin", b"data")
    assert len(waits) == storage.TRIES - 1


def test_what_is_not_there_is_not_waited_for(store: Path, waits: list[float]) -> None:
    with pytest.raises(FileNotFoundError):
        files.read_bytes(store / "none.bin")
    assert waits == []


@pytest.mark.parametrize("shards", [None, 2])
@pytest.mark.parametrize("kind", ["store", pytest.param("bucket", marks=pytest.mark.slow)])
def test_the_way_from_faces_to_scores_is_the_same_in_a_store_and_on_disk(
    kind: str, tmp_path: Path, shards: int | None, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue(kind)
    picture = astronaut()
    found = {}
    for place in (tmp_path, store):
        for number in range(3):
            face = np.ascontiguousarray(picture[8 * number : 8 * number + 64, 180:244])
            files.make_folder(place / "faces")
            pixels.write_png(place / f"faces/{number}.png", face)
        made = make_dataset(place / "faces", place / "data", preset="gfpgan-release-128", shards=shards)
        assert (
            make_dataset(place / "faces", place / "data", preset="gfpgan-release-128", shards=shards) == made
        )
        data = open_dataset(place / "data")
        run = restore(data, place / "run", resolve("unsharp"), spec="unsharp", batch=2)
        assert restore(data, place / "run", resolve("unsharp"), spec="unsharp", batch=2).sha256 == run.sha256
        protocol = choice([METRICS["psnr/rgb"]])
        memory = tmp_path / f"{storage.is_remote(place)}.sqlite"
        entry = score(place / "run", data, place / "scores", protocol=protocol, memory=memory)
        assert verify_dataset(place / "data").passed
        scores = [files.read_bytes(place / "scores" / name) for name in ("scores.json", "scores.parquet")]
        found[str(place)] = (made.card, run.sha256, entry, scores)
    here, there = found.values()
    assert here == there


def test_plain_folders_at_addresses_are_restored_and_scored(store: Path, tmp_path: Path) -> None:
    picture = astronaut()
    found = []
    for place in (tmp_path, store):
        files.make_folder(place / "faces")
        for number in range(3):
            face = np.ascontiguousarray(picture[8 * number : 8 * number + 64, 180:244])
            pixels.write_png(place / f"faces/{number}.png", face)
        run = restore(plain_dataset(lq=place / "faces"), place / "run", resolve("unsharp"), spec="unsharp")
        hq = plain_dataset(hq=place / "faces")
        memory = tmp_path / f"{storage.is_remote(place)}.sqlite"
        protocol = choice([METRICS["psnr/rgb"]])
        entry = score(
            place / "run/restored", hq, place / "scores", protocol=protocol, name="u", memory=memory
        )
        found.append((run.sha256, entry, files.read_bytes(place / "scores/scores.parquet")))
    assert found[0] == found[1]


def test_what_lies_in_a_store_is_listed_moved_and_removed(store: Path) -> None:
    assert list(files.names_in(store / "none")) == []
    for name in ("a.png", "b/c.png", "b/.hidden", ".d/e.png"):
        files.write_bytes(store / name, name.encode())
    assert sorted(files.names_in(store)) == [".d", "a.png", "b"]
    before = dict(files.files_below(store))
    assert set(before) == {"a.png", "b/c.png"}
    assert before["b/c.png"][0] == len("b/c.png")
    files.write_bytes(store / "a.png", b"other")
    after = dict(files.files_below(store))
    assert after["a.png"] != before["a.png"]
    assert after["b/c.png"] == before["b/c.png"]
    files.move(store / "a.png", store / "b/c.png")
    assert files.read_bytes(store / "b/c.png") == b"other"
    for _ in range(2):
        files.remove(store / "b/c.png")
    assert dict(files.files_below(store)) == {}
