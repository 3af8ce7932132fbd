"""BRISQUE: what people would say of a picture's quality, learnt from its local statistics; no HQ needed.

Mittal, Moorthy, Bovik 2012. What MATLAB's rgb2gray gives is normalised by its local mean and deviation
under a 7×7 Gaussian of σ = 7/6 (outside the picture there is black); 36 features, 18 at full and 18 at half
scale, are the shape and variance of its values, and shape, mean and two variances of the products with four
neighbours. Each feature f is scaled to 2 (f - low)/(high - low) - 1, and a support vector machine says

    BRISQUE = Σ over support vectors i of α_i exp(-γ |f - s_i|²) - ρ,

about 0 for pristine pictures and 100 for very bad ones, neither end being a limit.

Variant `live`: features as in the LIVE release's MATLAB code; the machine is the one of 770 support vectors
with which the `brisque` package and most ports come, trained on the LIVE database. That package computes the
features in another way (continuous fits, no antialiasing before the half scale), and pyiqa has a machine of
774 support vectors: their numbers are others. On flat pictures the features describe rounding noise.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np

from bfrbench.benchmark.metrics.luma import matlab_grey
from bfrbench.benchmark.metrics.natural_scenes import (
    SHIFTS,
    Floats,
    fit_asymmetric,
    fit_symmetric,
    halved,
    normalised,
)
from bfrbench.types import Image
from bfrbench.weights import find

MIN_SIZE: Final = 32
"""Shortest side in px, by choice: fewer values are no statistics."""

_KERNEL = cv2.getGaussianKernel(7, 7.0 / 6.0, cv2.CV_64F)
_WINDOW: Final[Floats] = np.asarray(_KERNEL @ _KERNEL.T)


def brisque_live(restored: Image) -> float:
    """BRISQUE, lower is better. Raises ValueError when the image is uniform."""
    luma = matlab_grey(restored)
    if luma.min() == luma.max():
        raise ValueError("BRISQUE is not defined on a uniform image: it has no local statistics.")
    machine = _machine()
    low, high = machine["low"], machine["high"]
    scaled = 2.0 * (features(luma) - low) / (high - low) - 1.0
    distances = np.square(machine["support"] - scaled).sum(axis=1)
    return float(machine["coefficients"] @ np.exp(-machine["gamma"] * distances) - machine["rho"])


@cache
def _machine() -> dict[str, Floats]:
    """Support vectors (770×36), coefficients (770), γ, ρ, and the range of each feature (36, 36)."""
    with np.load(find("brisque-live")) as file:
        return dict(file)


def features(luma: Floats) -> Floats:
    """The 36 features of H×W luma: 18 at full scale, then 18 at half scale."""
    return np.concatenate([_scale_features(luma), _scale_features(halved(luma))])


def _scale_features(luma: Floats) -> Floats:
    values = normalised(luma, _WINDOW, cv2.BORDER_CONSTANT)
    found = [*fit_symmetric(values)]
    for shift in SHIFTS:
        fit = fit_asymmetric((values * np.roll(values, shift, axis=(0, 1)))[None])
        found += [float(part[0]) for part in (fit.shape, fit.mean, fit.left**2, fit.right**2)]
    return np.array(found)
