"""torchvision's AlexNet up to its fifth ReLU, with the LPIPS heads, version 0.1 (Zhang et al. 2018)."""

from functools import cache

import torch.nn.functional as F
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import load_npz
from bfrbench.weights import find

_STRIDE_AND_PADDING = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
_POOLED_BEFORE = (1, 2)  # 3×3 maxima, stride 2


def taps(x: Tensor) -> list[Tensor]:
    """The five ReLU outputs of a 1×3×H×W tensor, each 1×C×h×w, C = 64, 192, 384, 256, 256."""
    weights, outputs = _weights(), []
    for layer, (stride, padding) in enumerate(_STRIDE_AND_PADDING):
        if layer in _POOLED_BEFORE:
            x = F.max_pool2d(x, 3, 2)
        x = F.conv2d(x, weights[f"conv{layer}.weight"], weights[f"conv{layer}.bias"], stride, padding)
        outputs.append(x.relu_())
    return outputs


def heads() -> list[Tensor]:
    """LPIPS's non-negative weight of each channel of each tap, 1×C×1×1."""
    return [_weights()[f"lin{tap}"] for tap in range(5)]


@cache
def _weights() -> dict[str, Tensor]:
    return load_npz(find("lpips-alex"))
