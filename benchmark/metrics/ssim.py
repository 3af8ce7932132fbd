"""SSIM: structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, equation 13).

    SSIM(x, y) = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2))

with C1 = (0.01·255)², C2 = (0.03·255)², local moments under an 11×11 Gaussian window of σ = 1.5, the mean
over the places where the window lies inside the picture. Float64, no downsampling. Variants:

- `rgb`: the mean of three channels, as basicsr defines it.
- `y601`: limited-range luma that is not rounded, as basicsr with test_y_channel.
- `grey`: what MATLAB's rgb2gray gives, as the authors' ssim_index.m measures it.
- `rgb-matched`: as `rgb`, after the restored image was given its HQ's means and deviations (matching.py), as
  VQFR's script always does.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.metrics.luma import matlab_grey, y601
from bfrbench.benchmark.metrics.matching import matched
from bfrbench.types import Image

Floats = NDArray[np.float64]

WINDOW: Final = 11
_KERNEL = cv2.getGaussianKernel(WINDOW, 1.5, cv2.CV_64F)
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2
_STRIP = 64  # rows at a time: what is computed for them stays in the processor's cache


def ssim_rgb(restored: Image, hq: Image) -> float:
    """Mean SSIM of R, G and B, at most 1; symmetric."""
    return _of_channels(restored, hq)


def ssim_y601(restored: Image, hq: Image) -> float:
    """SSIM of the limited-range luma, at most 1; symmetric, blind to colour."""
    return mean_ssim(y601(restored), y601(hq))


def ssim_grey(restored: Image, hq: Image) -> float:
    """SSIM of MATLAB's grey, at most 1; symmetric, blind to colour."""
    return mean_ssim(matlab_grey(restored), matlab_grey(hq))


def ssim_rgb_matched(restored: Image, hq: Image) -> float:
    """Mean SSIM of matched R, G and B; not symmetric. Raises ValueError on a uniform restored channel."""
    return _of_channels(matched(restored, hq), hq)


def _of_channels(restored: Image | Floats, hq: Image) -> float:
    pairs = (
        (restored[:, :, channel].astype(np.float64), hq[:, :, channel].astype(np.float64))
        for channel in range(3)
    )
    return sum(mean_ssim(x, y) for x, y in pairs) / 3.0


def mean_ssim(x: Floats, y: Floats) -> float:
    """Mean SSIM of two H×W maps in 0..255, H and W at least 11."""
    total = sum(float((luminance * structure).sum()) for luminance, structure in ssim_factors(x, y))
    return total / places(x)


def places(x: Floats) -> int:
    """In how many places the window lies inside an H×W map."""
    height, width = map(int, x.shape)
    return (height - WINDOW + 1) * (width - WINDOW + 1)


def ssim_factors(x: Floats, y: Floats) -> Iterator[tuple[Floats, Floats]]:
    """The two factors of SSIM where the window lies inside, strip by strip from the top.

    Luminance (2 μx μy + C1) / (μx² + μy² + C1), and contrast-structure (2 σxy + C2) / (σx² + σy² + C2), each
    h×(W - 10), where all h together are H - 10.
    """
    for top in range(0, x.shape[0] - WINDOW + 1, _STRIP):
        rows = slice(top, top + _STRIP + WINDOW - 1)
        yield _factors(x[rows], y[rows])


def _factors(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    mean_x, mean_y = _local_mean(x), _local_mean(y)
    mean_xy = mean_x * mean_y
    means = mean_x * mean_x + mean_y * mean_y
    # σx² and σy² occur only as a sum: one filter less
    variances = _local_mean(x * x + y * y) - means
    covariance = _local_mean(x * y) - mean_xy
    luminance = (2.0 * mean_xy + _C1) / (means + _C1)
    structure = (2.0 * covariance + _C2) / (variances + _C2)
    return luminance, structure


def _local_mean(values: Floats) -> Floats:
    edge = WINDOW // 2
    blurred = cv2.sepFilter2D(values, cv2.CV_64F, _KERNEL, _KERNEL)
    return np.asarray(blurred[edge:-edge, edge:-edge], dtype=np.float64)
