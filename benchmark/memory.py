"""What scoring remembers from one run to the next: features and values, by the hash of all they depend on.

One SQLite file in the user's cache folder (BFRBENCH_CACHE names another). It saves work and changes no
number: deleting it is always safe, and a damaged file is begun anew. One process opens it: workers, which may
be on other machines, are handed what is known of the images that they are to look at.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from bfrbench.errors import OutputError
from bfrbench.files import make_folder

Vector = NDArray[np.float32]
Item = tuple[str, bytes]


def default_path() -> Path:
    """BFRBENCH_CACHE, or `scores.sqlite` in the user's cache folder."""
    said = os.environ.get("BFRBENCH_CACHE")
    return Path(said) if said else Path(platformdirs.user_cache_dir("bfrbench")) / "scores.sqlite"


@dataclass(frozen=True, slots=True)
class Known:
    """Some of what is remembered, to be handed to a worker."""

    values: Mapping[str, bytes] = field(default_factory=dict)

    def vector(self, key: str) -> Vector | None:
        """A feature vector, float32."""
        value = self.values.get(key)
        return None if value is None else np.frombuffer(value, dtype=np.float32)

    def number(self, key: str) -> float | None:
        """A metric's value, float64."""
        value = self.values.get(key)
        return None if value is None else float(np.frombuffer(value, dtype=np.float64)[0])


@dataclass(frozen=True, slots=True)
class Memory:
    """An open file."""

    path: Path
    connection: sqlite3.Connection

    def get(self, key: str) -> bytes | None:
        """What is remembered under a key."""
        row = self.connection.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def among(self, keys: Iterable[str]) -> Known:
        """All that is remembered under some keys."""
        found = {key: self.get(key) for key in keys}
        return Known({key: value for key, value in found.items() if value is not None})

    def put(self, items: Iterable[Item]) -> None:
        """Remember; all of it or, after a crash, none of it."""
        try:
            with self.connection:
                self.connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", items)
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"What was scored cannot be remembered: {error}. Make room on the disk, or name another file "
                "in BFRBENCH_CACHE."
            ) from error


@contextmanager
def open_memory(path: Path) -> Iterator[Memory]:
    """Open or begin the file; raises OutputError when neither can be done."""
    make_folder(path.parent)
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) or not _is_database(path):
            raise OutputError(
                f"{path} cannot be used to remember scores: {error}. Name another file in BFRBENCH_CACHE."
            ) from error
        # damaged: it holds nothing that cannot be computed again
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                path.with_name(path.name + ending).unlink()
        try:
            connection = _connect(path)
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"{path} cannot be written: {error}. Name another in BFRBENCH_CACHE."
            ) from error
    try:
        yield Memory(path, connection)
    finally:
        connection.close()


def _is_database(path: Path) -> bool:
    """Whether a file began as one of SQLite's; anything else is somebody's, and stays."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60.0)
    connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    connection.commit()
    return connection
