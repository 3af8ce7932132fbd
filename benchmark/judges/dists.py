"""How DISTS looks at an image and compares what it saw (Ding, Ma, Wang, Simoncelli 2022, equations 5 to 9).

    DISTS(x, y) = Σ over maps m of α_m (1 - l(x_m, y_m)) + β_m (1 - s(x_m, y_m)),   Σ (α_m + β_m) = 1
    l = (2 μx μy + c) / (μx² + μy² + c),   s = (2 σxy + c) / (σx² + σy² + c),   c = 1e-6

over the image's own channels and VGG16's at five depths, 1,475 maps, each taken as a whole: means μ compare
texture, covariances σ structure. Stages are joined by L2 pooling under a 3×3 Hann window.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bfrbench.benchmark.judges import vgg16
from bfrbench.benchmark.judges.arithmetic import channels_last, reproducible
from bfrbench.pixels import to_tensor
from bfrbench.types import Image
from bfrbench.weights import find

_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
_DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
_HANN = torch.tensor([0.25, 0.5, 0.25])
_C: Final = 1e-6


class Maps(NamedTuple):
    """The channels of one depth: each without its mean, and the means."""

    centred: Tensor  # 1×C×h×w
    means: Tensor  # C


def look(image: Image) -> list[Maps]:
    """The image itself, in [0, 1], and VGG16's five taps."""
    x = (to_tensor([image]) + 1.0) / 2.0
    with reproducible():
        seen = [x, *vgg16.taps(channels_last((x - _MEAN) / _DEVIATION), _l2_pool)]
        means = [maps.mean(dim=(2, 3), keepdim=True) for maps in seen]
        return [Maps(maps.sub_(mean), mean.flatten()) for maps, mean in zip(seen, means, strict=True)]


def distance(a: Sequence[Maps], b: Sequence[Maps]) -> float:
    """DISTS of two images, from what was seen in them."""
    with reproducible():
        unlike = np.concatenate([_unlike(x, y) for x, y in zip(a, b, strict=True)], axis=1)
    weights = _weights()
    return float((weights * unlike).sum() / weights.sum())


def _unlike(x: Maps, y: Maps) -> NDArray[np.float64]:
    """1 - l and 1 - s of each map, 2×C."""
    mean_x, mean_y, square_x, square_y, product = (
        tensor.double().numpy()
        for tensor in (x.means, y.means, *(_moment(*pair) for pair in ((x, x), (y, y), (x, y))))
    )
    texture = np.square(mean_x - mean_y) / (mean_x**2 + mean_y**2 + _C)
    structure = (square_x + square_y - 2.0 * product) / (square_x + square_y + _C)
    return np.stack([texture, structure])


def _moment(x: Maps, y: Maps) -> Tensor:
    return (x.centred * y.centred).mean(dim=(2, 3)).flatten()


def _l2_pool(x: Tensor) -> Tensor:
    """The root of the weighted mean of squares in 3×3 windows, stride 2."""
    window = torch.outer(_HANN, _HANN).expand(x.shape[1], 1, 3, 3)
    return (F.conv2d(x.square(), window, stride=2, padding=1, groups=x.shape[1]) + 1e-12).sqrt_()


@cache
def _weights() -> NDArray[np.float64]:
    """α and β, 2×1475."""
    with np.load(find("dists"), allow_pickle=False) as file:
        return np.stack([file["alpha"], file["beta"]]).astype(np.float64)
