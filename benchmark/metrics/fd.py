"""Judges for distances of sets through other networks than FID's Inception, which go by their own names.

- `dlib`: the 128 numbers of dlib's face recogniser at the frozen landmarks. It sees who the people are, and
  hardly how sharp they are: a set of blurred faces may be near, a set of one face is far.
- `alexnet`: the mean over places of LPIPS's fifth tap, 256 numbers: texture and parts, not who.
- `dinov2`: the class token of DINOv2's ViT-L/14 at 224 px, 1024 numbers: FD-DINOv2, which agrees with people
  better than FID does (Stein et al. 2023). Resized as clean-fid does; their own code, dgm-eval, does so as
  an option, and else rounds to 8 bits after resizing.
"""

from typing import Final

import numpy as np

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.benchmark.metrics.fid import resize_clean
from bfrbench.benchmark.metrics.lpips import ALEX


def _look_alexnet(picture: Picture) -> Vector:
    return np.asarray(picture.through(ALEX)[-1].mean(dim=(2, 3))[0].numpy(), dtype=np.float32)


def _look_dinov2(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import dinov2  # noqa: PLC0415  # torch only when a judge starts

    return dinov2.features(resize_clean(picture.image, dinov2.SIDE) / np.float32(255.0))


ALEXNET: Final = Judge("alexnet/conv5", 1, _look_alexnet, ALEX.weights)
"""The mean over places of what LPIPS sees last: 256 numbers."""

DINOV2: Final = Judge("dinov2-vitl14/clean", 1, _look_dinov2, ("dinov2-vitl14",))
"""The 1024 numbers of the class token, the image resized to 224×224 as clean-fid does."""
