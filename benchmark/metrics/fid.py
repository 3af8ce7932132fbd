"""FID: the Fréchet distance of the restored images to the HQ images of the same data set.

Heusel et al. 2017 through the 2015 Inception; variant `clean` resizes as clean-fid does (Parmar, Zhang, Zhu
2022): bicubic with antialiasing, each channel in floating point, clipped, not rounded. The reference are the
HQ of the very images that were restored, so values compare restorers on one data set: not with tables
that took FFHQ as the reference, and not between sets of different size (FID is biased upwards as 1/n).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.types import Image

_SIDE: Final = 299


def _look_clean(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import inception  # noqa: PLC0415  # torch only when a judge starts

    return inception.features((resize_clean(picture.image) - np.float32(128.0)) / np.float32(128.0))


INCEPTION_CLEAN: Final = Judge("inception/clean", 1, _look_clean, ("fid-inception",))
"""The 2048 pooled features of FID's Inception, the image resized as clean-fid does."""


def resize_clean(image: Image) -> NDArray[np.float32]:
    """H×W×3 uint8 → 299×299×3 float32 in 0..255: Pillow's bicubic on each channel in floating point."""
    channels = [
        Pillow.fromarray(image[:, :, channel].astype(np.float32)).resize(
            (_SIDE, _SIDE), Pillow.Resampling.BICUBIC
        )
        for channel in range(3)
    ]
    resized = np.stack([np.asarray(channel, dtype=np.float32) for channel in channels], axis=2)
    return np.asarray(np.clip(resized, 0.0, 255.0), dtype=np.float32)
