"""DINOv2's vision transformer, up to its class token (Oquab et al. 2023; Dosovitskiy et al. 2021).

Blocks of attention and of a two-layer perceptron, normalised before and scaled by a learnt vector after.
Their sizes are read from the weights: `dinov2_vitl14_pretrain.pth` has 24 of 1024 numbers a token,
in heads of 64.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.weights import find

SIDE: Final = 224
"""Side in px of the images that are put before it: 16×16 patches of 14×14."""

_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
_DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
_HEAD = 64


def features(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 1024 numbers of the class token of one image, 224×224×3 RGB in [0, 1].

    Raises WeightsUnavailable when the weights are not at hand.
    """
    return features_through(_weights(), image)


def features_through(state: Mapping[str, Tensor], image: NDArray[np.float32]) -> NDArray[np.float32]:
    """The class token through given weights, under the names of DINOv2's own files.

    The image's sides must be multiples of the patch. Raises KeyError for weights of something else.
    """
    with reproducible():
        x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        x = _tokens(state, (x - _MEAN) / _DEVIATION)
        for block in range(_depth(state)):
            x = _block(state, f"blocks.{block}", x)
        vector: NDArray[np.float32] = _norm(state, "norm", x)[0, 0].numpy()
        return vector


def _tokens(state: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """The class token and the patches, each at its position: 1×(1 + h·w)×C."""
    weight = state["patch_embed.proj.weight"]
    patches = F.conv2d(x, weight, state["patch_embed.proj.bias"], stride=weight.shape[2:])
    positions = _positions(state["pos_embed"], patches.shape[2], patches.shape[3])
    tokens = torch.cat([state["cls_token"], patches.flatten(2).transpose(1, 2)], dim=1)
    return tokens + positions


def _positions(learnt: Tensor, height: int, width: int) -> Tensor:
    """The positions learnt for a square of patches, resized to height×width by DINOv2's own rule.

    Bicubic, with a scale factor that is a tenth of a patch too large; that shifts the samples, and the
    published features have it.
    """
    side = int((learnt.shape[1] - 1) ** 0.5)
    if (height, width) == (side, side):
        return learnt
    grid = learnt[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    scale = ((height + 0.1) / side, (width + 0.1) / side)
    grid = F.interpolate(grid, scale_factor=scale, mode="bicubic")
    return torch.cat([learnt[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def _block(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    x = x + _attention(state, f"{name}.attn", _norm(state, f"{name}.norm1", x)) * state[f"{name}.ls1.gamma"]
    y = F.gelu(_linear(state, f"{name}.mlp.fc1", _norm(state, f"{name}.norm2", x)))
    return x + _linear(state, f"{name}.mlp.fc2", y) * state[f"{name}.ls2.gamma"]


def _attention(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    count, channels = x.shape[1:]
    split = _linear(state, f"{name}.qkv", x).reshape(1, count, 3, channels // _HEAD, _HEAD)
    query, key, value = split.permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2)
    return _linear(state, f"{name}.proj", mixed.reshape(1, count, channels))


def _linear(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def _norm(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6)


def _depth(state: Mapping[str, Tensor]) -> int:
    return sum(key.endswith(".attn.qkv.weight") for key in state)


@cache
def _weights() -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(find("dinov2-vitl14"), map_location="cpu", weights_only=True)
    return state
