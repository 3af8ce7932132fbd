"""The Fréchet distance without each person in turn: exact, for little more than the distance itself.

Only the nuclear norm of B = A1 A2ᵀ is hard to update. Leaving vectors out of the sets compresses B to the
complement of the vectors' places: of m1 in the first set, of m2 in the second, which is none for a fixed
reference and the HQ of the same people otherwise. With M = [0 B; Bᵀ 0], whose |M| has twice the nuclear norm
for its trace, |x| = 2/π ∫ x²/(x² + s²) ds over s from 0 to ∞, and the determinant of a compressed matrix,
det M' = det M · det QᵀM⁻¹Q, the norm falls by

    1/π ∫ Tr L⁻¹ (L + s dL/ds) ds,   L(s) = [ s QᵀG Q   -QᵀH R ]   G = (BBᵀ + s²)⁻¹,  F = (BᵀB + s²)⁻¹
                                            [ RᵀHᵀQ    s RᵀF R ]   H = B F

where Q and R are the places' coordinates: L has m1 + m2 rows, and with B = U D Vᵀ its parts are sums over
singular values σ of products of the rows of U and V, weighted with s/(σ² + s²) and σ/(σ² + s²). In log s the
integrand is analytic within π/2 of the real axis and falls off exponentially, so that the trapezoid rule with
step h is off by exp(-π²/h).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from bfrbench.benchmark.features import Features, Gaussian, places_of
from bfrbench.benchmark.metrics.spread import Floats, Spread

_STEP: Final = 0.35  # exp(-π²/h) = 6e-13
_NODES: Final = np.exp(_STEP * np.arange(-80, 81))  # s over the largest singular value: 7e-13 to 1e12
_NODES_AT_ONCE: Final = 8
_NUMBERS_AT_ONCE: Final = 2**21
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sets, and where each person's vectors are in it."""

    features: Features | Gaussian
    spread: Spread
    axes: Floats  # r×k: U, or V, of A1 A2ᵀ = U D Vᵀ
    places: Mapping[str, Sequence[int]]

    def __len__(self) -> int:
        return 0 if isinstance(self.features, Gaussian) else len(self.features)


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of one set without each of P people, who have m vectors in it each."""

    mean: Floats  # P×d
    trace: Floats  # P: of the covariance
    scale: float  # of A: there are fewer vectors to divide by
    rows: Floats  # P×m×k: the coordinates of what is left out in terms of U, or V
    beyond: Floats  # P×m: squares of the parts of the coordinates that U, or V, does not span


def places_in(features: Features | Gaussian) -> dict[str, list[int]]:
    """Where each person's vectors are; published statistics have nobody's."""
    return {} if isinstance(features, Gaussian) else places_of(features.people)


def without_each(one: Side, other: Side, sigma: Floats) -> dict[str, float]:
    """d² without each person of the first set; {} for one person, or if fewer than two vectors were left."""
    left = [len(side) - len(side.places.get(p, ())) for side in (one, other) if len(side) for p in one.places]
    if len(one.places) < 2 or min(left) < 2:
        return {}
    kept = sigma > _ROUNDING * sigma.max(initial=0.0)
    one, other = (replace(side, axes=side.axes[:, kept]) for side in (one, other))
    found = dict(_in_groups(one, other, sigma[kept]))
    return {person: found[person] for person in one.places}


def _in_groups(one: Side, other: Side, sigma: Floats) -> Iterator[tuple[str, float]]:
    groups = defaultdict(list)  # people with as many vectors as each other
    for person, places in one.places.items():
        groups[len(places), len(other.places.get(person, ()))].append(person)
    for (m1, m2), people in groups.items():
        batch = max(1, _NUMBERS_AT_ONCE // ((m1 + m2) ** 2 * len(one.spread.mean)))
        for start in range(0, len(people), batch):
            some = people[start : start + batch]
            yield from zip(some, _without(one, other, sigma, some).tolist(), strict=True)


def _without(one: Side, other: Side, sigma: Floats, people: Sequence[str]) -> Floats:
    """d² without each of P people who have as many vectors as each other (P)."""
    first, second = _left(one, people), _left(other, people)
    norm = sigma.sum() - _losses(first, second, sigma)
    steps = ((first.mean - second.mean) ** 2).sum(axis=1)
    squared = steps + first.trace + second.trace - 2.0 * first.scale * second.scale * norm
    return np.asarray(np.maximum(0.0, squared))


def _left(side: Side, people: Sequence[str]) -> _Left:
    places = np.array([side.places.get(person, ()) for person in people], dtype=np.int64)  # P×m
    mean, trace, (p, m), n = side.spread.mean, side.spread.trace, places.shape, len(side)
    if isinstance(side.features, Gaussian) or not m:
        rows, beyond = np.empty((p, 0, side.axes.shape[1])), np.empty((p, 0))
        return _Left(np.tile(mean, (p, 1)), np.full(p, trace), 1.0, rows, beyond)
    centred = side.features.rows(places.ravel()).astype(np.float64) - mean
    rows = _coordinates(side, places.ravel(), centred).reshape(p, m, -1)
    centred = centred.reshape(p, m, -1)
    total = centred.sum(axis=1)
    gone = (centred**2).sum(axis=(1, 2)) + (total**2).sum(axis=1) / (n - m)
    beyond, turn = _positive(np.eye(m) - 1.0 / n - rows @ rows.swapaxes(1, 2))
    return _Left(
        mean=mean - total / (n - m),
        trace=((n - 1) * trace - gone) / (n - m - 1),
        scale=float(np.sqrt((n - 1) / (n - m - 1))),
        rows=turn.swapaxes(1, 2) @ rows,
        beyond=beyond,
    )


def _coordinates(side: Side, places: NDArray[np.int64], centred: Floats) -> Floats:
    """The rows q of an orthonormal matrix with centred = √(n - 1) q A, times U or V: m×k."""
    leading = side.spread.leading
    if leading is None:
        return side.axes[places]
    triangle = side.spread.factor[:, leading] * np.sqrt(len(side) - 1)
    q = scipy.linalg.solve_triangular(triangle, centred[:, leading].T, trans="T", check_finite=False)
    return np.asarray(q.T @ side.axes)


def _positive(products: Floats) -> tuple[Floats, Floats]:
    """The axes of symmetric P×m×m, and the values along them (P×m); what is no more than rounding is 0."""
    values, vectors = np.linalg.eigh(products)
    return np.where(values > _ROUNDING, values, 0.0), np.asarray(vectors)


def _losses(first: _Left, second: _Left, sigma: Floats) -> Floats:
    """By how much the nuclear norm falls without each of P people (P)."""
    m1, m2 = first.rows.shape[1], second.rows.shape[1]
    if not len(sigma):
        return np.zeros(len(first.rows))
    rows = np.concatenate([first.rows, second.rows], axis=1)
    beyond = np.concatenate([first.beyond, second.beyond], axis=1)[:, None] * np.eye(m1 + m2)
    sign = np.zeros((m1 + m2, m1 + m2))
    sign[:m1, m1:], sign[m1:, :m1] = -1.0, 1.0
    lost = np.zeros(len(rows))
    for start in range(0, len(_NODES), _NODES_AT_ONCE):
        s = _NODES[start : start + _NODES_AT_ONCE]
        lost += _integrand(rows, beyond, sign, sigma / sigma[0], s).T @ s
    return np.asarray(lost * _STEP * sigma[0] / np.pi)


def _integrand(rows: Floats, beyond: Floats, sign: Floats, sigma: Floats, s: Floats) -> Floats:
    """Tr L⁻¹ (L + s dL/ds) at Q values of s (Q×P)."""
    squares, same = sigma[:, None] ** 2 + s**2, sign == 0.0
    even, odd = s / squares, sigma[:, None] / squares
    even_slope = 2.0 * even * odd * sigma[:, None]  # even + s d(even)/ds
    odd_slope = odd * (sigma[:, None] ** 2 - s**2) / squares
    matrix = np.where(same, _products(rows, even), sign * _products(rows, odd))
    matrix += beyond / s[:, None, None, None]
    slope = np.where(same, _products(rows, even_slope), sign * _products(rows, odd_slope))
    # places of equal vectors differ in nothing that U or V spans: their values are 1/s, others' s. Scaled by
    # the diagonal, as the trace allows, both count.
    scale = 1.0 / np.sqrt(np.einsum("qpii->qpi", matrix))
    matrix, slope = (part * scale[..., None] * scale[..., None, :] for part in (matrix, slope))
    return np.asarray(np.trace(np.linalg.solve(matrix, slope), axis1=2, axis2=3))


def _products(rows: Floats, weights: Floats) -> Floats:
    """Σ_k w_kq r_pik r_pjk: P×m×k rows and k×Q weights to Q×P×m×m."""
    if rows.shape[1] > 4:
        return np.stack([(rows * weight) @ rows.swapaxes(1, 2) for weight in weights.T])
    return np.moveaxis((rows[:, :, None] * rows[:, None]) @ weights, 3, 0)
