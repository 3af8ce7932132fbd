"""The manifest's rows on their way: they wait in a file and not in memory, and are written by groups."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bfrbench import files, storage
from bfrbench.degradations.manifest import table
from bfrbench.degradations.pairs import Made

GROUP = 10_000
"""Rows of a row group: smaller sets have one, as `files.write_parquet` gives it."""
_CHUNK = 500  # rows that are Python objects at a time; as a table they take a tenth of the memory


@dataclass
class Rows:
    """Rows by their names, in a nameless file that is gone when it is closed."""

    file: BinaryIO
    places: dict[str, int] = field(default_factory=dict)  # name → where its row begins
    types: dict[str, type] = field(default_factory=dict)  # of the recipes' flat values
    any_landmarks: bool = False

    def add(self, made: Sequence[Made]) -> None:
        """Put rows down."""
        for pair in made:
            self.places[pair.row["name"]] = self.file.tell()
            self.file.write(json.dumps((pair.row, pair.recipe_values)).encode() + b"\n")
            self.types |= {key: type(value) for key, value in pair.recipe_values.items()}
            self.any_landmarks |= pair.row["landmarks"] is not None

    def write(self, path: Path) -> None:
        """Write the whole manifest, sorted by name, atomically; equal rows give equal bytes."""
        names = sorted(self.places)
        groups = (self._group(names[start : start + GROUP]) for start in range(0, len(names), GROUP))
        first = next(groups)
        schema = first.schema
        if self.any_landmarks:
            place = schema.get_field_index("landmarks")  # a group where nobody has any says null
            schema = schema.set(place, pa.field("landmarks", pa.array([[0.0]]).type))
        with files.writing(path) as out, pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for group in chain([first], groups):
                writer.write_table(group.cast(schema))

    def _group(self, names: Sequence[str]) -> pa.Table:
        chunks = (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))
        tables = [table([*self._read(chunk)], self.types) for chunk in chunks]
        return pa.Table.from_pandas(pd.concat(tables, ignore_index=True), preserve_index=False)

    def _read(self, names: Sequence[str]) -> Iterator[Made]:
        for name in names:
            self.file.seek(self.places[name])
            yield Made(*json.loads(self.file.readline()))


@contextmanager
def waiting_rows(folder: Path) -> Iterator[Rows]:
    """No rows yet, and a place for them on the data set's disk, or on this machine's where it is an address.

    Raises OutputError when the disk is full.
    """
    place = None if storage.is_remote(folder) else folder
    with files.disk_errors(folder), tempfile.TemporaryFile(dir=place, prefix=".writing-") as file:
        yield Rows(file)
