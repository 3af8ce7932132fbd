"""PSNR: peak signal-to-noise ratio.

    PSNR = 10 log10(255² / MSE)

over all pixels and channels at once, nothing cropped. Identical images have infinite PSNR. Variants:

- `rgb`.
- `y601`: on limited-range luma that is not rounded, with peak 255 all the same (as basicsr, and with it most
  papers, define "PSNR-Y").
- `rgb-matched`: as `rgb`, after the restored image was given its HQ's means and deviations (matching.py), as
  VQFR's script always does. It is higher than `rgb` by the colour cast that it forgives.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.metrics.luma import y601
from bfrbench.benchmark.metrics.matching import matched
from bfrbench.types import Image


def psnr_rgb(restored: Image, hq: Image) -> float:
    """PSNR in dB over R, G and B; symmetric."""
    return _decibels(restored, hq)


def psnr_y601(restored: Image, hq: Image) -> float:
    """PSNR in dB of the limited-range luma; symmetric, blind to colour."""
    return _decibels(y601(restored), y601(hq))


def psnr_rgb_matched(restored: Image, hq: Image) -> float:
    """PSNR in dB over matched R, G and B; not symmetric. Raises ValueError on a uniform restored channel."""
    return _decibels(matched(restored, hq), hq.astype(np.float64))


def _decibels(
    a: NDArray[np.uint8] | NDArray[np.float64], b: NDArray[np.uint8] | NDArray[np.float64]
) -> float:
    # OpenCV sums squared differences of bytes in integers: exact
    mse = cv2.norm(a, b, cv2.NORM_L2SQR) / a.size
    return 10.0 * math.log10(255.0**2 / mse) if mse > 0.0 else math.inf
