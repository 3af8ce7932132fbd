"""Feature vectors of a set of images, read in blocks, so that no set has to fit into memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.judges.judge import Vector

Places = Sequence[int] | NDArray[np.int64]

BLOCK: Final = 512
"""Vectors a block."""


class Features(Protocol):
    """What one judge sees in the images of one set."""

    @property
    def people(self) -> Sequence[str]:
        """Whom each image shows; what is one person's is not independent."""
        ...

    def __len__(self) -> int: ...

    def rows(self, places: Places) -> NDArray[np.float32]:
        """The vectors at some places, one or more, counted from 0: m×d."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayFeatures:
    """Features in memory."""

    vectors: NDArray[np.float32]  # n×d
    people: Sequence[str]

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, places: Places) -> NDArray[np.float32]:
        """m×d."""
        return np.take(self.vectors, places, axis=0)


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """Features on disk, read when asked for."""

    keys: Sequence[str]
    people: Sequence[str]
    read: Callable[[str], Vector]

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, places: Places) -> NDArray[np.float32]:
        """m×d."""
        return np.stack([self.read(self.keys[place]) for place in places])


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Statistics that somebody else took: mean (d) and covariance (d×d, n - 1 below), float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def blocks(features: Features) -> Iterator[NDArray[np.float32]]:
    """All vectors, m×d at a time, m ≤ BLOCK, in their order."""
    for first in range(0, len(features), BLOCK):
        yield features.rows(range(first, min(first + BLOCK, len(features))))


def whole(features: Features) -> NDArray[np.float32]:
    """All vectors at once, n×d: 4 n d bytes."""
    return np.concatenate(list(blocks(features)))


def places_of(people: Sequence[str]) -> dict[str, list[int]]:
    """Where each person's images are, by person in the order of their names."""
    places: dict[str, list[int]] = {person: [] for person in sorted(set(people))}
    for place, person in enumerate(people):
        places[person].append(place)
    return places


def vectors_of(features: Features | Gaussian) -> Features:
    """Features that are vectors; raises ValueError for statistics."""
    match features:
        case Gaussian():
            raise ValueError("Images must be compared with images here: mean and covariance are not enough.")
        case _:
            return features
