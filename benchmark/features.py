"""Feature vectors of a set of images, in blocks, so that no set has to fit into memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.judges.judge import Vector

BLOCK: Final = 512
"""Vectors a block."""


class Features(Protocol):
    """What one judge sees in the images of one set."""

    @property
    def people(self) -> Sequence[str]:
        """Whom each image shows; what is one person's is not independent."""
        ...

    def __len__(self) -> int: ...

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """m×d at a time, m ≤ BLOCK, always in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayFeatures:
    """Features in memory."""

    vectors: NDArray[np.float32]  # n×d
    people: Sequence[str]

    def __len__(self) -> int:
        return len(self.vectors)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """m×d at a time."""
        for start in range(0, len(self.vectors), BLOCK):
            yield self.vectors[start : start + BLOCK]


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """Features on disk, read when asked for."""

    keys: Sequence[str]
    people: Sequence[str]
    read: Callable[[str], Vector]

    def __len__(self) -> int:
        return len(self.keys)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """m×d at a time."""
        for start in range(0, len(self.keys), BLOCK):
            yield np.stack([self.read(key) for key in self.keys[start : start + BLOCK]])


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Statistics that somebody else took: mean (d) and covariance (d×d, n - 1 below), float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    count: int | None = None  # images behind them, if known
