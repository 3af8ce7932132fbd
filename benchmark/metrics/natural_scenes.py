"""The statistics of natural pictures that NIQE and BRISQUE share (Mittal, Moorthy, Bovik 2012).

Luma normalised by its local mean and deviation is nearly Gaussian in natural pictures, and products of
neighbours are distributed in a known way too. How far an image is from that shows in the shapes and the
widths of the generalised Gaussians that fit its values.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

Floats = NDArray[np.float64]

SHIFTS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns to the four neighbours whose products are looked at; pictures and blocks wrap around."""

_SHAPES = np.arange(0.2, 10.001, 0.001)  # γ of the generalised Gaussian
_RATIOS = gamma(2.0 / _SHAPES) ** 2 / (gamma(1.0 / _SHAPES) * gamma(3.0 / _SHAPES))  # grows with γ


def normalised(luma: Floats, window: Floats, border: int) -> Floats:
    """(I - μ) / (σ + 1), with the local mean μ and deviation σ under the window; OpenCV's `border`."""
    mean = cv2.filter2D(luma, cv2.CV_64F, window, borderType=border)
    square = cv2.filter2D(luma * luma, cv2.CV_64F, window, borderType=border)
    return np.asarray((luma - mean) / (np.sqrt(np.abs(square - mean * mean)) + 1.0))


def halved(luma: Floats) -> Floats:
    """Half size by Keys' cubic (a = -1/2) widened twice against aliasing, edges mirrored: MATLAB's imresize.

    Odd sides are halved upwards.
    """
    distance = np.abs(np.arange(8) - 3.5) / 2.0
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1.0
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4.0 * distance + 2.0
    taps = np.where(distance <= 1.0, near, far)
    taps /= taps.sum()
    smooth = cv2.sepFilter2D(luma, cv2.CV_64F, taps, taps, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth[::2, ::2])


@dataclass(frozen=True)
class Fit:
    """Generalised Gaussians with two widths, one for each of N blocks; NaN where a side has no value."""

    shape: Floats  # γ: 2 is the Gaussian, 1 the Laplacian
    left: Floats  # root mean square of the values below zero
    right: Floats  # and above

    @cached_property
    def scales(self) -> tuple[Floats, Floats]:
        """The density's two scales, β = σ sqrt(Γ(1/γ) / Γ(3/γ))."""
        ratio = np.sqrt(gamma(1.0 / self.shape) / gamma(3.0 / self.shape))
        return self.left * ratio, self.right * ratio

    @property
    def mean(self) -> Floats:
        """(βr - βl) Γ(2/γ) / Γ(1/γ)."""
        left, right = self.scales
        return np.asarray((right - left) * gamma(2.0 / self.shape) / gamma(1.0 / self.shape))


def fit_asymmetric(blocks: Floats) -> Fit:
    """Fit a generalised Gaussian with two widths to each of N blocks, N×h×w.

    Moment matching of Lasmar et al. 2009: with σl, σr the root mean squares below and above zero and
    g = σl/σr, the shape γ solves Γ(2/γ)²/(Γ(1/γ)Γ(3/γ)) = (E|x|)²/E[x²] · (g³ + 1)(g + 1)/(g² + 1)², on a
    grid of 0.2, 0.201, … 10.
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
    return Fit(np.where(np.isnan(ratio), np.nan, _nearest_shape(ratio, _RATIOS)), left, right)


def fit_symmetric(block: Floats) -> tuple[float, float]:
    """Shape γ and variance of the generalised Gaussian of mean 0 that fits the values.

    Moment matching of Sharifi, Leon-Garcia 1995: Γ(1/γ)Γ(3/γ)/Γ(2/γ)² = E[x²]/(E|x|)², on the same grid.
    """
    variance = float(np.square(block).mean())
    ratio = variance / float(np.abs(block).mean()) ** 2
    # the grid's ratios fall with γ: their negatives grow
    return float(_nearest_shape(np.array([-ratio]), -1.0 / _RATIOS)[0]), variance


def _nearest_shape(ratio: Floats, ratios: Floats) -> Floats:
    """The grid's shape whose ratio is nearest; of two equally near ones the smaller. `ratios` ascend."""
    after = np.clip(np.searchsorted(ratios, ratio), 1, len(ratios) - 1)
    before = after - 1
    nearer = np.where(ratio - ratios[before] <= ratios[after] - ratio, before, after)
    return np.asarray(_SHAPES[nearer])
