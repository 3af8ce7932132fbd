"""The kinds of luma that the field's metrics look at. Their numbers do not compare with each other."""

import numpy as np
from numpy.typing import NDArray

from bfrbench.types import Image

_NTSC = np.linalg.inv([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.106, 1.703]])[0]


def y601(image: Image) -> NDArray[np.float64]:
    """H×W limited-range luma, 16..235, not rounded: Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255.

    ITU-R BT.601, as MATLAB's rgb2ycbcr and basicsr have it.
    """
    return 16.0 + _weighted(image, 65481, 128553, 24966) / 255000.0


def full_range(image: Image) -> NDArray[np.float64]:
    """H×W full-range luma, 0..255, rounded to integers: 0.299 R + 0.587 G + 0.114 B.

    The luma of YIQ and of JPEG, as pyiqa has it.
    """
    return np.rint(_weighted(image, 299, 587, 114) / 1000.0)


def matlab_grey(image: Image) -> NDArray[np.float64]:
    """H×W full-range luma, 0..255, rounded to integers, halves up, as MATLAB's rgb2gray gives it for uint8.

    Its weights are the first row of the inverse of NTSC's matrix: 0.29894, 0.58704 and 0.11402.
    """
    return np.asarray(np.floor(image @ _NTSC + 0.5))


def _weighted(image: Image, red: int, green: int, blue: int) -> NDArray[np.int32]:
    # in integers: exact, so that rounding a half falls the same way on every machine
    r, g, b = (image[:, :, channel].astype(np.int32) for channel in range(3))
    weighted: NDArray[np.int32] = r * np.int32(red) + g * np.int32(green) + b * np.int32(blue)
    return weighted
