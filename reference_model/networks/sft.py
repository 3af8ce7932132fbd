"""Channel-split spatial feature transform, CS-SFT (Wang et al., CVPR 2021, section 3.4).

    α, β = Conv(F_spatial)
    SFT(F | α, β)    = α ⊙ F + β
    CS-SFT(F | α, β) = Concat[Identity(F_split0), α ⊙ F_split1 + β]

The part that passes untouched keeps the prior's realism; the modulated part brings the input's fidelity.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.layers import LEAK, ROOT2, conv


class SftHeads(nn.ModuleList):
    """F_spatial → α (or β) at 8, 16, ... out_size.

    A fresh head answers `start` to anything: 1 for α and 0 for β, so that training starts from the prior
    as it is.
    """

    def __init__(self, config: GfpganConfig, *, start: float) -> None:
        super().__init__(_head(config, resolution, start) for resolution in config.resolutions[1:])

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One N×K×r×r map for each; K is half of the prior's width, or all of it."""
        return [head(feature) for head, feature in zip(self, features, strict=True)]


def _head(config: GfpganConfig, resolution: int, start: float) -> nn.Sequential:
    channels = config.unet_width(resolution)
    modulated = config.width(resolution) // 2 if config.sft_half else config.width(resolution)
    first = conv(channels, channels, 3, gain=ROOT2)
    last = conv(channels, modulated, 3, gain=0.0, bias=start)
    return nn.Sequential(first, nn.LeakyReLU(LEAK, inplace=True), last)


def channel_split_sft(features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """CS-SFT on the last K of the C channels, K as `scale` and `shift` have; K = C is plain SFT.

    features: N×C×H×W; scale, shift: N×K×H×W; returns N×C×H×W.
    """
    passing = features.shape[1] - scale.shape[1]
    modulated = torch.addcmul(shift, features[:, passing:], scale)
    return torch.cat((features[:, :passing], modulated), dim=1)


def channel_split_sft_(features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """The same in the memory of `features`, where no gradients need what was there."""
    modulated = features[:, features.shape[1] - scale.shape[1] :]
    modulated.mul_(scale).add_(shift)
    return features
