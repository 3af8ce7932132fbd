"""The identity numbers that the field prints: an angle between two embeddings of ArcFace's ResNet-18.

All three look at the whole picture, squeezed to a grey 128×128: nothing is aligned, so an image must be an
aligned face. The network is the one that GFP-GAN and its kin are trained with; a restorer that was has seen
its judge.

- `deg-gfpgan`, "Deg." of GFP-GAN and VQFR: degrees. The grey values are those that OpenCV reads from a PNG.
  VQFR's script names the weights resnet18_110.pth of ronghuaiyang/arcface-pytorch; GFP-GAN publishes the same
  network as arcface_resnet18.pth, which is used here.
- `deg-vqfr`: the same, but as VQFR's script takes the mean: a pair less than 1° apart counts as identical and
  is left out.
- `restoreformer-rad`, "IDD"/"IDA" of RestoreFormer and DAEFR: radians; values in [0, 1] where the network
  knows [-1, 1], and the luma weights of red and blue exchanged. That script also divides by the number of HQ
  images when some are missing, which lowers the mean; that is not reproduced.
"""

import math
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.benchmark.metrics.angle import angle
from bfrbench.types import Image

SIDE: Final = 128
IDENTICAL: Final = 1.0  # degrees, below which VQFR's script leaves a pair out


def grey_as_read(image: Image) -> NDArray[np.uint8]:
    """H×W grey as OpenCV reads it from a colour PNG, where libpng converts: truncated, not rounded."""
    red, green, blue = (image[:, :, channel].astype(np.int32) for channel in range(3))
    return ((9797 * red + 19234 * green + 3737 * blue) >> 15).astype(np.uint8)


def vqfr_input(image: Image) -> NDArray[np.float32]:
    """128×128 in [-1, 1], as VQFR's `load_image`: 8-bit grey, bilinear without antialiasing."""
    small = cv2.resize(grey_as_read(image), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return (small.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)


def restoreformer_input(image: Image) -> NDArray[np.float32]:
    """128×128 in [0, 1], as RestoreFormer's script: BGR taken for RGB, bilinear without antialiasing."""
    blue_for_red = image.astype(np.float32) @ np.array([0.1140, 0.5870, 0.2989], dtype=np.float32)
    small = cv2.resize(blue_for_red / np.float32(255), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.float32)


def _look_vqfr(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import arcface_resnet18  # noqa: PLC0415  # torch only when a judge starts

    return arcface_resnet18.embedding(vqfr_input(picture.image))


def _look_restoreformer(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import arcface_resnet18  # noqa: PLC0415

    return arcface_resnet18.embedding(restoreformer_input(picture.image))


VQFR: Final = Judge("arcface-resnet18/vqfr", 1, _look_vqfr, ("arcface-resnet18",))
RESTOREFORMER: Final = Judge("arcface-resnet18/restoreformer", 1, _look_restoreformer, ("arcface-resnet18",))


def degrees(judge: Judge[Vector], restored: Picture, hq: Picture) -> float:
    """Degrees between the two embeddings, 0..180, lower is better; symmetric; exactly 0 for equal images."""
    return math.degrees(angle(restored.through(judge), hq.through(judge)))


def degrees_unless_identical(judge: Judge[Vector], restored: Picture, hq: Picture) -> float:
    """Degrees, 1..180; raises ValueError for a pair below 1°, which VQFR's script does not count."""
    apart = degrees(judge, restored, hq)
    if apart < IDENTICAL:
        raise ValueError(f"{apart:.3f}° is below 1°: VQFR's script takes the pair for identical, uncounted.")
    return apart


def radians(judge: Judge[Vector], restored: Picture, hq: Picture) -> float:
    """Radians between the two embeddings, 0..π, lower is better; symmetric; exactly 0 for equal images."""
    return angle(restored.through(judge), hq.through(judge))


deg_gfpgan: Final = partial(degrees, VQFR)
deg_vqfr: Final = partial(degrees_unless_identical, VQFR)
restoreformer_rad: Final = partial(radians, RESTOREFORMER)
