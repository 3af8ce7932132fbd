"""An image with its HQ's mean and deviation in every channel, as VQFR's script makes it before PSNR and SSIM.

The script subtracts the mean, adds the HQ's, and then scales everything, the new mean too, by the ratio of
the deviations; and does so twice. The second time puts right what the first has done to the mean, so that in
exact arithmetic the result is

    x' = (x - mean x) · dev y / dev x + mean y

which may leave 0..255 and is neither clipped nor rounded. Brightness, contrast and colour casts cost nothing.
"""

import numpy as np
from numpy.typing import NDArray

from bfrbench.types import Image


def matched(restored: Image, hq: Image) -> NDArray[np.float64]:
    """The restored image, H×W×3, with the means and deviations of the HQ's channels.

    Raises ValueError when a channel of the restored image is uniform.
    """
    (mean, deviation), (hq_mean, hq_deviation) = _moments(restored), _moments(hq)
    if not deviation.all():
        raise ValueError("A channel of this image is uniform: it cannot be given its HQ's deviation.")
    gain = hq_deviation / deviation
    return np.asarray(restored * gain + (hq_mean - mean * gain))  # an image that is its HQ stays as it is


def _moments(image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = image.reshape(-1, 3)
    return values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
