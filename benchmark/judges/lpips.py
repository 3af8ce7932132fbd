"""How LPIPS looks at an image and compares what it saw (Zhang et al. 2018, equation 1).

    LPIPS(x, y) = Σ over taps l of the mean over places of Σ over channels c of w_lc (x̂_lc - ŷ_lc)²

with x̂ the tap's features, scaled to length 1 over the channels at every place. Looking keeps √w · x̂, so that
comparing is one squared distance a tap.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from bfrbench.benchmark.judges import alexnet, vgg16
from bfrbench.benchmark.judges.arithmetic import channels_last, reproducible
from bfrbench.pixels import to_tensor
from bfrbench.types import Image

_SHIFT = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
_SCALE = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
_NETWORKS = {"alex": (alexnet.taps, alexnet.heads), "vgg": (vgg16.taps, vgg16.heads)}


def look(
    image: Image, network: Literal["alex", "vgg"], *, bgr: bool = False, unit: bool = False
) -> list[Tensor]:
    """The normalised taps times √w: of RGB in [-1, 1], or with R and B exchanged, or in [0, 1]."""
    taps, heads = _NETWORKS[network]
    x = to_tensor([image])
    x = x.flip(1) if bgr else x
    x = (x + 1.0) / 2.0 if unit else x
    with reproducible():
        seen = taps(channels_last((x - _SHIFT) / _SCALE))
        return [tap.div_(_length(tap)).mul_(head.sqrt()) for tap, head in zip(seen, heads(), strict=True)]


def distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """LPIPS of two images, from what was seen in them."""
    with reproducible():
        return sum(
            float((x - y).square_().sum()) / (x.shape[2] * x.shape[3]) for x, y in zip(a, b, strict=True)
        )


def _length(features: Tensor) -> Tensor:
    return features.square().sum(dim=1, keepdim=True).sqrt_() + 1e-10
