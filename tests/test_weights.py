"""Weights: found by sha256 alone, in the order that is promised."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bfrbench import weights
from bfrbench.errors import InputError, OutputError, UnknownName, WeightsUnavailable
from bfrbench.files import sha256_bytes

DATA = b"weights of a very small judge"
ROW = weights.WeightFile(
    file="small.bin",
    sha256=sha256_bytes(DATA),
    bytes=len(DATA),
    licence="CC0-1.0",
    origin="this test",
    used_by="small/judge",
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    made = {kind: tmp_path / kind for kind in ("first", "second", "cache")}
    for path in made.values():
        path.mkdir()
    monkeypatch.setitem(weights.WEIGHTS, "small", ROW)
    monkeypatch.setenv("BFRBENCH_WEIGHTS", f"{made['first']}:{made['second']}")
    monkeypatch.setattr(weights, "cache_folder", lambda: made["cache"])
    return made


@pytest.mark.parametrize("name", ["lpips-alex", "dlib-face", "niqe-pristine"])
def test_embedded_files_are_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFRBENCH_WEIGHTS")
    found = weights.locate(name)
    assert found
    assert found[1] == "embedded"


def test_every_row_says_whose_it_is_and_what_for() -> None:
    for row in weights.WEIGHTS.values():
        assert row.licence
        assert row.origin
        assert row.used_by
        assert len(row.sha256) in (0, 64) or f"-{row.sha256}." in row.file


def test_the_embedded_readme_names_every_embedded_file() -> None:
    folder = weights.folders()["embedded"][0]
    text = (folder / "README.md").read_text()
    embedded = [path.name for path in folder.iterdir() if path.name != "README.md"]
    assert {row.file for row in weights.WEIGHTS.values()} >= set(embedded)
    for file in embedded:
        assert f"| `{file}` |" in text
    for row in weights.WEIGHTS.values():
        if row.file in embedded:
            assert row.sha256 in text


def test_the_first_whole_file_wins(places: dict[str, Path]) -> None:
    for kind in ("second", "cache"):
        (places[kind] / ROW.file).write_bytes(DATA)
    assert weights.find("small") == places["second"] / ROW.file
    (places["first"] / ROW.file).write_bytes(DATA[:-1] + b"?")  # right size, wrong bytes: passed over
    assert weights.find("small") == places["second"] / ROW.file


def test_a_replaced_file_is_looked_at_again(places: dict[str, Path]) -> None:
    path = places["cache"] / ROW.file
    path.write_bytes(DATA)
    assert weights.find("small") == path
    path.write_bytes(DATA[::-1])
    with pytest.raises(WeightsUnavailable, match="damaged"):
        weights.find("small")


def test_a_missing_file_says_what_for_and_where_to_put_it(places: dict[str, Path]) -> None:
    with pytest.raises(WeightsUnavailable) as caught:
        weights.find("small")
    for word in ("small/judge", "small.bin", "CC0-1.0", str(places["cache"])):
        assert word in str(caught.value)


def test_an_explicit_path_must_be_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.bin"
    with pytest.raises(InputError, match="not a file"):
        weights.find("small", path)
    path.write_bytes(b"other")
    with pytest.raises(InputError, match="sha256 should be"):
        weights.find("small", path)
    path.write_bytes(DATA)
    assert weights.find("small", path) == path


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnknownName, match="lpips-alex"):
        weights.find("lpips")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "good.bin").write_bytes(DATA)
    (folder / "bad.bin").write_bytes(DATA + b"!")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_a_download_lands_in_the_cache(
    server: str, places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(weights.WEIGHTS, "small", replace(ROW, url=f"{server}/good.bin"))
    assert weights.download("small") == places["cache"] / ROW.file
    assert weights.find("small").read_bytes() == DATA


@pytest.mark.parametrize("file", ["bad.bin", "gone.bin"])
def test_a_wrong_or_missing_download_leaves_nothing(
    server: str, places: dict[str, Path], monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setitem(weights.WEIGHTS, "small", replace(ROW, url=f"{server}/{file}"))
    with pytest.raises(OutputError, match="Could not download"):
        weights.download("small")
    assert list(places["cache"].iterdir()) == []
