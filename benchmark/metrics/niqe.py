"""NIQE: how far a picture's local statistics are from those of natural pictures, without looking at HQ.

Mittal, Soundararajan, Bovik 2013. Luma, normalised by its local mean and deviation, is cut into blocks;
each block is described by the shape of its values' distribution and of the products of neighbours, at two
scales: 36 features. With μ, Σ their mean and covariance over the blocks, and μ*, Σ* those of the LIVE
release's pristine pictures,

    NIQE = sqrt((μ* - μ)ᵀ ((Σ* + Σ)/2)⁺ (μ* - μ)).

96×96 blocks without overlap from the top left (what is left over at the right and below is not looked at),
the half scale by bicubic interpolation with antialiasing, float64. Variants:

- `y601`: limited-range luma rounded to integers; as basicsr defines it and as the GFP-GAN line of papers
  reports it.
- `grey`: what MATLAB's rgb2gray gives, as the LIVE release does with colour pictures. MATLAB's own function
  `niqe` has another pristine model: its numbers are others.

On flat backgrounds the features describe rounding noise, so that correct implementations differ by up to
some percent on single pictures: docs/agreement.md.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np

from bfrbench.benchmark.metrics.luma import matlab_grey, y601
from bfrbench.benchmark.metrics.natural_scenes import SHIFTS, Floats, fit_asymmetric, halved, normalised
from bfrbench.types import Image
from bfrbench.weights import find

BLOCK: Final = 96
MIN_SIZE: Final = 2 * BLOCK
"""Shortest side: a covariance needs more than one block, and 2×2 blocks are the least a square can have."""


def niqe_y601(restored: Image) -> float:
    """NIQE of the limited-range luma, 0 and up, lower is better.

    Raises ValueError when fewer than two blocks have features.
    """
    return niqe(np.rint(y601(restored)))


def niqe_grey(restored: Image) -> float:
    """NIQE of MATLAB's grey, 0 and up, lower is better.

    Raises ValueError when fewer than two blocks have features.
    """
    return niqe(matlab_grey(restored))


def niqe(luma: Floats) -> float:
    """NIQE of H×W luma in 0..255."""
    mean, covariance, window = _pristine()
    features = block_features(luma, window)
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
            _scale_features(normalised(full, window, cv2.BORDER_REPLICATE), BLOCK),
            _scale_features(normalised(halved(full), window, cv2.BORDER_REPLICATE), BLOCK // 2),
        ],
        axis=1,
    )


def _scale_features(values: Floats, block: int) -> Floats:
    """18 features a block, N×18: the values' own distribution, then products with four neighbours."""
    rows, columns = values.shape[0] // block, values.shape[1] // block
    blocks = values.reshape(rows, block, columns, block).swapaxes(1, 2).reshape(-1, block, block)
    fit = fit_asymmetric(blocks)
    features = [fit.shape, sum(fit.scales) / 2.0]
    for shift in SHIFTS:
        fit = fit_asymmetric(blocks * np.roll(blocks, shift, axis=(1, 2)))
        features += [fit.shape, fit.mean, *fit.scales]
    return np.stack(features, axis=1)
