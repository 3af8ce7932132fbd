"""Degradation removal: the U-Net of GFP-GAN (Wang et al., CVPR 2021, section 3.2).

    F_latent, F_spatial = U-Net(x)

The way down ends in the 4×4 bottleneck F_latent, from which the latent codes come. The way up gives
F_spatial, one map for each resolution from 8 px on: it conditions the prior, and a 1×1 convolution of
each gives the image pyramid that training compares with the HQ pyramid.

Each part is a list of modules with a forward, so that the keys are the official ones
(`conv_body_down.0.conv1.weight`).
"""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.layers import double, halve, leaky

Resample = Callable[[Tensor], Tensor]


class ResBlock(nn.Module):
    """Two 3×3 convolutions with resampling between them, and a resampled 1×1 shortcut."""

    def __init__(self, channels_in: int, channels_out: int, resample: Resample) -> None:
        super().__init__()
        self.resample = resample
        self.conv1 = nn.Conv2d(channels_in, channels_in, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.skip = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """N×channels_in×H×W → N×channels_out×H'×W', as `resample` makes H'×W' of H×W."""
        residual = leaky(self.conv2(self.resample(leaky(self.conv1(features)))))
        shortcut: Tensor = self.skip(self.resample(features))
        return residual + shortcut


class ContractingPath(nn.ModuleList):
    """The way down, from out_size to 4 px."""

    def __init__(self, config: GfpganConfig) -> None:
        finest_first = config.resolutions[:0:-1]
        super().__init__(
            ResBlock(config.unet_width(resolution), config.unet_width(resolution // 2), halve)
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
            ResBlock(config.unet_width(resolution // 2), config.unet_width(resolution), double)
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
        super().__init__(
            nn.Conv2d(config.unet_width(resolution), 3, 1) for resolution in config.resolutions[1:]
        )

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One N×3×r×r image for each map, coarse to fine."""
        return [head(feature) for head, feature in zip(self, features, strict=True)]
