"""Losses in the features of a frozen classification network (Johnson, Alahi, Fei-Fei 2016).

A table of layer weights says both which layers and how much they count. The paper's is that of VGG19 before
the ReLUs; where only the VGG16 of LPIPS is at hand, its table takes the same places.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

Features = Callable[[Tensor], list[Tensor]]
"""N×3×H×W in [-1, 1] → one map for each layer of the table, in its order."""

VGG19: Mapping[str, float] = {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_4": 1.0, "conv4_4": 1.0, "conv5_4": 1.0}
"""Layers and weights of the paper's released configuration."""

VGG16: Mapping[str, float] = {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_3": 1.0, "conv4_3": 1.0, "conv5_3": 1.0}
"""The last layers of the same blocks."""


def perceptual(image: Sequence[Tensor], hq: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Σ over layers of weight · mean |φ(image) - φ(hq)|, from features; those of hq need no gradient."""
    losses = [weight * F.l1_loss(x, y) for weight, x, y in zip(weights, image, hq, strict=True)]
    return torch.stack(losses).sum()


def style(image: Sequence[Tensor], hq: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Σ over layers of weight · mean |Gram(φ(image)) - Gram(φ(hq))| (Gatys, Ecker, Bethge 2016)."""
    losses = [weight * F.l1_loss(gram(x), gram(y)) for weight, x, y in zip(weights, image, hq, strict=True)]
    return torch.stack(losses).sum()


def gram(features: Tensor) -> Tensor:
    """φ φᵀ / (C·H·W): N×C×H×W → N×C×C."""
    count, channels, height, width = features.shape
    rows = features.reshape(count, channels, height * width)
    return rows @ rows.transpose(1, 2) / (channels * height * width)
