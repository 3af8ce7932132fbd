"""The few operations that all parts share."""

import torch
from torch import Tensor
from torch.nn import functional as F

LEAK = 0.2  # slope of every leaky ReLU in GFP-GAN, for negative values


def leaky(features: Tensor) -> Tensor:
    """max(x, 0.2·x)."""
    return F.leaky_relu(features, LEAK)


def halve(features: Tensor) -> Tensor:
    """Bilinear ×0.5 with half-pixel centres, N×C×H×W → N×C×H/2×W/2.

    Each new centre lies amid four old ones, so the interpolation is their mean.
    """
    return F.avg_pool2d(features, 2)


def double(features: Tensor) -> Tensor:
    """Bilinear ×2 with half-pixel centres, N×C×H×W → N×C×2H×2W."""
    return F.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def normal(*shape: int, std: float = 1.0) -> Tensor:
    """Fresh normal values of mean 0.

    Without values on the meta device, where drawing does nothing but import seconds of code.
    """
    values = torch.empty(shape)
    return values if values.is_meta else values.normal_(std=std)
