"""Folders that are not on this machine's disks: any address that fsspec opens, such as `s3://bucket/faces`.

An address becomes a `UPath`, which has pathlib's methods, so the rest of bfrbench goes on as with a `Path`.
What differs is here: a file is put there whole and at once, and what fails for a moment (a busy store, a
connection that broke) is tried again, with waits that grow.
"""

import errno
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from bfrbench.errors import InputError, OutputError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from upath import UPath

P = ParamSpec("P")
Result = TypeVar("Result")

TRIES: Final = 6
LONGEST_WAIT: Final = 20.0
"""Seconds between two tries; the first wait is below one."""
_FINAL: Final = (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)
_VERSIONS: Final = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime", "created")
"""Where stores tell apart two contents of one name, the surest first."""
_LOG: Final = logging.getLogger("bfrbench.storage")


def open_place(text: str) -> Path:
    """A path on disk, or what has a path's methods for an address with `://`.

    Raises InputError for an address that nothing installed here can open.
    """
    if "://" not in text:
        return Path(text)
    if text.startswith("file://"):
        return Path(text.removeprefix("file://"))
    from upath import UPath  # noqa: PLC0415  # only who asks for it needs it

    try:
        place = UPath(text)
        place.fs  # noqa: B018  # what opens it is loaded here, and may not be installed
    except (ImportError, ValueError) as error:
        raise InputError(f"{text} cannot be opened: {error}") from error
    return cast("Path", place)


def is_remote(path: Path) -> bool:
    """Whether a path is an address, without temporary files, renaming and folders of its own."""
    return not isinstance(path, PurePath)


def patiently(call: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Call, and again while a store fails for a moment; raises what the last of TRIES raised."""
    tries = Retrying(
        retry=retry_if_exception(_is_passing),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(0.3, LONGEST_WAIT),
        before_sleep=before_sleep_log(_LOG, logging.INFO),
        reraise=True,
    )
    return tries(call, *args, **kwargs)


def _is_passing(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, OSError) and not isinstance(error, _FINAL) and not full


def read(path: Path) -> bytes:
    """All bytes of a remote file; raises OSError."""
    return patiently(path.read_bytes)


def write(path: Path, data: bytes) -> None:
    """Put a remote file there, whole, in the place of one that may be there."""
    _put(path, lambda: _store(path).pipe_file(_key(path), data))


def upload(path: Path, file: Path) -> None:
    """Put a local file there, whole."""
    _put(path, lambda: _store(path).put_file(str(file), _key(path)))


def names_in(folder: Path) -> Iterator[str]:
    """Names of what lies at an address, as it is now."""
    store = _store(folder)
    store.invalidate_cache()  # workers write, and this process would not know
    try:
        found = patiently(store.ls, _key(folder), detail=False)
    except FileNotFoundError:
        return
    yield from (name.rstrip("/").rpartition("/")[2] for name in found)


def files_below(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Files at an address and below, with sizes and numbers that change with them; nothing hidden."""
    store, root = _store(folder), _key(folder).strip("/")
    store.invalidate_cache()
    for name, about in patiently(store.find, _key(folder), detail=True).items():
        below = name.strip("/").removeprefix(root).lstrip("/")
        if not any(part.startswith(".") for part in below.split("/")):
            yield below, (int(about["size"] or 0), _version(about))


def _version(about: Mapping[str, Any]) -> int:
    """What a store calls a file's content, or when it says that it was put there, as a number."""
    said = next((about[name] for name in _VERSIONS if about.get(name)), "")
    return int.from_bytes(hashlib.sha256(str(said).encode()).digest()[:7])


def move(path: Path, to: Path) -> None:
    """Move a remote file."""
    _put(to, lambda: _store(path).mv(_key(path), _key(to)))


def remove(path: Path) -> None:
    """Remove a remote file, if it is there."""
    with suppress(FileNotFoundError):
        patiently(_store(path).rm_file, _key(path))


def _put(path: Path, put: Callable[[], None]) -> None:
    try:
        patiently(put)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written, after {TRIES} tries where that may help: {error}. What was "
            "written before is whole: run the same command again."
        ) from error


def _store(path: Path) -> "AbstractFileSystem":
    return cast("UPath", path).fs


def _key(path: Path) -> str:
    return cast("UPath", path).path
