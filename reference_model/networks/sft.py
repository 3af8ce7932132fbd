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
from bfrbench.reference_model.networks.layers import LEAK


class SftHeads(nn.ModuleList):
    """F_spatial → α (or β) at 8, 16, ... out_size.

    `start` is the bias of each last convolution in a fresh network: 1 for α and 0 for β, so that
    training starts near the identity, as the paper's network does.
    """

    def __init__(self, config: GfpganConfig, *, start: float) -> None:
        super().__init__(_head(config, resolution, start) for resolution in config.resolutions[1:])

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One N×K×r×r map for each; K is half of the prior's width, or all of it."""
        return [head(feature) for head, feature in zip(self, features, strict=True)]


def _head(config: GfpganConfig, resolution: int, start: float) -> nn.Sequential:
    channels = config.unet_width(resolution)
    modulated = config.width(resolution) // 2 if config.sft_half else config.width(resolution)
    last = nn.Conv2d(channels, modulated, 3, padding=1)
    if last.bias is not None:
        nn.init.constant_(last.bias, start)
    return nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(LEAK), last)


def channel_split_sft(features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """CS-SFT on the last K of the C channels, K as `scale` and `shift` have; K = C is plain SFT.

    features: N×C×H×W; scale, shift: N×K×H×W; returns N×C×H×W.
    """
    passing = features.shape[1] - scale.shape[1]
    modulated = features[:, passing:] * scale + shift
    return torch.cat((features[:, :passing], modulated), dim=1)
