"""Whole files or none: atomic writes, hashes, JSON that knows our dataclasses, folders of images."""

import errno
import hashlib
import json
import math
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from bfrbench import storage
from bfrbench.errors import InputError, OutputError

T = TypeVar("T")
_UMASK = Lock()
FileState = tuple[int, int]
"""A file's size in bytes, and a number that changes when the file does."""

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's word about a failed write into a sentence with the way out."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"The disk is full: could not write {path}. Whatever was written before is whole. "
                "Free some space and run the same command again; it goes on where it stopped."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise OutputError(f"No permission to write {path}. Choose another output folder.") from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
            raise OutputError(f"Cannot write {path}: a file stands where a folder should be.") from error
        raise


def make_folder(path: Path) -> Path:
    """Make a folder with its parents, and return it; in an object store, folders come with their files."""
    if storage.is_remote(path):
        return path
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to write piece by piece; at any instant `path` is either whole or absent."""
    if storage.is_remote(path):
        with tempfile.TemporaryDirectory(prefix="bfrbench-") as folder:
            whole = Path(folder) / path.name
            with whole.open("wb") as file:
                yield file
            storage.upload(path, whole)
        return
    with disk_errors(path):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=path.suffix)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            # mkstemp makes 0600 files; give what the user's umask allows
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that at any instant it is either whole or absent."""
    if storage.is_remote(path):
        storage.write(path, data)
        return
    with writing(path) as file:
        file.write(data)


def _umask() -> int:
    with _UMASK:  # it can be asked only by setting it, for the whole process
        value = os.umask(0o022)
        os.umask(value)
    return value


def read_bytes(path: Path) -> bytes:
    """A file's bytes; `shards/00000.tar/a.lq.png` means the member a.lq.png of that tar. Raises OSError."""
    tar = path.parent
    if tar.suffix != ".tar" or tar.is_dir():
        return storage.read(path) if storage.is_remote(path) else path.read_bytes()
    place = tar_members(tar).get(path.name)
    if place is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return storage.patiently(_read_part, tar, *place) if storage.is_remote(tar) else _read_part(tar, *place)


def _read_part(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def read_named(path: Path, sha256: str | None) -> bytes:
    """A file of a data set; raises InputError when it is missing or not the one that the manifest names."""
    try:
        data = read_bytes(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}. The data set is not whole."
        ) from error
    if sha256_bytes(data) != sha256:
        raise InputError(
            f"{path} is not the file that the data set names (its sha256 differs from the manifest's). "
            "Make or fetch the data set again."
        )
    return data


def tar_members(tar: Path) -> Mapping[str, tuple[int, int]]:
    """{name: (offset, size)} of the files in an uncompressed tar, in their order. Raises OSError."""
    about = tar.stat()
    return _tar_members(tar, about.st_size, about.st_mtime)


@lru_cache(maxsize=8)
def _tar_members(tar: Path, size: int, changed: float) -> Mapping[str, tuple[int, int]]:  # noqa: ARG001
    try:
        with tar.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            return {
                member.name.removeprefix("./"): (member.offset_data, member.size)  # "./": `tar cf X .`
                for member in archive
                if member.isfile()
            }
    except tarfile.TarError as error:
        raise OSError(errno.EINVAL, f"is no whole tar: {error}", str(tar)) from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, with \\n line ends on every platform."""
    write_bytes(path, text.encode())


def names_in(folder: Path) -> Iterator[str]:
    """Names of what lies in a folder, in any order; none for an address where nothing lies yet."""
    if storage.is_remote(folder):
        yield from storage.names_in(folder)
        return
    with os.scandir(folder) as entries:
        yield from (entry.name for entry in entries)


def files_below(folder: Path) -> Iterator[tuple[str, FileState]]:
    """Files in a folder and below, by their paths with slashes, with their states; nothing hidden."""
    if storage.is_remote(folder):
        yield from storage.files_below(folder)
        return
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = "".join(f"{part}/" for part in Path(place).relative_to(folder).parts)
        for name in names:  # text, not Path, which keeps a table of all parts that it has met
            if name.startswith("."):
                continue
            try:
                about = os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118
            except OSError:  # a link to nowhere, or gone by now
                yield below + name, (0, 0)
            else:
                yield below + name, (about.st_size, about.st_mtime_ns)


def move(path: Path, to: Path) -> None:
    """Move a file, in the place of one that may be there; both are at addresses, or neither is."""
    if storage.is_remote(path):
        storage.move(path, to)
        return
    with disk_errors(to):
        path.replace(to)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    if storage.is_remote(path):
        storage.remove(path)
        return
    with disk_errors(path):
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove half-written temporary files that a killed process left in a folder."""
    if storage.is_remote(folder):
        return
    for path in folder.glob(".writing-*"):
        path.unlink(missing_ok=True)


def sha256_bytes(data: bytes) -> str:
    """SHA-256 of bytes, as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    return storage.patiently(_sha256_file, path) if storage.is_remote(path) else _sha256_file(path)


def _sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 over the canonical JSON of a dataclass, mapping, list or number."""
    return sha256_bytes(to_json(value, indent=None).encode())


def to_json(value: Any, indent: int | None = 2) -> str:
    """JSON text of dataclasses and plain values; key order is the fields' own, infinity is "Infinity"."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        _plain(value), indent=indent, ensure_ascii=False, allow_nan=False, separators=separators
    )
    return text + "\n"


def _plain(value: Any) -> Any:
    # not pydantic's own dump: it writes infinity as null
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def write_json(path: Path, value: Any) -> None:
    """Write a dataclass or plain value as JSON, atomically."""
    write_text(path, to_json(value))


def read_json(path: Path, kind: type[T], what: str) -> T:
    """Read and validate JSON as `kind`, a dataclass or a built-in type.

    Raises InputError, naming the first field that is wrong, for anything but a whole, valid file.
    """
    try:
        text = read_bytes(path)
    except OSError as error:
        raise InputError(f"{path} is not there or not readable; it should be {what}.") from error
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise InputError(f"{path} is not {what}: {place}: {first['msg']}.") from error


def write_parquet(path: Path, rows: pd.DataFrame) -> None:
    """Write a table as parquet, atomically; equal tables give equal bytes."""
    write_bytes(path, rows.to_parquet(None, index=False, engine="pyarrow", compression="zstd"))


def parquet_source(path: Path) -> pa.NativeFile:
    """A parquet file for pyarrow, whole in memory.

    A Python file would be read by threads of pyarrow's, which may still hold it when Python ends; then the
    whole process aborts, its work done (apache/arrow#34314).
    """
    return pa.BufferReader(read_bytes(path))


def parquet_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Columns of a parquet file, or all of them; raises OSError and ValueError."""
    with parquet_source(path) as source:
        wanted = None if columns is None else list(columns)
        table = pq.ParquetFile(source).read(columns=wanted, use_threads=False)
        frame: pd.DataFrame = table.to_pandas(use_threads=False)
        return frame


def read_parquet(path: Path, what: str) -> pd.DataFrame:
    """Read a parquet table; raises InputError for anything but a whole one."""
    try:
        return parquet_table(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not {what}: {error}.") from error


def is_inside(inner: Path, outer: Path) -> bool:
    """Whether a folder is another one, or in it."""
    if storage.is_remote(inner) != storage.is_remote(outer):
        return False
    return inner.resolve().is_relative_to(outer.resolve())


def images_in(folder: Path) -> dict[str, Path]:
    """Image files directly in a folder, as {name without suffix: path}, sorted by name.

    Raises InputError when the folder is missing, holds no image, or holds two files that differ by
    their suffix alone (then nobody could say which of them a name means).
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in IMAGE_SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise InputError(
                f"{folder} holds both {found[path.stem].name} and {path.name}: keep one of them."
            )
        check_name(path.name, folder)
        found[path.stem] = path
    if not found:
        kinds = ", ".join(sorted(IMAGE_SUFFIXES))
        raise InputError(f"{folder} holds no image ({kinds}); images in folders below it do not count.")
    return found


def without_folders(text: str) -> str:
    """A text whose absolute paths, which are of one machine, are shortened to file names; addresses stay."""
    return re.sub(r"(?<![\w.{}/\\])(~?/(?!/)|[A-Za-z]:[\\/](?!/))([^\s\"'?]*[\\/])?", "", text)


def check_name(name: str, folder: Path) -> None:
    """Raise InputError for a file name that is no Unicode text: tables and seeds are made of names."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"A file in {folder} has a name that is no UTF-8, {name!a}: rename it (`convmv` does many)."
        ) from error


def few(names: Iterable[str], most: int = 5) -> str:
    """The first names of a list and how many more there are, for error messages."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
