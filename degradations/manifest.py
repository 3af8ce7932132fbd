"""The manifest (`manifest.parquet`, a row per pair) and the data set that it and its card describe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow.parquet as pq

from bfrbench import files
from bfrbench.degradations.pairs import Made
from bfrbench.degradations.plan import CARD, PLAN, SHARDS
from bfrbench.degradations.presets import find_preset
from bfrbench.errors import InputError
from bfrbench.types import Card, DataSet, Pair

MANIFEST = "manifest.parquet"
LINKS = "links.json"

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
"""Every manifest's columns; `shard` where there are shards, and the recipes' flat values, follow."""

_NULLABLE = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Links:
    """`links.json`: where the images of a data set are that does not hold them itself."""

    lq: str  # folder
    hq: str | None


def table(made: Sequence[Made], types: Mapping[str, type]) -> pd.DataFrame:
    """The manifest of some pairs in their order.

    `types` are those of all flat values that recipes of the data set have; what one lacks is null.
    """
    columns = [*COLUMNS, *(["shard"] if "shard" in made[0].row else [])]
    whole = {
        column: pd.Series([pair.row[column] for pair in made], dtype=_dtype(column)) for column in columns
    }
    for key in sorted(types):
        values = [pair.recipe_values.get(key) for pair in made]
        whole[key] = pd.Series(values, dtype=_NULLABLE[types[key]])
    return pd.DataFrame(whole)


def _dtype(column: str) -> str:
    if column == "landmarks":
        return "object"
    return "Int64" if column in ("width", "height") else "string"


def read_manifest(folder: Path, columns: Sequence[str] | None = None) -> tuple[Card, pd.DataFrame]:
    """The card and the manifest of a data set, or those of some columns that it has.

    Raises InputError when they are not whole or not a pair.
    """
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
    there = set(_columns(path))
    missing = [column for column in COLUMNS if column not in there]
    if missing:
        raise InputError(f"{path} is not the manifest of a data set: it lacks {', '.join(missing)}.")
    wanted = None if columns is None else [column for column in columns if column in there]
    rows = files.parquet_table(path, wanted)
    names = chain.from_iterable(rows[column] for column in ("name", "shard") if column in rows.columns)
    odd = [name for name in names if Path(name).name != name]
    if odd:
        raise InputError(f"{path} has names that are no plain file names: {files.few(odd)}.")
    return card, rows


def _columns(path: Path) -> list[str]:
    try:
        with files.parquet_source(path) as source:
            names: list[str] = pq.read_schema(source).names
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        raise InputError(f"{path} is not the manifest of a data set: {error}.") from error
    return names


def open_dataset(folder: Path) -> DataSet:
    """Read a data set that `make_dataset` made, or that `data verify` linked; images stay unread.

    Raises InputError when the folder is no data set, or is not whole.
    """
    columns = ("name", "lq_sha256", "hq_sha256", "person_id", "landmarks")
    card, rows = read_manifest(folder, (*columns, "shard"))
    path = _linked_path(folder) if (folder / LINKS).is_file() else image_path
    shards = rows["shard"] if "shard" in rows.columns else repeat(None)
    values = zip(shards, *(rows[column] for column in columns), strict=False)
    pairs = tuple(
        Pair(
            name=name,
            lq=path("lq", name, shard),
            hq=None if pd.isna(hq_sha256) else path("hq", name, shard),
            lq_sha256=lq_sha256,
            hq_sha256=None if pd.isna(hq_sha256) else hq_sha256,
            person_id=person_id,
            landmarks=None if landmarks is None else tuple(map(float, landmarks)),
        )
        for shard, name, lq_sha256, hq_sha256, person_id, landmarks in values
    )
    return DataSet(folder=folder, card=card, pairs=pairs)


def image_path(kind: Literal["lq", "hq"], name: str, shard: str | None) -> str:
    """Where an image of a pair is, from the data set's folder: a file, or a member of a tar.

    `files.read_bytes` reads both.
    """
    return f"{kind}/{name}.png" if shard is None else f"{SHARDS}/{shard}/{name}.{kind}.png"


def _linked_path(folder: Path) -> Callable[[Literal["lq", "hq"], str, str | None], str]:
    """As `image_path`, for images that are elsewhere under any suffix; whoever reads one checks its hash."""
    links = files.read_json(folder / LINKS, Links, "where a data set's images are")
    found = {"lq": files.images_in(Path(links.lq)), "hq": files.images_in(Path(links.hq)) if links.hq else {}}

    def path(kind: Literal["lq", "hq"], name: str, _: str | None) -> str:
        if name not in found[kind]:
            raise InputError(
                f"{name} is gone from the {kind.upper()} folder that {folder / LINKS} names. Verify the set "
                "again with `bfrbench data verify`."
            )
        return str(found[kind][name])

    return path


def size_note(data: DataSet) -> str | None:
    """A sentence when HQ images are not of the size that the preset's ranges are meant for."""
    if data.card.preset is None:
        return None
    preset = find_preset(data.card.preset)
    _, rows = read_manifest(data.folder, ("name", "width", "height"))
    others = rows[(rows["width"] != preset.size) | (rows["height"] != preset.size)]
    if others.empty:
        return None
    first = others.iloc[0]
    return (
        f"{len(others)} of {len(rows)} HQ images are not {preset.size}×{preset.size} px "
        f"({first['name']} is {first['width']}×{first['height']}), the size that the pixel ranges of "
        f"{preset.id} are meant for."
    )
