"""AlexNet with the LPIPS heads, version 0.1 (Zhang, Isola, Efros, Shechtman, Wang 2018).

torchvision's ImageNet AlexNet up to its fifth ReLU; the five ReLUs are the taps, and each has a head: one
non-negative weight a channel, learnt from human judgements.
"""

from collections.abc import Sequence
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import channels_last, load_npz, reproducible
from bfrbench.pixels import to_tensor
from bfrbench.types import Image
from bfrbench.weights import find

_SHIFT = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
_SCALE = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
_STRIDE_AND_PADDING = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
_POOLED_BEFORE = (1, 2)  # 3×3 maxima, stride 2


def normalised_taps(image: Image) -> list[Tensor]:
    """The five ReLU outputs, each scaled to length 1 over its channels at every place."""
    with reproducible():
        return [_normalised(tap) for tap in taps(image, _weights())]


def distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """Σ over taps of the mean over places of w · (â - b̂)², from the normalised taps of two images."""
    with reproducible():
        weights = _weights()
        total = sum(
            ((x - y).square() * weights[f"lin{tap}"]).sum(dim=1).mean()
            for tap, (x, y) in enumerate(zip(a, b, strict=True))
        )
        return float(total)


def taps(image: Image, weights: dict[str, Tensor]) -> list[Tensor]:
    """The five ReLU outputs, each 1×C×h×w, C = 64, 192, 384, 256, 256."""
    x = channels_last((to_tensor([image]) - _SHIFT) / _SCALE)
    outputs = []
    for layer, (stride, padding) in enumerate(_STRIDE_AND_PADDING):
        if layer in _POOLED_BEFORE:
            x = F.max_pool2d(x, 3, 2)
        x = F.conv2d(x, weights[f"conv{layer}.weight"], weights[f"conv{layer}.bias"], stride, padding).relu()
        outputs.append(x)
    return outputs


def _normalised(features: Tensor) -> Tensor:
    return features / (features.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)


@cache
def _weights() -> dict[str, Tensor]:
    return load_npz(find("lpips-alex"))
