"""Verify a data set: make every LQ again from its HQ and recipe, and compare bytes, or pixels at least.

With the tools that the card names, the bytes have to be the same. With others they cannot be asked for: a
codec writes the same pixels as other bytes, and a last bit of a float that falls otherwise can push one
JPEG coefficient over its rounding point, which moves a block of 8×8 by up to a quarter of a quantisation
step. Then an LQ counts as made again when it is within `MOST_LEVELS` everywhere and `MOST_MEAN` on the mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from bfrbench import files, pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.manifest import image_path, read_manifest
from bfrbench.degradations.pairs import MODES, Shard, encode_lq
from bfrbench.degradations.plan import MODE, SHARDS, TABLE_TOOLS, tools
from bfrbench.degradations.shards import read_shards
from bfrbench.engine import HERE, Engine
from bfrbench.errors import InputError, UnreadableImage

MOST_LEVELS = 32
"""Of 255, on any value."""
MOST_MEAN = 0.5
"""Of 255, the mean absolute difference over all values of an image."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair that is not what its manifest says, or whose recipe gives other bytes here."""

    name: str
    what: str
    levels: int | None = None  # largest difference between the LQ on disk and the one made again, of 255
    share: float | None = None  # of the values that differ, 0..1
    mean: float | None = None  # absolute difference over all values, of 255


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the pairs: total = same + within_tolerance + differing + missing."""

    total: int
    same: int
    differing: tuple[Difference, ...]
    missing: tuple[str, ...]  # files, relative to the data set's folder
    tools_differ: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # on the card, here
    within_tolerance: tuple[Difference, ...] = ()  # other bytes out of other tools, and near enough
    shards_differ: tuple[str, ...] = ()  # tars that are not those of shards.json

    @property
    def passed(self) -> bool:
        """Whether the data set is what its card says, as far as these tools can tell."""
        return not (self.differing or self.missing or self.shards_differ)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    lq: str
    hq: str
    lq_sha256: str
    hq_sha256: str
    recipe: str


_OTHER_BYTES = "the recipe gives other bytes here"


def verify_dataset(
    folder: Path,
    *,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Verification:
    """Check both files of every pair against the manifest, and the LQ against its recipe, byte by byte.

    Where bytes differ, pixels are compared as well; where tools differ too, a difference within this
    module's tolerance is told apart from others. Raises InputError when the folder is no whole data set.
    """
    card, table = read_manifest(folder)
    if card.preset is None:
        raise InputError(
            f"{folder} was not made by `bfrbench degrade`: there is no recipe to carry out again. "
            f"`bfrbench data verify FOLDER --as {card.name}` checks its files."
        )
    here = tools()
    tools_differ = {
        tool: (version, here.get(tool, "not used"))
        for tool, version in card.tools.items()
        if tool not in (MODE, *TABLE_TOOLS) and version != here.get(tool)
    }
    mode = card.tools.get(MODE, "exact")
    if mode not in MODES:
        raise InputError(
            f"{folder} was made in the mode {mode!r}, which this bfrbench does not know: take the "
            "version that its card names."
        )
    rows = _rows(table)
    found: list[Difference | str] = []
    for done, result in enumerate(engine.map(partial(_verify_pair, folder, mode), rows, together=16), 1):
        found.extend([] if result is None else [result])
        on_progress(done, len(rows))
    differences = [result for result in found if isinstance(result, Difference)]
    near = [item for item in differences if tools_differ and _is_near(item)]
    shards = engine.map(partial(_is_other_shard, folder), read_shards(folder))
    return Verification(
        total=len(rows),
        same=len(rows) - len(found),
        differing=tuple(item for item in differences if item not in near),
        missing=tuple(result for result in found if isinstance(result, str)),
        tools_differ=tools_differ,
        within_tolerance=tuple(near),
        shards_differ=tuple(chain.from_iterable(shards)),
    )


def _rows(table: pd.DataFrame) -> list[_Row]:
    shards = table["shard"] if "shard" in table.columns else [None] * len(table)
    columns = (table[column] for column in ("name", "lq_sha256", "hq_sha256", "recipe"))
    return [
        _Row(name, image_path("lq", name, shard), image_path("hq", name, shard), *values)
        for shard, name, *values in zip(shards, *columns, strict=True)
    ]


def _is_near(difference: Difference) -> bool:
    """Whether a recipe was carried out as before, but for roundings."""
    return (
        difference.what == _OTHER_BYTES
        and difference.levels is not None
        and difference.levels <= MOST_LEVELS
        and difference.mean is not None
        and difference.mean <= MOST_MEAN
    )


def _is_other_shard(folder: Path, shard: Shard) -> Sequence[str]:
    """The shard's path when it is there and is not the one that `shards.json` names."""
    path = folder / SHARDS / shard.file
    same = not path.is_file() or files.sha256_file(path) == shard.sha256
    return [] if same else [f"{SHARDS}/{shard.file}"]


def _verify_pair(folder: Path, mode: str, row: _Row) -> Difference | str | None:
    """None when all is the same, the path of a missing file, or what differs."""
    data: dict[str, bytes] = {}
    for path in (row.hq, row.lq):
        try:
            data[path] = files.read_bytes(folder / path)
        except FileNotFoundError:
            return path
        except OSError as error:
            return Difference(row.name, f"{path} cannot be read: {error.strerror}")
    if files.sha256_bytes(data[row.hq]) != row.hq_sha256:
        return Difference(row.name, "the HQ file is not the one that the manifest names")
    lq, hq = data[row.lq], pixels.decode_image(data[row.hq], row.hq)
    again = encode_lq(recipe.from_json(row.recipe), hq, mode)
    if files.sha256_bytes(lq) != row.lq_sha256:
        return _measured(row.name, "the LQ file is not the one that the manifest names", lq, again)
    return None if again == lq else _measured(row.name, _OTHER_BYTES, lq, again)


def _measured(name: str, what: str, on_disk: bytes, again: bytes) -> Difference:
    """A difference with its size in pixels, as far as both images can be read and have one shape."""
    try:
        a, b = pixels.decode_image(on_disk, name), pixels.decode_image(again, name)
    except UnreadableImage:
        return Difference(name, f"{what}, and no picture")
    if a.shape != b.shape:
        return Difference(name, f"{what}, and has another size")
    off = np.abs(a.astype(np.int16) - b)
    return Difference(name, what, int(off.max()), float((off > 0).mean()), float(off.mean()))
