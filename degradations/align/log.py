"""The rows of photographs that were looked at, on disk as they come: what a stopped run goes on from.

One line of JSON a photograph, after a first line with the settings. Memory holds where each line begins, not
the rows. A line that was cut short by a kill is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from bfrbench.degradations.align.photo import Photo, Row, Settings
from bfrbench.errors import OutputError
from bfrbench.files import disk_errors, to_json

FILE = ".photographs.jsonl"
_ROW, _SETTINGS = TypeAdapter(Row), TypeAdapter(Settings)


@dataclass
class Log:
    """Rows by the file of their photograph; see `open_log`."""

    file: BinaryIO
    path: Path
    places: dict[str, tuple[int, tuple[int, int]]] = field(default_factory=dict)  # file → (offset, state)

    def knows(self, photo: Photo) -> bool:
        """Whether the photograph was looked at and has not changed since."""
        place = self.places.get(photo.file)
        return place is not None and place[1] == photo.state

    def add(self, row: Row) -> None:
        """Put a row down; it is on disk when this returns."""
        with disk_errors(self.path):
            offset = self.file.seek(0, 2)
            self.file.write(to_json(row, indent=None).encode())
            self.file.flush()
        self.places[row.file] = (offset, row.state)

    def read(self, file: str) -> Row:
        """The row of a photograph."""
        self.file.seek(self.places[file][0])
        return _ROW.validate_json(self.file.readline())

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def open_log(folder: Path, settings: Settings, keep: Callable[[Row], bool]) -> Log:
    """The log of a folder, with the rows that `keep` wants to keep.

    Raises OutputError when the folder's photographs were looked at with other settings.
    """
    path = folder / FILE
    with disk_errors(path):
        if not path.is_file():
            path.write_text(to_json(settings, indent=None))
        log = Log(path.open("r+b"), path)
    try:
        _check(log.file.readline(), settings, folder)
        _read(log, keep)
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


def _read(log: Log, keep: Callable[[Row], bool]) -> None:
    """Note where each whole line begins, and cut off a last one that is not whole."""
    end = log.file.tell()
    for line in log.file:
        try:
            row = _ROW.validate_json(line)
        except ValidationError:
            break
        if keep(row):
            log.places[row.file] = (end, row.state)
        else:
            log.places.pop(row.file, None)
        end += len(line)
    log.file.truncate(end)
