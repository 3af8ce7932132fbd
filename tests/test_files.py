"""Files: whole or absent, and readable by others."""

import errno
import io
import json
import math
import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from bfrbench import files
from bfrbench.errors import InputError, OutputError


@dataclass(frozen=True)
class Point:
    x: float
    tags: tuple[str, ...] = ()


READ_A_TABLE = """
import os, sys
from pathlib import Path
import pyarrow.parquet
from bfrbench import files

def threads():
    return len(os.listdir("/proc/self/task"))

path = Path(sys.argv[1])
files.write_parquet(path, files.pd.DataFrame({str(i): [f"{i}", "b"] * 500 for i in range(12)}))
before = threads()
assert files.read_parquet(path, "a table").shape == (1000, 12)
print(threads() - before)
"""


def test_a_table_is_read_without_threads_that_outlive_python(tmp_path: Path) -> None:
    """Such a thread, pyarrow's, can abort the process at its end."""
    command = [sys.executable, "-c", READ_A_TABLE, str(tmp_path / "table.parquet")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "0\n"


def test_json_round_trips_a_dataclass(tmp_path: Path) -> None:
    files.write_json(tmp_path / "p.json", Point(1.5, ("ü", "<b>")))
    assert files.read_json(tmp_path / "p.json", Point, "a point") == Point(1.5, ("ü", "<b>"))


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_json_keeps_infinity_without_leaving_the_standard(tmp_path: Path, value: float) -> None:
    files.write_json(tmp_path / "p.json", Point(value))
    json.loads((tmp_path / "p.json").read_text(), parse_constant=pytest.fail)
    assert files.read_json(tmp_path / "p.json", Point, "a point").x == value


@pytest.mark.parametrize(
    ("text", "word"), [("", "p.json"), ("{", "p.json"), ('{"tags": []}', "x: "), ('{"x": "far"}', "x: ")]
)
def test_wrong_json_is_named_with_its_field(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match=word):
        files.read_json(tmp_path / "p.json", Point, "a point")


def test_missing_json_says_what_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="should be a point"):
        files.read_json(tmp_path / "p.json", Point, "a point")


def test_equal_values_have_equal_hashes_and_others_do_not() -> None:
    assert files.sha256_json(Point(1.0, ("a",))) == files.sha256_json(Point(1.0, ("a",)))
    assert files.sha256_json(Point(1.0, ("a",))) != files.sha256_json(Point(1.0, ("b",)))


def test_parquet_round_trips_and_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    rows = pd.DataFrame({"name": ["a", "b"], "value": [1.0, math.inf]})
    for file in ("1.parquet", "2.parquet"):
        files.write_parquet(tmp_path / file, rows.copy())
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    pd.testing.assert_frame_equal(files.read_parquet(tmp_path / "1.parquet", "rows"), rows)


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    files.write_parquet(tmp_path / "a.parquet", pd.DataFrame({"a": range(100)}))
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="is not rows"):
        files.read_parquet(tmp_path / "a.parquet", "rows")


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "a.txt", "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="disk is full"):
        files.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_killed_writer_never_leaves_half_a_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bfrbench.files import write_bytes\n"
        "while True:\n"
        "    for n in (1, 2): write_bytes(Path(sys.argv[1]) / 'a.bin', bytes([n]) * 20_000_000)\n"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
        while not (tmp_path / "a.bin").exists():
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        data = (tmp_path / "a.bin").read_bytes()
        assert len(data) == 20_000_000
        assert len(set(data)) == 1
        files.remove_leftovers(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_a_name_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"J\xfcrgen.png")).write_bytes(b"")
    with pytest.raises(InputError, match=r"no UTF-8, 'J\\udcfcrgen\.png': rename it"):
        files.images_in(tmp_path)


def test_files_get_the_permissions_that_the_umask_allows(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.txt", "a")
    (tmp_path / "b.txt").write_text("b")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_a_file_where_a_folder_should_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(OutputError, match="stands where a folder should be"):
        files.make_folder(tmp_path / "a" / "b")


def test_images_are_found_by_name_in_order(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    assert list(files.images_in(tmp_path)) == ["a", "b"]


def test_two_suffixes_for_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"both a\.jpg and a\.png"):
        files.images_in(tmp_path)


def test_a_folder_without_images_and_no_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no image"):
        files.images_in(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        files.images_in(tmp_path / "gone")


def test_few_names_and_how_many_more() -> None:
    assert files.few(["a", "b"]) == "a, b"
    assert files.few("abcdefg") == "a, b, c, d, e and 2 more"


def test_a_member_of_a_tar_is_read_like_a_file(tmp_path: Path) -> None:
    tar = tmp_path / "00000.tar"
    for text in (b"one", b"another"):  # the second time the tar has changed
        with tarfile.open(tar, "w") as archive:
            header = tarfile.TarInfo("a.txt")
            header.size = len(text)
            archive.addfile(header, io.BytesIO(text))
        assert files.read_bytes(tar / "a.txt") == text
    with pytest.raises(FileNotFoundError, match=r"00000\.tar/b\.txt"):
        files.read_bytes(tar / "b.txt")
    tar.write_bytes(b"no tar" * 200)
    with pytest.raises(OSError, match="is no whole tar"):
        files.read_bytes(tar / "a.txt")
    tar.unlink()
    with pytest.raises(FileNotFoundError):
        files.read_bytes(tar / "a.txt")
    tar.mkdir()
    (tar / "a.txt").write_bytes(b"a folder of that name")
    assert files.read_bytes(tar / "a.txt") == b"a folder of that name"


def test_a_file_written_in_pieces_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"

    def fail_half_way() -> None:
        with files.writing(path) as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert list(tmp_path.iterdir()) == []
    with files.writing(path) as file:
        file.write(b"the ")
        assert not path.exists()
        file.write(b"whole")
    assert path.read_bytes() == b"the whole"
    assert list(tmp_path.iterdir()) == [path]
