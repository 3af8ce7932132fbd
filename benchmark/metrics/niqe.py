"""NIQE: how far a picture's local statistics are from those of natural pictures, without looking at HQ.

Mittal, Soundararajan, Bovik 2013. Luma, normalised by its local mean and deviation, is cut into blocks;
each block is described by the shape of its values' distribution and of the products of neighbours, at two
scales: 36 features. With μ, Σ their mean and covariance over the blocks, and μ*, Σ* those of the LIVE
release's pristine pictures,

    NIQE = sqrt((μ* - μ)ᵀ ((Σ* + Σ)/2)⁺ (μ* - μ)).

Variant `y601`: limited-range luma rounded to integers, 96×96 blocks without overlap from the top left (what
is left over at the right and below is not looked at), the half scale by bicubic interpolation with
antialiasing, float64; as basicsr defines it and as the GFP-GAN line of papers reports it.

On flat backgrounds the features describe rounding noise, so that correct implementations differ by up to
some percent on single pictures: docs/agreement.md.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from bfrbench.benchmark.metrics.luma import y601
from bfrbench.types import Image
from bfrbench.weights import find

Floats = NDArray[np.float64]

BLOCK: Final = 96
MIN_SIZE: Final = 2 * BLOCK
"""Shortest side: a covariance needs more than one block, and 2×2 blocks are the least a square can have."""

_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
_SHAPES = np.arange(0.2, 10.001, 0.001)  # γ of the generalised Gaussian
_RATIOS = gamma(2.0 / _SHAPES) ** 2 / (gamma(1.0 / _SHAPES) * gamma(3.0 / _SHAPES))  # grows with γ


def niqe_y601(restored: Image) -> float:
    """NIQE of the limited-range luma, 0 and up, lower is better.

    Raises ValueError when fewer than two blocks have features.
    """
    mean, covariance, window = _pristine()
    features = block_features(np.rint(y601(restored)), window)
    known = features[~np.isnan(features).any(axis=1)]
    if len(known) < 2:
        raise ValueError(f"NIQE needs two 96×96 blocks that are not uniform; this image has {len(known)}.")
    # means skip single features that are not known, covariances skip whole blocks: as MATLAB's release
    difference = mean - np.nanmean(features, axis=0)
    spread = np.linalg.pinv((covariance + np.cov(known, rowvar=False)) / 2.0)
    return float(np.sqrt(difference @ spread @ difference))


@cache
def _pristine() -> tuple[Floats, Floats, Floats]:
    """Mean (36), covariance (36×36) and window (7×7) of the LIVE release."""
    with np.load(find("niqe-pristine")) as file:
        return file["mu_pris_param"].ravel(), file["cov_pris_param"], file["gaussian_window"]


def block_features(luma: Floats, window: Floats) -> Floats:
    """36 features of every whole block, N×36: 18 at full scale, then 18 at half scale."""
    rows, columns = luma.shape[0] // BLOCK, luma.shape[1] // BLOCK
    full = luma[: rows * BLOCK, : columns * BLOCK]
    return np.concatenate(
        [
            _scale_features(normalised(full, window), BLOCK),
            _scale_features(normalised(halved(full), window), BLOCK // 2),
        ],
        axis=1,
    )


def normalised(luma: Floats, window: Floats) -> Floats:
    """(I - μ) / (σ + 1), with the local mean μ and deviation σ under the window; edges are repeated."""
    mean = cv2.filter2D(luma, cv2.CV_64F, window, borderType=cv2.BORDER_REPLICATE)
    square = cv2.filter2D(luma * luma, cv2.CV_64F, window, borderType=cv2.BORDER_REPLICATE)
    return np.asarray((luma - mean) / (np.sqrt(np.abs(square - mean * mean)) + 1.0))


def halved(luma: Floats) -> Floats:
    """Half size by Keys' cubic (a = -1/2) widened twice against aliasing, edges mirrored: MATLAB's imresize.

    Sides must be even.
    """
    distance = np.abs(np.arange(8) - 3.5) / 2.0
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1.0
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4.0 * distance + 2.0
    taps = np.where(distance <= 1.0, near, far)
    taps /= taps.sum()
    smooth = cv2.sepFilter2D(luma, cv2.CV_64F, taps, taps, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth[::2, ::2])


def _scale_features(values: Floats, block: int) -> Floats:
    """18 features a block, N×18: the values' own distribution, then products with four neighbours."""
    rows, columns = values.shape[0] // block, values.shape[1] // block
    blocks = values.reshape(rows, block, columns, block).swapaxes(1, 2).reshape(-1, block, block)
    shape, left, right = fit_asymmetric_gaussian(blocks)
    features = [shape, (left + right) / 2.0]
    for shift in _SHIFTS:
        shape, left, right = fit_asymmetric_gaussian(blocks * np.roll(blocks, shift, axis=(1, 2)))
        mean = (right - left) * gamma(2.0 / shape) / gamma(1.0 / shape)
        features += [shape, mean, left, right]
    return np.stack(features, axis=1)


def fit_asymmetric_gaussian(blocks: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit a generalised Gaussian with two widths to each of N blocks; returns N shapes, left, right scales.

    Moment matching of Lasmar et al. 2009: with σl, σr the root mean squares below and above zero and
    g = σl/σr, the shape γ solves Γ(2/γ)²/(Γ(1/γ)Γ(3/γ)) = (E|x|)²/E[x²] · (g³ + 1)(g + 1)/(g² + 1)², on a
    grid of 0.2, 0.201, … 10; scales are σ·sqrt(Γ(1/γ)/Γ(3/γ)). NaN where a side has no value.
    """
    flat = blocks.reshape(len(blocks), -1)
    squares = flat * flat
    below, above = flat < 0.0, flat > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.sqrt((squares * below).sum(axis=1) / below.sum(axis=1))
        right = np.sqrt((squares * above).sum(axis=1) / above.sum(axis=1))
        g = left / right
        ratio = np.abs(flat).mean(axis=1) ** 2 / squares.mean(axis=1)
        ratio = ratio * (g**3 + 1.0) * (g + 1.0) / (g**2 + 1.0) ** 2
    shape = np.where(np.isnan(ratio), np.nan, _nearest_shape(ratio))
    scale = np.sqrt(gamma(1.0 / shape) / gamma(3.0 / shape))
    return shape, left * scale, right * scale


def _nearest_shape(ratio: Floats) -> Floats:
    """The grid's shape whose ratio is nearest; of two equally near ones the smaller."""
    after = np.clip(np.searchsorted(_RATIOS, ratio), 1, len(_RATIOS) - 1)
    before = after - 1
    nearer = np.where(ratio - _RATIOS[before] <= _RATIOS[after] - ratio, before, after)
    return np.asarray(_SHAPES[nearer])
