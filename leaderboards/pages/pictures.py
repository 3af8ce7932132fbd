"""Pictures for the site: LQ, HQ and restored images as WebP files of full size, each picture once.

A file is called after the sha256 of the picture that it was made from. So one HQ of five LQs is one file, and
building the site again encodes nothing that is there already.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image as Pillow

from bfrbench.errors import UnreadableImage
from bfrbench.files import make_folder, read_bytes, sha256_bytes, write_bytes
from bfrbench.leaderboards.gallery import Contestant, check_data, contestants_of
from bfrbench.leaderboards.records import BoardDefinition, Published
from bfrbench.pixels import decode_image
from bfrbench.types import DataSet, Image

QUALITY: Final = 92
FOLDER: Final = "pictures"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The files of a board's pictures, relative to the site; "" stands for a picture that is not there."""

    lq: Mapping[str, str] = field(default_factory=dict)  # by image name
    hq: Mapping[str, str] = field(default_factory=dict)
    restored: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by restorer, then image name
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # why a restored one is not there
    source: str = ""
    licence: str = ""

    @property
    def files(self) -> set[str]:
        """All of them."""
        return {
            file for each in (self.lq, self.hq, *self.restored.values()) for file in each.values() if file
        }


def copy_pictures(
    published: Published,
    data: DataSet,
    runs: Mapping[str, Path],
    out: Path,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Pictures:
    """Copy the pictures of a board into `out`/pictures.

    Raises InputError when the data set or a run is not the one that was scored.
    """
    check_data(published.board, data)
    contestants = contestants_of(published.board, runs)
    make_folder(out / FOLDER)
    done, total = 0, len(data.pairs) * (2 + len(contestants))
    lq: dict[str, str] = {}
    hq: dict[str, str] = {}
    restored: dict[str, dict[str, str]] = {each.name: {} for each in contestants}
    words: dict[str, dict[str, str]] = {each.name: {} for each in contestants}
    for pair in data.pairs:
        lq[pair.name] = _copy(data.folder / pair.lq, out, pair.lq_sha256)
        hq[pair.name] = _copy(data.folder / pair.hq, out, pair.hq_sha256) if pair.hq is not None else ""
        for each in contestants:
            restored[each.name][pair.name], words[each.name][pair.name] = _restored(each, pair.name, out)
        done += 2 + len(contestants)
        on_progress(done, total)
    known = {name: {image: why for image, why in of.items() if why} for name, of in words.items()}
    return Pictures(lq, hq, restored, known, data.card.source, data.card.licence)


def _restored(contestant: Contestant, name: str, out: Path) -> tuple[str, str]:
    if fate := contestant.fate(name):
        return "", fate
    file = _copy(contestant.file(name), out, contestant.states[name].sha256)
    return file, "" if file else "unreadable, or not the image that was scored"


def _copy(path: Path, out: Path, sha256: str | None) -> str:
    """The file that the picture at `path` is in; "" when there is none that can be read, or another one."""
    try:
        data = read_bytes(path)
        if sha256_bytes(data) != sha256:
            return ""
        file = f"{FOLDER}/{sha256_bytes(data)[:16]}.webp"
        if not (out / file).is_file():
            write_bytes(out / file, webp(decode_image(data, str(path))))
    except (OSError, UnreadableImage):
        return ""
    return file


def webp(image: Image) -> bytes:
    """The picture at its full size, nearly as it was."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def credit(pictures: Pictures, definition: BoardDefinition) -> str:
    """Whose faces these are, and under which licence they may be shown."""
    licence = pictures.licence or definition.licence
    faces = " ".join(filter(None, (pictures.source, f"({licence})" if licence else "")))
    return " ".join(filter(None, (f"Faces: {faces}." if faces else "", *definition.attribution)))


def strips(
    pictures: Pictures, names: list[str], restorers: list[str]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(image name, [(caption, file)]) of LQ, some restorers and HQ side by side."""
    for name in names:
        tiles = [("LQ", pictures.lq.get(name, ""))]
        tiles += [(each, pictures.restored.get(each, {}).get(name, "")) for each in restorers]
        yield name, [*tiles, ("HQ", pictures.hq.get(name, ""))]
