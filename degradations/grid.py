"""The contact sheet of a data set: HQ above LQ above what was done, over as many people as fit."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from bfrbench import pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.manifest import read_manifest
from bfrbench.types import DataSet, Image, Pair

TILE = 256
LINES = 4
CAPTION = 16 * LINES + 8
"""Height of the words under a pair, in pixels."""

_MAIN_NUMBER: Mapping[str, str] = {
    "blur": "sigma_x",
    "resample": "width",
    "noise": "sigma",
    "poisson": "scale",
    "jpeg": "quality",
    "webp": "quality",
    "sinc": "omega",
    "motion": "size",
    "median": "size",
    "average": "size",
    "haze": "alpha",
    "grain": "strength",
}
"""The number of a step that says most; a step of another op is named without one."""


def write_grid(data: DataSet, path: Path, pairs: int = 8) -> None:
    """Write a PNG with a column for each of a few pairs, HQ in the upper row, LQ below, each at 256×256.

    Where the data set has recipes, each pair's steps with their main numbers stand under it.
    """
    shown = spread([pair for pair in data.pairs if pair.hq is not None], pairs)
    words = _captions(data)
    columns = [
        np.vstack(
            [_tile(data.folder / file) for file in (pair.hq, pair.lq) if file is not None]
            + ([_caption(words[pair.name])] if words else [])
        )
        for pair in shown
    ]
    pixels.write_png(path, np.hstack(columns))


def spread(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """At most so many pairs, evenly over the people: nobody twice while somebody else is left out."""
    turn: dict[str, int] = {}
    rounds: list[tuple[int, Pair]] = []
    for pair in pairs:
        turn[pair.person_id] = turn.get(pair.person_id, -1) + 1
        rounds.append((turn[pair.person_id], pair))
    chosen: list[Pair] = []
    for number in range(max(turn.values(), default=-1) + 1):
        here = [pair for when, pair in rounds if when == number]
        count = min(most - len(chosen), len(here))
        chosen += [here[i * len(here) // count] for i in range(count)]
    return sorted(chosen, key=lambda pair: pair.name)


def _captions(data: DataSet) -> dict[str, str]:
    """What was done to each pair, by name; nothing for folders that were paired elsewhere."""
    if data.card.preset is None:
        return {}
    _, rows = read_manifest(data.folder)
    return dict(zip(rows["name"], rows["recipe"], strict=True))


def in_short(steps: recipe.Recipe) -> str:
    """A recipe in a few words: "blur 3.1, resample 84, noise 12, jpeg 71, resample 512"."""
    return ", ".join(_step_in_short(step) for step in steps.steps)


def _step_in_short(step: recipe.Step) -> str:
    number = getattr(step, _MAIN_NUMBER.get(step.op, ""), None)
    name = step.op.replace("_", " ")
    return name if number is None else f"{name} {number:.3g}"


def _caption(recipe_json: str) -> Image:
    """Black words on white, TILE wide."""
    strip = np.full((CAPTION, TILE, 3), 255, dtype=np.uint8)
    words = in_short(recipe.from_json(recipe_json))
    lines = textwrap.wrap(words, width=38, max_lines=LINES, placeholder=" ...")
    for number, line in enumerate(lines, 1):
        cv2.putText(strip, line, (4, 16 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return strip


def _tile(path: Path) -> Image:
    image = pixels.read_image(path)
    shrinks = max(image.shape[:2]) > TILE
    tile = cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    return np.asarray(tile, dtype=np.uint8)
