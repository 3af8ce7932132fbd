"""The rows of photographs that were looked at, on disk as they come: what a stopped run goes on from.

One line of JSON a photograph, after a first line with the settings. Memory holds where each line begins, not
the rows. A line that was cut short by a kill is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir
from pydantic import TypeAdapter, ValidationError

from bfrbench.degradations.align.listing import Photos
from bfrbench.degradations.align.photo import Photo, Row, Settings
from bfrbench.errors import OutputError
from bfrbench.files import disk_errors, sha256_bytes, to_json
from bfrbench.storage import is_remote

FILE = ".photographs.jsonl"
_ROW, _SETTINGS = TypeAdapter(Row), TypeAdapter(Settings)
_NOWHERE = 0  # where the line with the settings begins


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Rows by the number of their photograph; see `open_log`."""

    file: BinaryIO
    path: Path
    places: NDArray[np.int64]  # where each row begins

    def missing(self) -> NDArray[np.int64]:
        """The photographs that have no row."""
        return np.flatnonzero(self.places == _NOWHERE)

    def add(self, number: int, row: Row) -> None:
        """Put a row down; it is on disk when this returns."""
        with disk_errors(self.path):
            self.places[number] = self.file.seek(0, 2)
            self.file.write(to_json(row, indent=None).encode())
            self.file.flush()

    def read(self, number: int) -> Row:
        """The row of a photograph."""
        self.file.seek(int(self.places[number]))
        return _ROW.validate_json(self.file.readline())

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def log_file(folder: Path) -> Path:
    """Where the rows of a folder are: in it; for an address in the user's cache folder, named by its hash."""
    if is_remote(folder):
        return Path(user_cache_dir("bfrbench")) / "align" / f"{sha256_bytes(str(folder).encode())[:32]}.jsonl"
    return folder / FILE


def open_log(folder: Path, settings: Settings, photos: Photos, holds: Callable[[Photo, Row], bool]) -> Log:
    """The log of a folder, with those rows of its photographs that still hold.

    Raises OutputError when the folder's photographs were looked at with other settings.
    """
    path = log_file(folder)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            path.write_text(to_json(settings, indent=None))
        log = Log(path.open("r+b"), path, np.zeros(len(photos), np.int64))
    try:
        _check(log.file.readline(), settings, folder)
        _read(log, photos, holds)
    except BaseException:
        log.close()
        raise
    return log


def _check(line: bytes, settings: Settings, folder: Path) -> None:
    try:
        old = _SETTINGS.validate_json(line)
    except ValidationError:
        old = None
    if old != settings:
        raise OutputError(
            f"{folder} was begun with other settings: {line.decode(errors='replace').strip()}. "
            "Choose another output folder, or remove this one."
        )


def _read(log: Log, photos: Photos, holds: Callable[[Photo, Row], bool]) -> None:
    """Note where each whole line begins, and cut off a last one that is not whole."""
    end = log.file.tell()
    for line in log.file:
        try:
            row = _ROW.validate_json(line)
        except ValidationError:
            break
        number = photos.find(row.file)
        if number is not None:
            log.places[number] = end if holds(photos[number], row) else _NOWHERE
        end += len(line)
    log.file.truncate(end)
