"""The Fréchet distance of two sets of feature vectors, taken as Gaussians (Heusel et al. 2017, equation 6).

    d² = |μ1 - μ2|² + Tr Σ1 + Tr Σ2 - 2 Tr (Σ1 Σ2)^½

With Σ = AᵀA, for instance A = (X - μ)/√(n - 1), the last trace is the nuclear norm, the sum of the singular
values, of A1 A2ᵀ: real and non-negative by construction, exact when there are fewer vectors than
dimensions, and of size n × n rather than d × d. No matrix square root is taken and no ε is added.
"""

import scipy.linalg

from bfrbench.benchmark.features import Features, Gaussian
from bfrbench.benchmark.metrics.leave_one_out import Side, places_in, without_each
from bfrbench.benchmark.metrics.metric import SetValue
from bfrbench.benchmark.metrics.spread import Spread, spread
from bfrbench.benchmark.statistics.jackknife import standard_error


def frechet(restored: Features, reference: Features | Gaussian) -> SetValue:
    """The distance with its jackknife: each person left out of both sets, or of the restored set alone.

    A person is in both when `people` of both name them; published statistics stay as they are. There is no
    error for one person alone, or when leaving one out leaves fewer than two vectors. Raises ValueError for
    fewer than two vectors, or features of different networks.
    """
    first, second = _spreads(restored, reference)
    u, sigma, vt = scipy.linalg.svd(first.factor @ second.factor.T, full_matrices=False, check_finite=False)
    one = Side(restored, first, u, places_in(restored))
    other = Side(reference, second, vt.T, places_in(reference))
    value = _squared(first, second, float(sigma.sum()))
    without = without_each(one, other, sigma)
    return SetValue(value, standard_error(without) if without else None, without)


def frechet_distance(one: Features | Gaussian, other: Features | Gaussian) -> float:
    """d² of two sets, 0 and up; symmetric. Raises ValueError for a set of fewer than two vectors."""
    first, second = _spreads(one, other)
    values = scipy.linalg.svdvals(first.factor @ second.factor.T, overwrite_a=True, check_finite=False)
    return _squared(first, second, float(values.sum()))


def _spreads(one: Features | Gaussian, other: Features | Gaussian) -> tuple[Spread, Spread]:
    first, second = spread(one), spread(other)
    if len(first.mean) != len(second.mean):
        raise ValueError(
            f"Features of {len(first.mean)} and of {len(second.mean)} numbers come from different networks."
        )
    return first, second


def _squared(one: Spread, other: Spread, nuclear_norm: float) -> float:
    step = one.mean - other.mean
    return max(0.0, float(step @ step) + one.trace + other.trace - 2.0 * nuclear_norm)
