"""The pairs of some faces, drawn and ready to be made: what a folder and a shard both write down."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

from bfrbench import pixels
from bfrbench.degradations import fast, recipe
from bfrbench.degradations.plan import PlannedPair, check_tools, tools
from bfrbench.degradations.presets import Preset, draw_recipe
from bfrbench.degradations.recipe import Recipe
from bfrbench.errors import UnreadableImage
from bfrbench.files import read_bytes
from bfrbench.types import Image

MODES: Mapping[str, Callable[[Recipe, Image], Image]] = {
    "exact": recipe.apply,
    fast.NAME: fast.apply_fast,
}
"""The ways to carry out a recipe, as plans and cards name them."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where HQ faces are, what their recipes are drawn from, and how these are carried out."""

    hq: Path
    preset: Preset
    seed: int
    mode: str
    tools: Mapping[str, str] = field(default_factory=tools)  # of the plan; workers must have the same


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """A pair that is not made yet: its row of the manifest, still without hashes, and its two files."""

    row: Mapping[str, Any]
    recipe_values: Mapping[str, recipe.Value]
    lq: Callable[[], bytes]
    hq: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Made:
    """What a worker sends back of a pair that is on disk: its row of the manifest."""

    row: dict[str, Any]
    recipe_values: Mapping[str, recipe.Value]


@dataclass(frozen=True, slots=True)
class Shard:
    """One tar, as `shards.json` lists it."""

    file: str  # in shards/
    samples: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of the pairs that a worker was given."""

    made: Sequence[Made]
    unreadable: Sequence[str] = ()  # a sentence for each face that cannot be read
    shard: Shard | None = None


def draw_pairs(pairs: Sequence[PlannedPair], source: Source) -> Iterator[DrawnPair | str]:
    """Each pair in its order; for a face that cannot be read, one sentence that says why.

    Raises ClusterUnfit on a worker whose tools are not those of the plan.
    """
    check_tools(source.tools)
    for face, ours in groupby(pairs, key=lambda pair: pair.face):
        try:
            data, image = _read(source.hq / face.file)
        except UnreadableImage as error:
            yield str(error)
            continue
        hq = cache(partial(_hq_file, data, image))
        for pair in ours:
            steps = draw_recipe(source.preset, source.seed, pair.name, image.shape[:2], pair.position)
            yield DrawnPair(
                row={
                    "name": pair.name,
                    "source_file": face.file,
                    "source_sha256": face.sha256,
                    "width": image.shape[1],
                    "height": image.shape[0],
                    "person_id": face.labels.person_id,
                    "split": face.labels.split,
                    "landmarks": face.labels.landmarks,
                    "recipe": recipe.to_json(steps),
                },
                recipe_values=recipe.columns(steps),
                lq=partial(encode_lq, steps, image, source.mode),
                hq=hq,
            )


def encode_lq(steps: Recipe, hq: Image, mode: str) -> bytes:
    """The LQ file that a recipe makes of an HQ image."""
    return pixels.encode_png(MODES[mode](steps, hq))


def _read(path: Path) -> tuple[bytes, Image]:
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be opened: {error.strerror or error}.") from error
    return data, pixels.decode_image(data, str(path))


def _hq_file(data: bytes, image: Image) -> bytes:
    """The HQ file of a face: its own where that is a plain PNG, else the pixels as a new one."""
    return data if pixels.is_plain_png(data) else pixels.encode_png(image)
