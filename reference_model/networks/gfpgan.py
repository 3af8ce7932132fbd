"""GFP-GAN assembled: degradation removal, latent code mapping, facial prior, CS-SFT.

Xintao Wang, Yu Li, Honglun Zhang, Ying Shan: Towards Real-World Blind Face Restoration with Generative
Facial Prior. CVPR 2021, arXiv:2101.04061. Figure 2 is `GfpganNetwork.forward`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gate import InputGate
from bfrbench.reference_model.networks.layers import ROOT2, conv, leaky_, linear
from bfrbench.reference_model.networks.sft import SftHeads
from bfrbench.reference_model.networks.stylegan2 import FacialPrior
from bfrbench.reference_model.networks.unet import ContractingPath, ExpandingPath, PyramidHeads


class Restoration(NamedTuple):
    """What the network makes of a batch, in about [-1, 1] (not clipped)."""

    image: Tensor  # N×3×out_size×out_size
    pyramid: list[Tensor]  # the U-Net's own N×3×r×r, r = 8, 16, ... out_size


class GfpganNetwork(nn.Module):
    """The network; attributes carry the key names of the clean architecture (v1.2, v1.3, v1.4)."""

    def __init__(self, config: GfpganConfig) -> None:
        super().__init__()
        self.config = config
        bottleneck, codes = config.unet_width(4), config.num_codes if config.different_w else 1
        self.conv_body_first = conv(3, config.unet_width(config.out_size), 1, gain=ROOT2)
        self.conv_body_down = ContractingPath(config)
        self.final_conv = conv(bottleneck, bottleneck, 3, gain=ROOT2)
        self.conv_body_up = ExpandingPath(config)
        if config.full_size_skip:
            finest = config.unet_width(config.out_size)
            self.full_size_skip = conv(finest, finest, 1, gain=0.0)  # at first without effect
        self.toRGB = PyramidHeads(config)
        self.final_linear = linear(bottleneck * 4 * 4, codes * config.num_style_feat)
        self.stylegan_decoder = FacialPrior(config)
        if config.input_gate:
            self.input_gate = InputGate(config)
        if config.sft:
            self.condition_scale = SftHeads(config, start=1.0)
            self.condition_shift = SftHeads(config, start=0.0)

    def forward(
        self, lq: Tensor, noise: Sequence[Tensor] | None = None, *, pyramid: bool = True
    ) -> Restoration:
        """Restore LQ faces, N×3×out_size×out_size in [-1, 1], RGB.

        noise: maps for the prior's layers (`stylegan2.seeded_noise`), or None for the stored ones, or an
        empty sequence for no noise; either way the same input gives the same output.
        pyramid: False leaves the image pyramid empty; only training looks at it.
        """
        first = leaky_(self.conv_body_first(lq))
        skips = self.conv_body_down(first)
        bottleneck = leaky_(self.final_conv(skips[0]))  # F_latent
        features = self.conv_body_up(bottleneck, skips)  # F_spatial
        if self.config.full_size_skip:
            features[-1] = features[-1] + self.full_size_skip(first)
        image = self.stylegan_decoder(self.latent_codes(bottleneck), self.conditions(features), noise)
        if self.config.input_gate:
            image = image + self.input_gate(features) * (lq - image)
        return Restoration(image, self.toRGB(features) if pyramid else [])

    def conditions(self, features: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """F_spatial → α and β for each resolution of the prior; none without SFT."""
        if not self.config.sft:
            return []
        return list(zip(self.condition_scale(features), self.condition_shift(features), strict=True))

    def latent_codes(self, bottleneck: Tensor) -> Tensor:
        """F_latent, N×C×4×4, → W, N×num_codes×num_style_feat (section 3.3)."""
        codes: Tensor = self.final_linear(bottleneck.flatten(1))
        if self.config.different_w:
            codes = codes.view(-1, self.config.num_codes, self.config.num_style_feat)
        if not self.config.input_is_latent:
            codes = self.stylegan_decoder.style_mlp(codes)
        if not self.config.different_w:
            codes = codes[:, None].expand(-1, self.config.num_codes, -1)
        return codes


def fresh(config: GfpganConfig, *, seed: int) -> GfpganNetwork:
    """An untrained network whose weights depend on the seed alone; torch's generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GfpganNetwork(config)


def outline(config: GfpganConfig) -> GfpganNetwork:
    """The network's names and shapes, without values: what a state dict is checked against and put into."""
    with torch.device("meta"):
        return GfpganNetwork(config)
