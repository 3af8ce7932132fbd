"""The manifest (`manifest.parquet`, a row per pair) and the data set that it and its card describe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bfrbench import files
from bfrbench.degradations.plan import CARD, PLAN
from bfrbench.degradations.presets import find_preset
from bfrbench.degradations.recipe import Value
from bfrbench.errors import InputError
from bfrbench.types import Card, DataSet, Pair

MANIFEST = "manifest.parquet"

COLUMNS = (
    "name",
    "source_file",
    "source_sha256",
    "lq_sha256",
    "hq_sha256",
    "width",  # of the HQ, in pixels
    "height",
    "person_id",
    "split",
    "landmarks",  # ten floats x0, y0, ... x4, y4 in HQ pixels, or null
    "recipe",  # canonical JSON
)
"""Every manifest's columns; the flat values of the recipes follow, sorted by name."""

_NULLABLE = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}


def table(rows: Sequence[Mapping[str, Any]], recipe_values: Sequence[Mapping[str, Value]]) -> pd.DataFrame:
    """The manifest of rows and their recipes' flat values, sorted by name; absent values are null."""
    flat = {key: type(value) for values in recipe_values for key, value in values.items()}
    whole = {column: pd.Series([row[column] for row in rows], dtype=_dtype(column)) for column in COLUMNS}
    for key in sorted(flat):
        whole[key] = pd.Series([values.get(key) for values in recipe_values], dtype=_NULLABLE[flat[key]])
    return pd.DataFrame(whole).sort_values("name", ignore_index=True)


def _dtype(column: str) -> str:
    if column == "landmarks":
        return "object"
    return "Int64" if column in ("width", "height") else "string"


def read_manifest(folder: Path) -> tuple[Card, pd.DataFrame]:
    """The card and the manifest of a data set; raises InputError when they are not whole or not a pair."""
    if not (folder / CARD).is_file():
        half = (folder / PLAN).is_file()
        raise InputError(
            f"{folder} is a data set that is not finished: run the same `bfrbench degrade` again."
            if half
            else f"{folder} is not a data set: it has no {CARD}. `bfrbench degrade` makes data sets."
        )
    card = files.read_json(folder / CARD, Card, "the card of a data set")
    path = folder / MANIFEST
    if not path.is_file() or files.sha256_file(path) != card.manifest_sha256:
        raise InputError(
            f"{path} is missing or is not the one that {CARD} names (sha256 {card.manifest_sha256}). "
            "Get the data set again, or make it again."
        )
    rows = files.read_parquet(path, "the manifest of a data set")
    missing = [column for column in COLUMNS if column not in rows.columns]
    if missing:
        raise InputError(f"{path} is not the manifest of a data set: it lacks {', '.join(missing)}.")
    odd = [name for name in rows["name"] if Path(name).name != name]
    if odd:
        raise InputError(f"{path} has names that are no plain file names: {files.few(odd)}.")
    return card, rows


def open_dataset(folder: Path) -> DataSet:
    """Read a data set that `make_dataset` made; images stay unread.

    Raises InputError when the folder is no data set, or is not whole.
    """
    card, rows = read_manifest(folder)
    pairs = tuple(_pair(row) for row in rows[list(COLUMNS)].to_dict("records"))
    return DataSet(folder=folder, card=card, pairs=pairs)


def _pair(row: Mapping[Any, Any]) -> Pair:
    landmarks = row["landmarks"]
    return Pair(
        name=row["name"],
        lq=f"lq/{row['name']}.png",
        hq=f"hq/{row['name']}.png",
        lq_sha256=row["lq_sha256"],
        hq_sha256=row["hq_sha256"],
        person_id=row["person_id"],
        landmarks=None if landmarks is None else tuple(float(number) for number in landmarks),
    )


def size_note(data: DataSet) -> str | None:
    """A sentence when HQ images are not of the size that the preset's ranges are meant for."""
    if data.card.preset is None:
        return None
    preset = find_preset(data.card.preset)
    _, rows = read_manifest(data.folder)
    others = rows[(rows["width"] != preset.size) | (rows["height"] != preset.size)]
    if others.empty:
        return None
    first = others.iloc[0]
    return (
        f"{len(others)} of {len(rows)} HQ images are not {preset.size}×{preset.size} px "
        f"({first['name']} is {first['width']}×{first['height']}), the size that the pixel ranges of "
        f"{preset.id} are meant for."
    )
