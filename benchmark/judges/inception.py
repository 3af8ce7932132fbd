"""The Inception of FID: the 2015 TensorFlow Inception v3, up to its 2048 pooled features.

Layers as in Szegedy et al. 2016. Unlike torchvision's, average pools inside the blocks do not count padding,
the last block pools by maximum, and the classifier (unused here) has 1008 classes.

Weights: `pt_inception-2015-12-05-6726825d.pth` of pytorch-fid, and no others.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import channels_last, reproducible
from bfrbench.weights import find

SIDE = 299
"""Side in px of the images that the network was trained on."""

Layers = Mapping[str, tuple[Tensor, Tensor]]
"""Weight and bias of every convolution, batch normalisation folded in, by the convolution's name."""

Step = str | Callable[[Tensor], Tensor] | tuple["Branch", ...]
"""A convolution by name; a pool; or branches that all start here and whose channels are joined in order."""

Branch = list[Step]

_average: Step = partial(F.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
_maximum: Step = partial(F.max_pool2d, kernel_size=3, stride=1, padding=1)
_shrink: Step = partial(F.max_pool2d, kernel_size=3, stride=2)

# Convolutions without padding, and their strides. All others have stride 1 and keep the size.
_UNPADDED = {
    "Conv2d_1a_3x3": 2,
    "Conv2d_2a_3x3": 1,
    "Conv2d_4a_3x3": 1,
    "Mixed_6a.branch3x3": 2,
    "Mixed_6a.branch3x3dbl_3": 2,
    "Mixed_7a.branch3x3_2": 2,
    "Mixed_7a.branch7x7x3_4": 2,
}


def features(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """2048 features of one image, 299×299×3 RGB in about [-1, 1].

    Raises WeightsUnavailable when the weights are not at hand.
    """
    return features_through(_layers(), image)


def features_through(layers: Layers, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """2048 features of one image through given layers, which `fold` has prepared."""
    with reproducible():
        x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        vector: NDArray[np.float32] = _walk(x, _NETWORK, layers).mean(dim=(2, 3))[0].numpy()
        return vector


def fold(state: Mapping[str, Tensor]) -> Layers:
    """Fold each convolution's batch normalisation (ε = 0.001) into it, computing in float64.

    Raises KeyError when `state` is not the state dict of an Inception v3.
    """
    layers = {}
    for name in (key.removesuffix(".conv.weight") for key in state if key.endswith(".conv.weight")):
        gamma, beta, mean, variance = (
            state[f"{name}.bn.{part}"].double() for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = gamma / (variance + 1e-3).sqrt()
        weight = state[f"{name}.conv.weight"].double() * gain.view(-1, 1, 1, 1)
        layers[name] = (channels_last(weight.float()), (beta - mean * gain).float())
    return layers


@cache
def _layers() -> Layers:
    return fold(torch.load(find("fid-inception"), map_location="cpu", weights_only=True))


def _walk(x: Tensor, steps: Branch, layers: Layers) -> Tensor:
    for step in steps:
        if isinstance(step, str):
            x = _convolve(x, step, layers)
        elif isinstance(step, tuple):
            x = torch.cat([_walk(x, branch, layers) for branch in step], dim=1)
        else:
            x = step(x)
    return x


def _convolve(x: Tensor, name: str, layers: Layers) -> Tensor:
    weight, bias = layers[name]
    if name in _UNPADDED:
        return F.conv2d(x, weight, bias, _UNPADDED[name]).relu()
    return F.conv2d(x, weight, bias, padding=(weight.shape[2] // 2, weight.shape[3] // 2)).relu()


def _chain(prefix: str, *parts: str | int) -> Branch:
    """`_chain("Mixed_5b.branch5x5_", 1, 2)`: convolutions one after another."""
    return [f"{prefix}{part}" for part in parts]


def _block_35(name: str) -> Step:
    """At 35×35: 1×1, 5×5, twice 3×3, pool."""
    branch = f"{name}.branch"
    return (
        [f"{branch}1x1"],
        _chain(f"{branch}5x5_", 1, 2),
        _chain(f"{branch}3x3dbl_", 1, 2, 3),
        [_average, f"{branch}_pool"],
    )


def _block_17(name: str) -> Step:
    """At 17×17: 1×1, 7×7 in two steps, twice 7×7 in four, pool."""
    branch = f"{name}.branch"
    return (
        [f"{branch}1x1"],
        _chain(f"{branch}7x7_", 1, 2, 3),
        _chain(f"{branch}7x7dbl_", 1, 2, 3, 4, 5),
        [_average, f"{branch}_pool"],
    )


def _block_8(name: str, pool: Step) -> Step:
    """At 8×8: 1×1, then 1×3 beside 3×1 after a 1×1 and after a 3×3, pool."""
    branch = f"{name}.branch"
    return (
        [f"{branch}1x1"],
        [f"{branch}3x3_1", ([f"{branch}3x3_2a"], [f"{branch}3x3_2b"])],
        [*_chain(f"{branch}3x3dbl_", 1, 2), ([f"{branch}3x3dbl_3a"], [f"{branch}3x3dbl_3b"])],
        [pool, f"{branch}_pool"],
    )


_NETWORK: Branch = [
    *_chain("Conv2d_", "1a_3x3", "2a_3x3", "2b_3x3"),
    _shrink,
    *_chain("Conv2d_", "3b_1x1", "4a_3x3"),
    _shrink,
    *(_block_35(name) for name in ("Mixed_5b", "Mixed_5c", "Mixed_5d")),
    (["Mixed_6a.branch3x3"], _chain("Mixed_6a.branch3x3dbl_", 1, 2, 3), [_shrink]),
    *(_block_17(name) for name in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e")),
    (_chain("Mixed_7a.branch3x3_", 1, 2), _chain("Mixed_7a.branch7x7x3_", 1, 2, 3, 4), [_shrink]),
    _block_8("Mixed_7b", _average),
    _block_8("Mixed_7c", _maximum),
]
