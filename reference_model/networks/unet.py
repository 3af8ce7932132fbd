"""Degradation removal: the U-Net of GFP-GAN (Wang et al., CVPR 2021, section 3.2).

    F_latent, F_spatial = U-Net(x)

The way down ends in the 4×4 bottleneck F_latent, from which the latent codes come. The way up gives
F_spatial, one map for each resolution from 8 px on: it conditions the prior, and a 1×1 convolution of
each gives the image pyramid that training compares with the HQ pyramid.

Each part is a list of modules with a forward, so that the keys are the official ones
(`conv_body_down.0.conv1.weight`). Gains keep the variance of a fresh network on its way: √2 for what a
leaky ReLU halves, and half of a block's variance from each of its branches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.doubled import conv_doubled
from bfrbench.reference_model.networks.layers import (
    ROOT2,
    conv,
    double,
    halve,
    leaky_,
    smooth,
    smooth_halve,
)


@dataclass(frozen=True, slots=True)
class Halving:
    """How a block of the way down gets to half of the size."""

    before_conv: Callable[[Tensor], Tensor]  # ahead of the second 3×3 convolution
    stride: int  # of that convolution
    padding: int
    shortcut: Callable[[Tensor], Tensor]


HALVINGS: dict[Resample, Halving] = {
    "bilinear": Halving(before_conv=halve, stride=1, padding=1, shortcut=halve),
    "fir": Halving(before_conv=partial(smooth, padding=2), stride=2, padding=0, shortcut=smooth_halve),
}


class DownBlock(nn.Module):
    """Two 3×3 convolutions, halving between them or in the second, and a halved 1×1 shortcut."""

    def __init__(self, channels_in: int, channels_out: int, halving: Halving) -> None:
        super().__init__()
        self.halving = halving
        self.conv1 = conv(channels_in, channels_in, 3, gain=ROOT2)
        self.conv2 = conv(channels_in, channels_out, 3, stride=halving.stride, padding=halving.padding)
        self.skip = conv(channels_in, channels_out, 1, gain=1 / ROOT2, bias=None)

    def forward(self, features: Tensor) -> Tensor:
        """N×channels_in×H×W → N×channels_out×H/2×W/2."""
        residual = leaky_(self.conv1(features))
        residual = leaky_(self.conv2(self.halving.before_conv(residual)))
        shortcut: Tensor = self.skip(self.halving.shortcut(features))
        return shortcut.add_(residual)


class UpBlock(nn.Module):
    """Two 3×3 convolutions with doubling between them, and a doubled 1×1 shortcut."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = conv(channels_in, channels_in, 3, gain=ROOT2)
        self.conv2 = conv(channels_in, channels_out, 3)
        self.skip = conv(channels_in, channels_out, 1, gain=1 / ROOT2, bias=None)

    def forward(self, features: Tensor) -> Tensor:
        """N×channels_in×H×W → N×channels_out×2H×2W."""
        residual = leaky_(self.conv1(features))
        residual = leaky_(conv_doubled(residual, self.conv2.weight, self.conv2.bias))
        # a 1×1 convolution and interpolation commute: this order has a quarter of the work
        return double(self.skip(features)).add_(residual)


class ContractingPath(nn.ModuleList):
    """The way down, from out_size to 4 px."""

    def __init__(self, config: GfpganConfig) -> None:
        finest_first = config.resolutions[:0:-1]
        super().__init__(
            DownBlock(
                config.unet_width(resolution), config.unet_width(resolution // 2), HALVINGS[config.resample]
            )
            for resolution in finest_first
        )

    def forward(self, features: Tensor) -> list[Tensor]:
        """N×C×out_size×out_size → maps at 4, 8, ... out_size/2, coarse to fine."""
        skips: list[Tensor] = []
        for block in self:
            features = block(features)
            skips.append(features)
        return skips[::-1]


class ExpandingPath(nn.ModuleList):
    """The way up, from 4 px to out_size: F_spatial."""

    def __init__(self, config: GfpganConfig) -> None:
        super().__init__(
            UpBlock(config.unet_width(resolution // 2), config.unet_width(resolution))
            for resolution in config.resolutions[1:]
        )

    def forward(self, bottleneck: Tensor, skips: Sequence[Tensor]) -> list[Tensor]:
        """N×C×4×4 and the maps of the way down → maps at 8, 16, ... out_size, coarse to fine."""
        features: list[Tensor] = []
        below = bottleneck
        for block, skip in zip(self, skips, strict=True):
            below = block(below + skip)
            features.append(below)
        return features


class PyramidHeads(nn.ModuleList):
    """F_spatial → RGB in [-1, 1] at 8, 16, ... out_size (restoration loss of the pyramid, section 3.2)."""

    def __init__(self, config: GfpganConfig) -> None:
        super().__init__(conv(config.unet_width(resolution), 3, 1) for resolution in config.resolutions[1:])

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One N×3×r×r image for each map, coarse to fine."""
        return [head(feature) for head, feature in zip(self, features, strict=True)]
