"""Training faces in memory: decoded once, drawn in an order that depends on the seed alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bfrbench.degradations.index import label
from bfrbench.errors import InputError, UnreadableImage
from bfrbench.files import IMAGE_SUFFIXES, few, tar_members
from bfrbench.parallel import parallel_map
from bfrbench.pixels import read_image
from bfrbench.reference_model.training.processes import Processes
from bfrbench.seeds import generator, key
from bfrbench.types import Image

_ALONE = Processes()


@dataclass(frozen=True, slots=True)
class Faces:
    """N faces of one size."""

    names: tuple[str, ...]
    pixels: NDArray[np.uint8]  # N×S×S×3, RGB

    def __len__(self) -> int:
        return len(self.names)

    def tensor(self, places: NDArray[np.int64] | slice, flips: Tensor | None = None) -> Tensor:
        """Some of the faces as float32 n×3×S×S in [-1, 1], mirrored where `flips` says so."""
        batch = torch.from_numpy(self.pixels[places]).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        return batch if flips is None else torch.where(flips.view(-1, 1, 1, 1), batch.flip(3), batch)

    def order(self, seed: int, start: int, count: int) -> NDArray[np.int64]:
        """Places of `count` faces, from the `start`-th drawn on: every face once an epoch, shuffled."""
        epochs = range(start // len(self), (start + count - 1) // len(self) + 1)
        drawn = [generator(key(seed, "order", epoch)).permutation(len(self)) for epoch in epochs]
        begin = start - epochs[0] * len(self)
        return np.concatenate(drawn)[begin : begin + count]


def list_packed(tar: Path, index: Path | None = None, split: str | None = None) -> dict[str, Path]:
    """The images of one uncompressed tar, {name: path}, without unpacking it.

    split: keep one split, as `index` says, or else the table index.csv in the tar. Raises InputError.
    """
    try:
        members = tar_members(tar)
    except OSError as error:
        raise InputError(f"{tar} cannot be read as a tar of faces: {error.strerror}.") from error
    images: dict[str, Path] = {}
    for name in sorted(members):
        if Path(name).suffix.lower() not in IMAGE_SUFFIXES or Path(name).name.startswith("."):
            continue
        if "/" in name:
            raise InputError(
                f"{tar} holds {name}, a face in a folder: pack the faces themselves, as `tar cf {tar.name} "
                "-C FOLDER .` does."
            )
        twin = images.setdefault(Path(name).stem, tar / name)
        if twin.name != name:
            raise InputError(f"{tar} holds both {twin.name} and {name}: keep one of them.")
    if not images:
        raise InputError(f"{tar} holds no face.")
    if index is None and split is not None and "index.csv" in members:
        index = tar / "index.csv"
    return {name: images[name] for name in label(images, index, split)}


def load_faces(
    hq: Mapping[str, Path], size: int, *, on_progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Faces:
    """Decode every face. Raises InputError, naming files, where some are unreadable or of another size."""
    pixels = np.empty((len(hq), size, size, 3), dtype=np.uint8)
    wrong: list[str] = []
    for place, path in enumerate(hq.values()):
        face = _read(path, size)
        if isinstance(face, str):
            wrong.append(face)
        else:
            pixels[place] = face
        on_progress(place + 1, len(hq))
    _refuse(wrong, len(hq), size)
    return Faces(tuple(hq), pixels)


def check_faces(
    faces: Sequence[Path],
    size: int,
    *,
    processes: Processes = _ALONE,
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Decode every face once, each process its share, and keep none. Raises InputError as `load_faces`."""
    mine = faces[processes.rank :: processes.count]
    wrong: list[str] = []
    for place, fault in enumerate(parallel_map(partial(_fault, size=size), mine, workers)):
        wrong += [fault] if fault else []
        on_progress(place + 1, len(mine))
    _refuse(sorted(processes.collect(wrong)), len(faces), size)


def _read(path: Path, size: int) -> Image | str:
    """The face, or what is wrong with it."""
    try:
        image = read_image(path)
    except UnreadableImage:
        return f"{path.name} (unreadable)"
    return image if image.shape == (size, size, 3) else f"{path.name} ({image.shape[1]}×{image.shape[0]})"


def _fault(path: Path, size: int) -> str:
    face = _read(path, size)
    return face if isinstance(face, str) else ""


def _refuse(wrong: Sequence[str], count: int, size: int) -> None:
    if wrong:
        raise InputError(
            f"{len(wrong)} of {count} faces are no whole images of {size}×{size}: {few(wrong, 10)}. "
            "Mend them or take them out; nothing was trained."
        )
