"""The few operations that all parts share: activation, resampling, and how fresh weights are drawn."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.2  # slope of every leaky ReLU in GFP-GAN, for negative values
ROOT2 = math.sqrt(2)  # the gain of a layer with a leaky ReLU


def unobserved() -> bool:
    """Whether results alone count: neither gradients nor a compiler or exporter follow the operations."""
    return not torch.compiler.is_compiling() and torch.is_inference_mode_enabled()


def leaky_(features: Tensor) -> Tensor:
    """max(x, 0.2·x), in the memory of x.

    Training allows that after a convolution or an addition, whose gradients do not need their result.
    """
    return F.leaky_relu_(features, LEAK)


def halve(features: Tensor) -> Tensor:
    """Bilinear ×0.5 with half-pixel centres, N×C×H×W → N×C×H/2×W/2.

    Each new centre lies amid four old ones, so the interpolation is their mean.
    """
    return F.avg_pool2d(features, 2)


def double(features: Tensor) -> Tensor:
    """Bilinear ×2 with half-pixel centres, N×C×H×W → N×C×2H×2W."""
    return F.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def smooth(features: Tensor, padding: int) -> Tensor:
    """The FIR (1, 3, 3, 1)/8 along both axes, with zeros around: each side grows by 2·padding - 3.

    It is the mean of two neighbours, taken three times. Zeros beyond the first ring stay zeros under the
    first mean, so they may come after it: ONNX runtimes take no pool with more padding than its kernel.
    """
    features = F.avg_pool2d(F.pad(features, (1,) * 4), 2, stride=1)
    features = F.pad(features, (padding - 1,) * 4)
    for _ in range(2):
        features = F.avg_pool2d(features, 2, stride=1)
    return features


def smooth_halve(features: Tensor) -> Tensor:
    """×0.5 through the FIR: N×C×H×W → N×C×H/2×W/2."""
    return smooth(features, 1)[..., ::2, ::2]


def smooth_double(features: Tensor) -> Tensor:
    """×2 through the FIR: bilinear again, but with zeros around the image instead of its edge."""
    return double(F.pad(features, (1, 1, 1, 1)))[..., 2:-2, 2:-2]


def conv(
    channels_in: int,
    channels_out: int,
    kernel_size: int,
    *,
    gain: float = 1.0,
    bias: float | None = 0.0,
    stride: int = 1,
    padding: int | None = None,
) -> nn.Conv2d:
    """A convolution whose padding keeps the size, unless told; fresh weights of deviation gain/√fan_in."""
    padding = kernel_size // 2 if padding is None else padding
    layer = nn.Conv2d(
        channels_in, channels_out, kernel_size, stride=stride, padding=padding, bias=bias is not None
    )
    deviation = gain / math.sqrt(channels_in * kernel_size**2)
    layer.weight = nn.Parameter(normal(*layer.weight.shape, std=deviation))
    if layer.bias is not None and bias is not None:
        nn.init.constant_(layer.bias, bias)
    return layer


def linear(features_in: int, features_out: int, *, gain: float = 1.0, bias: float = 0.0) -> nn.Linear:
    """A linear layer; fresh weights of deviation gain/√features_in."""
    layer = nn.Linear(features_in, features_out)
    layer.weight = nn.Parameter(normal(features_out, features_in, std=gain / math.sqrt(features_in)))
    nn.init.constant_(layer.bias, bias)
    return layer


def normal(*shape: int, std: float = 1.0) -> Tensor:
    """Fresh normal values of mean 0.

    Without values on the meta device, where drawing does nothing but import seconds of code.
    """
    values = torch.empty(shape)
    return values if values.is_meta else values.normal_(std=std)
