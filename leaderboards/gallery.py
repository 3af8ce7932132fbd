"""A look at the images: LQ, each restorer and HQ side by side, small enough to stand in a page."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image as Pillow

from bfrbench.errors import InputError, UnreadableImage
from bfrbench.files import few, read_bytes, read_json, sha256_bytes
from bfrbench.leaderboards.board import Board, Column
from bfrbench.leaderboards.entry import ImageScore, read_image_scores
from bfrbench.leaderboards.render import number_text
from bfrbench.pixels import decode_image
from bfrbench.types import DataSet, Image, ImageState, Pair, Run

MOST_SIDE = 256  # pixels
RUN_JSON = "run.json"
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a strip, or the words that stand in its place."""

    kind: Literal["lq", "restored", "hq"]
    caption: str  # LQ, HQ or the restorer's name
    source: str  # a data URI; '' when there is no picture
    words: str  # why there is none
    values: tuple[tuple[str, str], ...]  # name and value of each headline metric


@dataclass(frozen=True, slots=True)
class Strip:
    """All pictures of one pair: LQ, restorers in the board's order, HQ."""

    name: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The strips of a page, and whose faces they show."""

    strips: tuple[Strip, ...]
    pairs: int  # of the data set, shown or not
    preset: str | None
    source: str
    licence: str
    absent: tuple[str, ...]  # restorers whose images were not handed in


@dataclass(frozen=True, slots=True)
class Contestant:
    """A restorer's images with what became of each."""

    name: str
    folder: Path
    states: Mapping[str, ImageState]

    def picture(self, name: str) -> tuple[str, str]:
        """Its picture of one pair as a data URI and '', or '' and what became of it."""
        words = self.fate(name)
        return ("", words) if words else _picture(self.file(name), self.states[name].sha256)

    def file(self, name: str) -> Path:
        """Where its picture of a pair lies, if there is one."""
        return self.folder / f"{name}.png"

    def fate(self, name: str) -> str:
        """What became of a pair, in words; '' when there is a picture."""
        image = self.states.get(name, ImageState(name, "missing"))
        return "" if image.state == "ok" else ": ".join(filter(None, (image.state, image.message)))


def make_gallery(
    board: Board, data: DataSet, runs: Mapping[str, Path], scores: Mapping[str, Path], *, most: int
) -> Gallery:
    """Choose at most `most` pairs and put their images side by side.

    `runs` has the run folder of each restorer whose images are to be seen, `scores` the place of each
    entry. Raises InputError when the data set or a run is not the one that was scored.
    """
    check_data(board, data)
    contestants = contestants_of(board, runs)
    pairs = spread(sorted(data.pairs, key=lambda pair: pair.name), most)
    names = {pair.name for pair in pairs}
    headlines = [column for column in board.columns if column.headline]
    metrics = {column.metric for column in headlines}
    values = {name: read_image_scores(path, names, metrics) for name, path in scores.items()}
    return Gallery(
        strips=tuple(_strip(pair, data.folder, contestants, headlines, values) for pair in pairs),
        pairs=len(data.pairs),
        preset=data.card.preset,
        source=data.card.source,
        licence=data.card.licence,
        absent=tuple(
            row.entry.restorer for row in board.rows if row.anchor is None and row.entry.restorer not in runs
        ),
    )


def check_data(board: Board, data: DataSet) -> None:
    """Raise InputError when a data set is not the one that a board's scores are of."""
    if data.card.manifest_sha256 != board.dataset_sha256:
        raise InputError(
            f"{data.folder} is not the data set of these scores: its manifest has the sha256 "
            f"{data.card.manifest_sha256[:12]}, theirs has {board.dataset_sha256[:12]}."
        )


def spread(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """At most `most` of the pairs, evenly spread: the middle one of each of `most` equal shares."""
    count = min(most, len(pairs))
    return [pairs[(2 * i + 1) * len(pairs) // (2 * count)] for i in range(count)]


def contestants_of(board: Board, runs: Mapping[str, Path]) -> list[Contestant]:
    """The runs in the board's order but the anchors', each checked to be the one that was scored.

    Raises InputError for a run that is not, or that has no row.
    """
    entries = {row.entry.restorer: row.entry for row in board.rows}
    if unknown := sorted(set(runs) - set(entries)):
        raise InputError(f"There are images of {few(unknown)}, but no scores: score them, or leave them out.")
    contestants = []
    for row in board.rows:
        name = row.entry.restorer
        if name not in runs or row.anchor:
            continue
        run = read_json(runs[name] / RUN_JSON, Run, "a run")
        if run.sha256 != row.entry.run_sha256:
            raise InputError(
                f"{runs[name]} is not the run that {name} was scored from: it has the sha256 "
                f"{run.sha256[:12]}, the scores say {row.entry.run_sha256[:12]}. Score it again."
            )
        states = {image.name: image for image in run.images}
        contestants.append(Contestant(name, runs[name] / "restored", states))
    return contestants


def _strip(
    pair: Pair,
    folder: Path,
    contestants: Sequence[Contestant],
    headlines: Sequence[Column],
    values: Mapping[str, Mapping[tuple[str, str], ImageScore]],
) -> Strip:
    def values_of(restorer: str) -> tuple[tuple[str, str], ...]:
        scores = values.get(restorer)
        if not scores:
            return ()
        return tuple((c.name, _value_text(scores.get((pair.name, c.metric)), c.digits)) for c in headlines)

    tiles = [Tile("lq", "LQ", *_picture(folder / pair.lq, pair.lq_sha256), values_of("lq"))]
    for contestant in contestants:
        source, words = contestant.picture(pair.name)
        values_under = values_of(contestant.name) if source else ()
        tiles.append(Tile("restored", contestant.name, source, words, values_under))
    if pair.hq is not None:
        tiles.append(Tile("hq", "HQ", *_picture(folder / pair.hq, pair.hq_sha256), ()))
    return Strip(pair.name, tuple(tiles))


def _picture(path: Path, sha256: str | None) -> tuple[str, str]:
    """The picture at `path` as a data URI; else '' and the state in words, never another picture."""
    try:
        data = read_bytes(path)
        if sha256_bytes(data) != sha256:
            return "", "not the image that was scored"
        return data_uri(decode_image(data, str(path))), ""
    except FileNotFoundError:
        return "", "missing"
    except (OSError, UnreadableImage):
        return "", "unreadable"


def data_uri(image: Image) -> str:
    """The picture as a WebP data URI, scaled down to at most 256 px a side."""
    picture = Pillow.fromarray(image)
    picture.thumbnail((MOST_SIDE, MOST_SIDE), Pillow.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=_QUALITY, method=6)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _value_text(score: ImageScore | None, digits: int) -> str:
    if score is None or score.state != "ok":
        return score.state if score else number_text(None, digits)
    return number_text(score.value, digits)
