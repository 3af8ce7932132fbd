"""dlib's face recogniser: a 29-layer ResNet that takes a 150×150 chip to 128 numbers (King 2017).

Two chips show the same person, by dlib's rule, when their descriptors are less than 0.6 apart. The weights
are the public-domain `dlib_face_recognition_resnet_model_v1` with its scale layers folded in.
"""

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import load_npz, reproducible
from bfrbench.types import Image
from bfrbench.weights import find

CHIP = 150
"""Side of the chip in px."""

_MEAN = torch.tensor([122.782, 117.001, 104.298]).view(1, 3, 1, 1)
_BLOCKS = (
    "conv32_1", "conv32_2", "conv32_3",
    "conv64_down", "conv64_1", "conv64_2", "conv64_3",
    "conv128_down", "conv128_1", "conv128_2",
    "conv256_down", "conv256_1", "conv256_2", "conv256_down_out",
)  # fmt: skip


def descriptor(chip: Image) -> NDArray[np.float32]:
    """The 128 numbers of a 150×150 chip; not normalised, of norm about 1.5.

    Values are divided by 255; dlib's own code divides by 256, which hardly moves a distance.
    """
    if chip.shape != (CHIP, CHIP, 3):
        raise ValueError(f"The chip has shape {chip.shape}, not {CHIP}×{CHIP}×3.")
    with reproducible():
        weights = _weights()
        x = torch.from_numpy(chip).permute(2, 0, 1)[None].float()
        x = (x - _MEAN) / 255.0
        x = F.conv2d(x, weights["conv32_down.w"], weights["conv32_down.b"], stride=2).relu()
        x = F.max_pool2d(x, 3, 2)
        for name in _BLOCKS:
            x = _block(x, name, weights)
        vector: NDArray[np.float32] = (x.mean(dim=(2, 3)) @ weights["fc"])[0].numpy()
        return vector


def _block(x: Tensor, name: str, weights: dict[str, Tensor]) -> Tensor:
    """relu(conv2(relu(conv1(x))) + shortcut); a "down" block halves the size and may double the channels."""
    down = "down" in name
    first, second = f"{name}/conv1", f"{name}/conv2"
    y = F.conv2d(x, weights[f"{first}.w"], weights[f"{first}.b"], 2 if down else 1, 0 if down else 1).relu()
    y = F.conv2d(y, weights[f"{second}.w"], weights[f"{second}.b"], padding=1)
    return _add(y, F.avg_pool2d(x, 2) if down else x).relu()


def _add(a: Tensor, b: Tensor) -> Tensor:
    """Sum of tensors whose sizes differ: as in dlib, what one lacks at its ends counts as zero."""
    channels, height, width = (max(m, n) for m, n in zip(a.shape[1:], b.shape[1:], strict=True))

    def grown(t: Tensor) -> Tensor:
        return F.pad(t, (0, width - t.shape[3], 0, height - t.shape[2], 0, channels - t.shape[1]))

    return grown(a) + grown(b)


@cache
def _weights() -> dict[str, Tensor]:
    return load_npz(find("dlib-face"))
