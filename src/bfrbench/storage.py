"""Folders that are not on this machine's disks: any address that fsspec opens, such as `s3://bucket/faces`.

An address becomes a `UPath`, which has pathlib's methods, so the rest of bfrbench goes on as with a `Path`.
What differs is here: a file is put there whole and at once, and what fails for a moment (a busy store, a
connection that broke) is tried again, with waits that grow.
"""

import errno
import logging
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Final, ParamSpec, TypeVar, cast

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


def upload(path: Path, file: BinaryIO) -> None:
    """Put a local file there, whole."""
    _put(path, lambda: _store(path).put_file(file.name, _key(path)))


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
