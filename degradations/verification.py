"""Verify a data set: make every LQ again from its HQ and recipe, and compare bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from bfrbench import files, pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.manifest import read_manifest
from bfrbench.degradations.plan import tools
from bfrbench.degradations.synthesis import encode_lq
from bfrbench.errors import UnreadableImage
from bfrbench.parallel import parallel_map


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair that is not what its manifest says, or whose recipe gives other bytes here."""

    name: str
    what: str
    levels: int | None = None  # largest difference between the LQ on disk and the one made again, of 255
    share: float | None = None  # of the values that differ, 0..1


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the pairs of a data set: total = same + differing + missing."""

    total: int
    same: int
    differing: tuple[Difference, ...]
    missing: tuple[str, ...]  # files, relative to the data set's folder
    tools_differ: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # on the card, here


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    lq_sha256: str
    hq_sha256: str
    recipe: str


def verify_dataset(
    folder: Path,
    *,
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Verification:
    """Check both files of every pair against the manifest, and the LQ against its recipe, byte by byte.

    Where bytes differ, pixels are compared as well: another version of a codec may write the same
    pixels as other bytes, another OpenCV may round a few of them otherwise. Raises InputError when the
    folder is no whole data set.
    """
    card, table = read_manifest(folder)
    columns = ("name", "lq_sha256", "hq_sha256", "recipe")
    rows = [_Row(*values) for values in zip(*(table[column] for column in columns), strict=True)]
    found: list[Difference | str | None] = []
    for done, result in enumerate(parallel_map(partial(_verify_pair, folder), rows, workers), 1):
        found.append(result)
        on_progress(done, len(rows))
    here = tools()
    return Verification(
        total=len(rows),
        same=sum(result is None for result in found),
        differing=tuple(result for result in found if isinstance(result, Difference)),
        missing=tuple(result for result in found if isinstance(result, str)),
        tools_differ={
            tool: (version, here.get(tool, "not used"))
            for tool, version in card.tools.items()
            if version != here.get(tool)
        },
    )


def _verify_pair(folder: Path, row: _Row) -> Difference | str | None:
    """None when all is the same, the path of a missing file, or what differs."""
    data: dict[str, bytes] = {}
    for kind in ("hq", "lq"):
        path = folder / kind / f"{row.name}.png"
        if not path.is_file():
            return f"{kind}/{row.name}.png"
        data[kind] = path.read_bytes()
    if files.sha256_bytes(data["hq"]) != row.hq_sha256:
        return Difference(row.name, "the HQ file is not the one that the manifest names")
    hq = pixels.decode_image(data["hq"], f"hq/{row.name}.png")
    again = encode_lq(recipe.from_json(row.recipe), hq)
    if files.sha256_bytes(data["lq"]) != row.lq_sha256:
        return _measured(row.name, "the LQ file is not the one that the manifest names", data["lq"], again)
    if again != data["lq"]:
        return _measured(row.name, "the recipe gives other bytes here", data["lq"], again)
    return None


def _measured(name: str, what: str, on_disk: bytes, again: bytes) -> Difference:
    """A difference with its size in pixels, as far as both images can be read and have one shape."""
    try:
        a, b = pixels.decode_image(on_disk, name), pixels.decode_image(again, name)
    except UnreadableImage:
        return Difference(name, f"{what}, and no picture")
    if a.shape != b.shape:
        return Difference(name, f"{what}, and has another size")
    off = np.abs(a.astype(np.int16) - b)
    return Difference(name, what, levels=int(off.max()), share=float((off > 0).mean()))
