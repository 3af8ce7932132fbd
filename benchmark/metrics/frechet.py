"""The Fréchet distance of two sets of feature vectors, taken as Gaussians (Heusel et al. 2017, equation 6).

    d² = |μ1 - μ2|² + Tr Σ1 + Tr Σ2 - 2 Tr (Σ1 Σ2)^½

With Σ = AᵀA, for instance A = (X - μ)/√(n - 1), the last trace is the nuclear norm, the sum of the singular
values, of A1 A2ᵀ: real and non-negative by construction, exact when there are fewer vectors than
dimensions, and of size n × n rather than d × d. No matrix square root is taken and no ε is added.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from bfrbench.benchmark.features import Features, Gaussian
from bfrbench.benchmark.metrics.metric import SetValue

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean (d) and scatter Σ (x - mean)(x - mean)ᵀ (d×d) of some vectors."""

    count: int
    mean: Floats
    scatter: Floats

    def joined(self, other: Self) -> "Moments":
        """Those of the union (Chan, Golub, LeVeque 1979), without the cancellation of Σ xxᵀ - n μμᵀ."""
        count = self.count + other.count
        step = other.mean - self.mean
        between = np.outer(step, step) * (self.count * other.count / count)
        return Moments(
            count, self.mean + step * (other.count / count), self.scatter + other.scatter + between
        )


@dataclass(slots=True)
class FeatureSet:
    """Feature vectors of one set: the vectors themselves while they are few, then their moments.

    Few means no more than their dimension d, so memory never exceeds a few times d² numbers.
    """

    rows: list[NDArray[np.float32]] = field(default_factory=list)  # not in the moments
    moments: Moments | None = None

    def __len__(self) -> int:
        return len(self.rows) + (self.moments.count if self.moments else 0)

    def add(self, vector: NDArray[np.float32]) -> None:
        """Take in one vector of d numbers."""
        self.rows.append(vector)
        if len(self.rows) > len(vector):
            self.moments, self.rows = self._all_moments(), []

    def merge(self, other: Self) -> None:
        """Take in another set, as if its vectors came after."""
        if other.moments is not None:
            self.moments = other.moments if self.moments is None else self.moments.joined(other.moments)
        for row in other.rows:
            self.add(row)

    def gaussian(self) -> tuple[Floats, Floats]:
        """The mean μ (d) and a factor A (m×d) of the covariance AᵀA, with n - 1 below.

        Raises ValueError for fewer than two vectors.
        """
        if len(self) < 2:
            raise ValueError(f"A covariance needs two feature vectors or more, not {len(self)}.")
        if self.moments is None:
            mean, centred = _centred(self.rows)
            return mean, centred / np.sqrt(len(centred) - 1)
        every = self._all_moments()
        values, vectors = np.linalg.eigh(every.scatter / (every.count - 1))
        return every.mean, np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T

    def _all_moments(self) -> Moments:
        if not self.rows and self.moments is not None:
            return self.moments
        mean, centred = _centred(self.rows)
        new = Moments(len(centred), mean, centred.T @ centred)
        return new if self.moments is None else self.moments.joined(new)


def _centred(rows: list[NDArray[np.float32]]) -> tuple[Floats, Floats]:
    """Mean (d) of n vectors, and the n×d differences from it, in float64."""
    block = np.stack(rows).astype(np.float64)
    mean = block.mean(axis=0)
    return mean, block - mean


def frechet(restored: Features, reference: Features | Gaussian) -> SetValue:
    """The distance of two sets of features, as a metric; raises ValueError for fewer than two vectors."""
    return SetValue(frechet_distance(_set_of(restored), _set_of(reference)))


def _set_of(features: Features | Gaussian) -> FeatureSet:
    gathered = FeatureSet()
    if isinstance(features, Gaussian):
        gathered.moments = Moments(2, features.mean, features.covariance)
        return gathered
    for block in features.blocks():
        for vector in block:
            gathered.add(vector)
    return gathered


def frechet_distance(one: FeatureSet, other: FeatureSet) -> float:
    """d² of two sets, 0 and up; symmetric. Raises ValueError for a set of fewer than two vectors."""
    mean_1, factor_1 = one.gaussian()
    mean_2, factor_2 = other.gaussian()
    step = mean_1 - mean_2
    traces = (factor_1**2).sum() + (factor_2**2).sum()
    nuclear = scipy.linalg.svdvals(factor_1 @ factor_2.T, overwrite_a=True, check_finite=False).sum()
    return max(0.0, float(step @ step + traces - 2.0 * nuclear))
