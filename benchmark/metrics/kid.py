"""KID: squared maximum mean discrepancy of two sets of features (Bińkowski, Sutherland et al. 2018).

    KID = Σ_{i≠j} k(x_i, x_j)/n(n-1) + Σ_{i≠j} k(y_i, y_j)/m(m-1) - 2 Σ_{ij} k(x_i, y_j)/nm,  k = (x·y/d + 1)³

The whole U-statistic (Gretton et al. 2012, equation 3), not a mean over random subsets: nothing in it is
drawn. For two independent sets of one distribution its expected value is 0, whatever their numbers. Restored
images and their own HQ are not independent: each resembles its own HQ more than others', so that values lie
lower, and for the HQ itself below 0, the more so the fewer the images. Compare only over the same images.
In float64. Both sets' vectors are in memory as float32, the
kernel a block at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.features import BLOCK, Features, Gaussian, vectors_of, whole
from bfrbench.benchmark.metrics.metric import SetValue
from bfrbench.benchmark.metrics.spread import Floats
from bfrbench.benchmark.statistics.jackknife import standard_error

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of the kernel over pairs of a first and a second vector."""

    every: float
    first: Floats  # over pairs whose first vector is of each person
    second: Floats  # whose second is
    both: Floats  # whose both are

    def without_each(self) -> Floats:
        """Over the pairs that leave each person out."""
        return self.every - self.first - self.second + self.both


def kid(restored: Features, reference: Features | Gaussian) -> SetValue:
    """KID with its jackknife: each person left out of both sets, or of the restored set alone.

    A person is in both when `people` of both name them. Raises ValueError for fewer than two vectors, and for
    statistics in place of images.
    """
    reference = vectors_of(reference)
    n, m = len(restored), len(reference)
    if min(n, m) < 2:
        raise ValueError(f"KID needs two images or more in each set, not {min(n, m)}.")
    names, codes = np.unique([*restored.people, *reference.people], return_inverse=True)
    x, y, of_x, of_y = whole(restored), whole(reference), codes[:n], codes[n:]
    within_x, within_y = (
        _sums(z, z, of_z, of_z, len(names), within=True) for z, of_z in ((x, of_x), (y, of_y))
    )
    across = _sums(x, y, of_x, of_y, len(names), within=False)
    value = within_x.every / (n * (n - 1)) + within_y.every / (m * (m - 1)) - 2.0 * across.every / (n * m)
    there = np.unique(of_x)
    n_left, m_left = n - np.bincount(of_x)[there], m - np.bincount(of_y, minlength=len(names))[there]
    if len(there) < 2 or min(n_left.min(), m_left.min()) < 2:
        return SetValue(value)
    left = [sums.without_each()[there] for sums in (within_x, within_y, across)]
    values = left[0] / (n_left * (n_left - 1)) + left[1] / (m_left * (m_left - 1))
    values -= 2.0 * left[2] / (n_left * m_left)
    without = dict(zip(names[there].tolist(), values.tolist(), strict=True))
    return SetValue(value, standard_error(without), without)


def _sums(
    x: NDArray[np.float32], y: NDArray[np.float32], of_x: Ints, of_y: Ints, people: int, *, within: bool
) -> _Sums:
    """Over all pairs of an x and a y; `within` one set, of different ones."""
    first, second, both = np.zeros(len(x)), np.zeros(len(y)), np.zeros(len(x))
    for i in range(0, len(x), BLOCK):
        rows = x[i : i + BLOCK].astype(np.float64) / x.shape[1]
        for j in range(0, len(y), BLOCK):
            kernel = (rows @ y[j : j + BLOCK].T + 1.0) ** 3
            if within and i == j:
                np.fill_diagonal(kernel, 0.0)
            first[i : i + BLOCK] += kernel.sum(axis=1)
            second[j : j + BLOCK] += kernel.sum(axis=0)
            one = of_x[i : i + BLOCK, None] == of_y[j : j + BLOCK]
            both[i : i + BLOCK] += (kernel * one).sum(axis=1)
    return _Sums(
        every=float(first.sum()),
        first=_by_person(first, of_x, people),
        second=_by_person(second, of_y, people),
        both=_by_person(both, of_x, people),
    )


def _by_person(sums: Floats, of: Ints, people: int) -> Floats:
    return np.asarray(np.bincount(of, sums, people), dtype=np.float64)
