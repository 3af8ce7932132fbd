"""FID: the Fréchet distance of restored images to others through FID's own Inception (Heusel et al. 2017).

Each variant is a way to resize to 299×299, and the numbers of one do not compare with those of another:

- `clean`: as clean-fid (Parmar, Zhang, Zhu 2022): bicubic with antialiasing, each channel in floating point,
  clipped, not rounded.
- `legacy`: as pytorch-fid and basicsr, with which face papers measure: bilinear without antialiasing, so that
  hair and skin of a 512 px face alias.
- `tf1`: as TensorFlow 1's resize_bilinear, which the first FID used and torch-fidelity repeats: without
  antialiasing too, and pixels are counted from their corners, which shifts the picture by a part of a pixel.

Against the HQ of the very images that were restored, values compare restorers on one data set: not with
tables that took FFHQ for the reference, nor between sets of different size (FID is biased upwards as 1/n).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.types import Image

_SIDE: Final = 299

Floats = NDArray[np.float32]


def _look_clean(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import inception  # noqa: PLC0415  # torch only when a judge starts

    return inception.features((resize_clean(picture.image, _SIDE) - np.float32(128.0)) / np.float32(128.0))


def _look_legacy(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import inception  # noqa: PLC0415

    return inception.features(resize_legacy(picture.image))


def _look_tf1(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import inception  # noqa: PLC0415

    return inception.features((resize_tf1(picture.image) - np.float32(128.0)) / np.float32(128.0))


INCEPTION_CLEAN: Final = Judge("inception/clean", 1, _look_clean, ("fid-inception",))
"""The 2048 pooled features of FID's Inception, the image resized as clean-fid does."""

INCEPTION_LEGACY: Final = Judge("inception/legacy", 1, _look_legacy, ("fid-inception",))
"""The same, the image resized as pytorch-fid does."""

INCEPTION_TF1: Final = Judge("inception/tf1", 1, _look_tf1, ("fid-inception",))
"""The same, the image resized as TensorFlow 1 does."""


def resize_clean(image: Image, side: int) -> Floats:
    """H×W×3 uint8 → side×side×3 float32 in 0..255: Pillow's bicubic on each channel in floating point."""
    channels = [
        Pillow.fromarray(image[:, :, channel].astype(np.float32)).resize(
            (side, side), Pillow.Resampling.BICUBIC
        )
        for channel in range(3)
    ]
    resized = np.stack([np.asarray(channel, dtype=np.float32) for channel in channels], axis=2)
    return np.asarray(np.clip(resized, 0.0, 255.0), dtype=np.float32)


def resize_legacy(image: Image) -> Floats:
    """H×W×3 uint8 → 299×299×3 float32 in [-1, 1]: bilinear from pixel centres, scaled as pytorch-fid does."""
    import torch  # noqa: PLC0415  # its rounding is part of the variant

    batch = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255.0
    small = torch.nn.functional.interpolate(batch, (_SIDE, _SIDE), mode="bilinear", align_corners=False)
    return np.asarray((2.0 * small - 1.0)[0].permute(1, 2, 0).numpy(), dtype=np.float32)


def resize_tf1(image: Image) -> Floats:
    """H×W×3 uint8 → 299×299×3 float32 in 0..255: bilinear, output pixel i from i · size/299 on."""
    pixels = image.astype(np.float32)
    left, right, share = _corners(image.shape[1])
    pixels = pixels[:, left] + (pixels[:, right] - pixels[:, left]) * share[:, None]
    above, below, share = _corners(image.shape[0])
    return np.asarray(pixels[above] + (pixels[below] - pixels[above]) * share[:, None, None])


def _corners(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """For each of 299 outputs: the pixels before and after it, and how far it is beyond the first."""
    where = np.arange(_SIDE, dtype=np.float32) * np.float32(size / _SIDE)
    before = where.astype(np.int64)
    return before, np.minimum(before + 1, size - 1), where - before.astype(np.float32)
