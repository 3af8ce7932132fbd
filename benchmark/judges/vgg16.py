"""torchvision's VGG16 up to relu5_3, with the LPIPS heads, version 0.1 (Zhang et al. 2018)."""

from collections.abc import Callable
from functools import cache

import torch.nn.functional as F
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import load_npz
from bfrbench.weights import find

_LAYERS_A_STAGE = (2, 2, 3, 3, 3)


def max_pool(x: Tensor) -> Tensor:
    """2×2 maxima, stride 2: the network's own way from stage to stage."""
    return F.max_pool2d(x, 2)


def taps(x: Tensor, pool: Callable[[Tensor], Tensor] = max_pool) -> list[Tensor]:
    """relu1_2, relu2_2, relu3_3, relu4_3 and relu5_3 of a 1×3×H×W tensor.

    Each is 1×C×h×w, C = 64, 128, 256, 512, 512.
    """
    weights, outputs, layer = _weights(), list[Tensor](), 0
    for stage, layers in enumerate(_LAYERS_A_STAGE):
        x = pool(x) if stage else x
        for _ in range(layers):
            x = F.conv2d(x, weights[f"conv{layer}.weight"], weights[f"conv{layer}.bias"], padding=1).relu_()
            layer += 1
        outputs.append(x)
    return outputs


def heads() -> list[Tensor]:
    """LPIPS's non-negative weight of each channel of each tap, 1×C×1×1."""
    return [_weights()[f"lin{tap}"] for tap in range(5)]


@cache
def _weights() -> dict[str, Tensor]:
    return load_npz(find("lpips-vgg16"))
