"""MS-SSIM: SSIM over five scales (Wang, Simoncelli, Bovik 2003, equation 7).

    MS-SSIM = SSIM_5^w5 · Π_{j=1..4} CS_j^wj,   w = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)

CS_j is the mean of the contrast-structure factor at scale j, SSIM_5 the mean SSIM at the coarsest scale;
each scale is the one before, averaged over 2×2 pixels (an odd last row or column is repeated). Negative
contrast-structure counts as 0, because a negative mean has no real power. Variant `luma`: full-range luma
rounded to integers, as pyiqa defines it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.metrics.luma import full_range
from bfrbench.benchmark.metrics.ssim import WINDOW, places, ssim_factors
from bfrbench.types import Image

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)

MIN_SIZE = (WINDOW - 1) * 2 ** (len(_WEIGHTS) - 1) + 1
"""Shortest side, 161 px, whose fifth scale still holds the window once."""


def ms_ssim_luma(restored: Image, hq: Image) -> float:
    """MS-SSIM of the full-range luma, 0..1; symmetric, blind to colour."""
    x, y = full_range(restored), full_range(hq)
    product = 1.0
    for weight in _WEIGHTS[:-1]:
        _, contrast = _means(x, y)
        product *= contrast**weight
        x, y = _halve(x), _halve(y)
    similarity, _ = _means(x, y)
    return float(product * similarity ** _WEIGHTS[-1])


def _means(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Mean SSIM and mean contrast-structure, both with negative contrast-structure as 0."""
    similarity = contrast = 0.0
    for luminance, structure in ssim_factors(x, y):
        positive = np.maximum(structure, 0.0)
        similarity += float((luminance * positive).sum())
        contrast += float(positive.sum())
    return similarity / places(x), contrast / places(x)


def _halve(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average 2×2 pixels; an odd last row or column is repeated."""
    height, width = values.shape
    even = cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    quarters = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    return np.asarray(quarters / 4.0, dtype=np.float64)
