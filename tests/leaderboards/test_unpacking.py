"""Submissions that mean harm, or are merely odd: refused before anything is read, and nothing is written."""

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bfrbench.errors import InputError
from bfrbench.leaderboards.evidence import LIMITS
from bfrbench.leaderboards.unpacking import read_files, unzip, zipped

FILES = {"entry.json": b"{}", "scores.json": b"{}", "scores.parquet": b"PAR1"}


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as made:
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        unzip(data)
    return str(caught.value)


def test_what_is_packed_comes_back_and_the_same_files_give_the_same_bytes() -> None:
    assert unzip(zipped(FILES)) == FILES
    assert zipped(FILES) == zipped(dict(reversed(FILES.items())))


def test_a_folder_is_read_as_its_zip_is(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    assert read_files(tmp_path) == FILES
    (tmp_path / "s.zip").write_bytes(zipped(FILES))
    assert read_files(tmp_path / "s.zip") == FILES


@pytest.mark.parametrize(
    "name",
    [
        "../entry.json",
        "/etc/passwd",
        "C:\\entry.json",
        "..\\entry.json",
        "sub/entry.json",
        "entry.json/",
        "./entry.json",
        "Entry.json",
        "entry.json ",
        "entrу.json",  # a Cyrillic letter
        "\u202eentry.json",
        "entry\x1b[2Jjson",
        "<script>alert(1)</script>",
    ],
)
def test_any_other_name_than_those_of_an_entry_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = refused(archive((name, b"harm"), *FILES.items()))
    assert "a submission has entry.json, scores.json, scores.parquet, sets.parquet" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_cut_at_a_nul_is_refused() -> None:
    data = archive(("entry.json_x", b"{}")).replace(b"entry.json_x", b"entry.json\0x")
    assert "It holds" in refused(data)


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("entry.json")
    link.external_attr = 0o120777 << 16
    assert "entry.json is no ordinary file" in refused(archive((link, b"/etc/passwd")))


def test_twins_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(("entry.json", b"{}"), ("entry.json", b"[]"))
    assert refused(data) == "entry.json is in the zip 2 times."


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    bomb = archive(("entry.json", bytes(50_000_000)))
    assert len(bomb) < 100_000
    assert refused(bomb) == "entry.json has 50,000,000 bytes; it may have 262,144."


def test_a_bomb_that_declares_little_is_not_unpacked_further() -> None:
    bomb = bytearray(archive(("entry.json", bytes(50_000_000))))
    true = struct.pack("<I", 50_000_000)
    assert bomb.count(true) == 2
    lying = bytes(bomb).replace(true, struct.pack("<I", 1000))
    assert "It is no whole zip: Bad CRC-32" in refused(lying)
    honest = struct.pack("<I", zlib.crc32(bytes(50_000_000)))
    forged = lying.replace(honest, struct.pack("<I", zlib.crc32(bytes(1000))))
    assert len(unzip(forged)["entry.json"]) == 1000


def test_thousands_of_files_are_refused_before_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = archive(*((f"{i}.json", b"") for i in range(3000)))
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the directory was read"))
    assert "too many files" in refused(data)


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(packed: int) -> None:
    assert "packed by other means" in refused(archive(("entry.json", b"{}"), packed=packed))


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(archive(("entry.json", b"{}")))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    assert "encrypted" in refused(bytes(data))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"this is no zip",
        lambda data: data[: len(data) // 2],
        lambda data: data[:40] + bytes(20) + data[60:],
        lambda data: data[:-22] + b"PK\x05\x06" + b"\xff" * 18,
    ],
)
def test_half_a_zip_is_a_sentence(spoil: Callable[[bytes], bytes]) -> None:
    assert refused(spoil(zipped(FILES)))


def test_every_stranger_is_told_at_once() -> None:
    assert len(refused(archive(("a", b""), ("b", b""), *FILES.items())).splitlines()) == 2


def test_a_folder_with_links_pipes_or_folders_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "entry.json").symlink_to(secret)
    os.mkfifo(folder / "scores.json")
    (folder / "scores.parquet").mkdir()
    with pytest.raises(InputError) as caught:
        read_files(folder)
    assert str(caught.value).count("is no ordinary file") == 3
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(InputError, match="neither a folder nor a file"):
        read_files(tmp_path / "link")


def test_a_folder_of_large_or_many_files_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "entry.json").open("wb") as file:
        file.truncate(LIMITS["entry.json"] + 1)
    with pytest.raises(InputError, match="it may have 262,144"):
        read_files(tmp_path)
    for i in range(30):
        (tmp_path / str(i)).touch()
    with pytest.raises(InputError, match="It holds 31 files"):
        read_files(tmp_path)


def test_an_archive_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "s.zip").open("wb") as file:
        file.truncate(sum(LIMITS.values()) + 1)
    with pytest.raises(InputError, match="a submission may have"):
        read_files(tmp_path / "s.zip")


def test_a_place_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a folder nor a file"):
        read_files(tmp_path / "nothing")
