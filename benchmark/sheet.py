"""A sheet of pictures to look at: LQ, each restorer and HQ side by side, a row for each face.

Which faces: the worst and the best by a metric, or evenly spread ones. A sheet shows what a mean hides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bfrbench.benchmark.open_scores import RunScores
from bfrbench.degradations.grid import spread
from bfrbench.errors import InputError, UnreadableImage
from bfrbench.pixels import read_image
from bfrbench.types import DataSet, Image, Pair, Run

GAP, HEAD, CAPTION = 6, 22, 18  # px
_INK, _PALE, _PAPER = (24, 24, 28), (110, 110, 118), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Shown:
    """One restorer's images."""

    name: str
    folder: Path  # holds restored/NAME.png
    run: Run
    scores: RunScores | None


def extremes(scores: RunScores, metric: str, *, worst: int, best: int) -> list[str]:
    """Names of images: the worst first, then the best, the best last.

    Raises InputError for a metric that single images have no values of.
    """
    score = scores.score(metric)
    if score is None or not scores.is_of_images(metric):
        raise InputError(
            f"{scores.name} has no values of {metric} for single images: score it with `-m {metric}`."
        )
    values = scores.values[metric].dropna().sort_values(ascending=score.better == "higher", kind="stable")
    names = [str(name) for name in values.index]
    return list(dict.fromkeys([*names[:worst], *(names[-best:] if best else [])]))


def evenly(data: DataSet, count: int) -> list[str]:
    """Names of images spread over the people."""
    return [pair.name for pair in spread(data.pairs, count)]


def draw_sheet(
    data: DataSet, shown: Sequence[Shown], names: Sequence[str], *, metric: str | None = None, side: int = 192
) -> Image:
    """The sheet, RGB: rows are `names`, columns LQ, restorers, HQ, tiles `side` px.

    With `metric`, its value stands under each tile of a restorer that was scored. A missing or unreadable
    image is a grey tile that says so. Raises InputError for a name that the data set lacks.
    """
    pairs = {pair.name: pair for pair in data.pairs}
    if absent := [name for name in names if name not in pairs]:
        raise InputError(f"{data.folder} has no image {absent[0]!r}.")
    heads = ["LQ", *(one.name for one in shown), "HQ"]
    width = GAP + len(heads) * (side + GAP)
    page = Pillow.new("RGB", (width, HEAD + len(names) * (side + CAPTION + GAP)), _PAPER)
    pen = ImageDraw.Draw(page)
    for column, head in enumerate(heads):
        _write(pen, head, (GAP + column * (side + GAP), 4), side, _INK)
    for row, name in enumerate(names):
        top = HEAD + row * (side + CAPTION + GAP)
        for column, (tile, words) in enumerate(_row(data, pairs[name], shown, metric)):
            left = GAP + column * (side + GAP)
            page.paste(_tile(tile, side), (left, top))
            _write(pen, words, (left, top + side + 2), side, _PALE)
    return np.asarray(page)


def _row(
    data: DataSet, pair: Pair, shown: Sequence[Shown], metric: str | None
) -> list[tuple[Image | None, str]]:
    """(picture, words under it) of each column; None where there is no picture."""
    tiles = [(_read(data.folder / pair.lq), pair.name)]
    for one in shown:
        state = {image.name: image.state for image in one.run.images}.get(pair.name, "missing")
        picture = _read(one.folder / "restored" / f"{pair.name}.png") if state == "ok" else None
        tiles.append((picture, _value(one.scores, pair.name, metric) if picture is not None else state))
    tiles.append((_read(data.folder / pair.hq) if pair.hq else None, "" if pair.hq else "there is none"))
    return tiles


def _value(scores: RunScores | None, name: str, metric: str | None) -> str:
    if scores is None or metric is None or metric not in scores.values:
        return ""
    return f"{metric} {scores.values[metric].get(name, float('nan')):.3f}"


def _read(path: Path) -> Image | None:
    try:
        return read_image(path)
    except (OSError, UnreadableImage):
        return None


def _tile(image: Image | None, side: int) -> Pillow.Image:
    if image is None:
        return Pillow.new("RGB", (side, side), (200, 200, 204))
    picture = Pillow.fromarray(image)
    shrinks = max(picture.size) > side
    return picture.resize((side, side), Pillow.Resampling.LANCZOS if shrinks else Pillow.Resampling.BICUBIC)


def _write(
    pen: ImageDraw.ImageDraw, words: str, at: tuple[int, int], most: int, ink: tuple[int, int, int]
) -> None:
    """Words at (x, y), cut to a width of `most` px."""
    font = ImageFont.load_default(12)
    while words and pen.textlength(words, font=font) > most:
        words = words[:-2] + "…" if words.endswith("…") else words[:-1] + "…"
    pen.text(at, words, fill=ink, font=font)
