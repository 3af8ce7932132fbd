"""A set of feature vectors taken as a Gaussian: its mean, and a factor of its covariance.

A set of no more vectors than dimensions is its own factor. A larger one is read block by block, and takes the
memory of a few d×d matrices however many vectors there are.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from bfrbench.benchmark.features import Features, Gaussian, blocks, whole

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean (d) and scatter Σ (x - mean)(x - mean)ᵀ (d×d) of some vectors."""

    count: int
    mean: Floats
    scatter: Floats

    def joined(self, other: "Moments") -> "Moments":
        """Those of the union (Chan, Golub, LeVeque 1979), without the cancellation of Σ xxᵀ - n μμᵀ."""
        count = self.count + other.count
        step = other.mean - self.mean
        between = np.outer(step, step) * (self.count * other.count / count)
        return Moments(
            count, self.mean + step * (other.count / count), self.scatter + other.scatter + between
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """A set as a Gaussian: its mean μ (d) and a factor A (r×d) of its covariance AᵀA."""

    mean: Floats
    factor: Floats
    leading: NDArray[np.intp] | None  # columns that are A's triangle; None: A's rows are the vectors' own

    @property
    def trace(self) -> float:
        """Of the covariance."""
        return float((self.factor**2).sum())


def moments(features: Features) -> Moments:
    """Taken block by block, in float64; raises ValueError when there is no vector."""
    if not len(features):
        raise ValueError("There are no feature vectors.")
    return reduce(Moments.joined, map(_moments, blocks(features)))


def spread(features: Features | Gaussian) -> Spread:
    """Mean and factor of a set; raises ValueError for fewer than two vectors."""
    if isinstance(features, Gaussian):
        return Spread(features.mean, *_root(features.covariance))
    if len(features) < 2:
        raise ValueError(f"A covariance needs two feature vectors or more, not {len(features)}.")
    if len(features) <= features.rows([0]).shape[1]:
        mean, centred = _centred(whole(features))
        return Spread(mean, centred / np.sqrt(len(centred) - 1), None)
    taken = moments(features)
    return Spread(taken.mean, *_root(taken.scatter / (taken.count - 1)))


def _moments(block: NDArray[np.float32]) -> Moments:
    mean, centred = _centred(block)
    return Moments(len(centred), mean, centred.T @ centred)


def _centred(block: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Mean (d) of n vectors, and the n×d differences from it, in float64."""
    vectors = block.astype(np.float64)
    mean = vectors.mean(axis=0)
    return mean, vectors - mean


def _root(covariance: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """A factor A (r×d) of a covariance AᵀA of rank r, and the r columns of A that form an upper triangle.

    Cholesky's, with pivots (LAPACK's pstrf), which stops where only rounding is left.
    """
    triangle, pivots, rank, _ = scipy.linalg.lapack.dpstrf(covariance)
    columns = pivots.astype(np.intp) - 1
    factor = np.empty((rank, len(covariance)))
    factor[:, columns] = np.triu(triangle)[:rank]
    return factor, columns[:rank]
