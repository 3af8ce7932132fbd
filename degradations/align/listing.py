"""The photographs of a folder by their numbers: of each, memory holds its path and 16 bytes."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrbench import files
from bfrbench.degradations.align.photo import Photo
from bfrbench.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """Image files in a folder and below, sorted by path; `a/b.jpg` becomes the face `a-b`.

    Where two files would share a name, each gets its suffix too: `a-b-jpg`, `a-b-png`.
    """

    files: Sequence[str]
    states: NDArray[np.int64]  # N×2, the `FileState` of each
    shared: Collection[str]  # names that several files would have without their suffix

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> Photo:
        size, version = self.states[number].tolist()
        return Photo(self.files[number], self.name(self.files[number]), (size, version))

    def name(self, file: str) -> str:
        """What the crop of a file is called, without suffix."""
        plain = _plain_name(file)
        return f"{plain}-{file.rpartition('.')[2].lower()}" if plain in self.shared else plain

    def find(self, file: str) -> int | None:
        """The number of a file; None when it is not one of them."""
        number = bisect_left(self.files, file)
        return number if number < len(self) and self.files[number] == file else None


def list_photos(folder: Path) -> Photos:
    """The image files in a folder and below; raises InputError for none, and for two of one name."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    found, states = _images_below(folder)
    if not found:
        raise InputError(f"{folder} holds no image ({', '.join(sorted(files.IMAGE_SUFFIXES))}).")
    photos = Photos(found, states, _more_than_once(_plain_name, found))
    twice = _more_than_once(photos.name, found)
    if twice:
        raise InputError(
            f"Several photographs of {folder} would be called {files.few(sorted(twice))}. Rename them."
        )
    return photos


def _images_below(folder: Path) -> tuple[list[str], NDArray[np.int64]]:
    """Images below the folder, sorted, with their states."""
    suffixes, found, states = tuple(files.IMAGE_SUFFIXES), [], array("q")
    for file, state in files.files_below(folder):
        if file.lower().endswith(suffixes):
            files.check_name(file, folder)
            found.append(file)
            states.extend(state)
    order = sorted(range(len(found)), key=found.__getitem__)
    return [found[place] for place in order], np.array(states, np.int64).reshape(-1, 2)[order]


def _plain_name(file: str) -> str:
    return file.rpartition(".")[0].replace("/", "-")


def _more_than_once(name_of: Callable[[str], str], paths: Sequence[str]) -> set[str]:
    """Names that several files have; those whose hash is single are never held."""
    hashes = hashes_of(map(name_of, paths))
    again = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    if not again:
        return set()
    names = Counter(name for name in map(name_of, paths) if hash(name) in again)
    return {name for name, count in names.items() if count > 1}


def hashes_of(names: Iterable[str]) -> NDArray[np.int64]:
    """The 64-bit hashes of names, sorted: eight bytes for each, where a set of them takes a hundred."""
    return np.sort(np.fromiter(map(hash, names), np.int64))


def is_among(hashes: NDArray[np.int64], name: str) -> bool:
    """Whether a name's hash is among sorted ones: another name's is with a chance of their number in 2^64."""
    wanted = hash(name)
    place = int(np.searchsorted(hashes, wanted))
    return place < len(hashes) and int(hashes[place]) == wanted
