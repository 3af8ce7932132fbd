"""Generative facial prior: StyleGAN2 (Karras et al., CVPR 2020), modulated by SFT on its way up.

    W = MLP(F_latent),   F_GAN = StyleGAN(W)        (Wang et al., CVPR 2021, section 3.3)

Parts and keys are those of the clean architecture: bilinear resampling, plain convolutions, gains folded
into the weights but for √2 after each modulated convolution.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.layers import LEAK, double, leaky, normal
from bfrbench.reference_model.networks.sft import channel_split_sft
from bfrbench.seeds import generator, key

EPSILON = 1e-8


class ModulatedConv(nn.Module):
    """Convolution whose kernel is scaled by a style (StyleGAN2, section 2.2).

        w'_ijk  = s_i · w_ijk                        (Eq. 1: modulation)
        w''_ijk = w'_ijk / √(Σ_ik w'_ijk² + ε)       (Eq. 3: demodulation)

    A convolution is linear, so s_i may scale the input's channel i and the root the output's channel j:
    one ordinary convolution serves any batch, where a kernel for each image would need a grouped one.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel_size: int,
        num_style_feat: int,
        *,
        demodulate: bool = True,
        upsample: bool = False,
    ) -> None:
        super().__init__()
        self.demodulate = demodulate
        self.upsample = upsample
        shape = (1, channels_out, channels_in, kernel_size, kernel_size)
        self.weight = nn.Parameter(normal(*shape, std=1 / math.sqrt(channels_in * kernel_size**2)))
        self.modulation = _linear(num_style_feat, channels_in, gain=1.0, bias=1.0)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """N×Cin×H×W and N×num_style_feat → N×Cout×H×W, or twice the size when upsampling."""
        kernel = self.weight[0]
        style: Tensor = self.modulation(code)
        features = features * style[:, :, None, None]
        if self.upsample:
            features = double(features)
        features = F.conv2d(features, kernel, padding=kernel.shape[-1] // 2)
        if not self.demodulate:
            return features
        # Σ_ik (s_i·w_ijk)² = Σ_i s_i² · (Σ_k w_ijk²)
        energy = F.linear(style.square(), kernel.square().sum(dim=(2, 3)))
        return features * torch.rsqrt(energy + EPSILON)[:, :, None, None]


class StyleConv(nn.Module):
    """Modulated 3×3 convolution, noise, bias, leaky ReLU: one layer of the prior."""

    def __init__(
        self, channels_in: int, channels_out: int, num_style_feat: int, *, upsample: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))  # strength of the noise
        self.bias = nn.Parameter(torch.zeros(1, channels_out, 1, 1))
        self.modulated_conv = ModulatedConv(channels_in, channels_out, 3, num_style_feat, upsample=upsample)

    def forward(self, features: Tensor, code: Tensor, noise: Tensor) -> Tensor:
        """`noise` is 1×1×r×r, the same for the batch, or N×1×r×r."""
        features = self.modulated_conv(features, code) * math.sqrt(2)
        return leaky(features + self.weight * noise + self.bias)


class ToRgb(nn.Module):
    """Features → RGB by a modulated 1×1 convolution, added to the image of the resolution below."""

    def __init__(self, channels: int, num_style_feat: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        self.modulated_conv = ModulatedConv(channels, 3, 1, num_style_feat, demodulate=False)

    def forward(self, features: Tensor, code: Tensor, below: Tensor | None = None) -> Tensor:
        """N×C×r×r, N×num_style_feat and the image so far, N×3×r/2×r/2 or none yet → N×3×r×r."""
        rgb: Tensor = self.modulated_conv(features, code) + self.bias
        return rgb if below is None else rgb + double(below)


class NormaliseCode(nn.Module):
    """z / √(mean z² + ε) over dimension 1.

    For N×num_codes×num_style_feat that dimension is the layers, not the code: so were the published
    networks trained, and so it stays.
    """

    def forward(self, code: Tensor) -> Tensor:
        """N×num_style_feat, or N×num_codes×num_style_feat, to the same shape."""
        return code * torch.rsqrt(code.square().mean(dim=1, keepdim=True) + EPSILON)


class ConstantInput(nn.Module):
    """The learned 4×4 map from which every image grows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(normal(1, channels, 4, 4))

    def forward(self, batch: int) -> Tensor:
        """The map, batch×C×4×4."""
        return self.weight.expand(batch, -1, -1, -1)


class FacialPrior(nn.Module):
    """StyleGAN2 with a place for SFT at each resolution from 8 px on."""

    def __init__(self, config: GfpganConfig) -> None:
        super().__init__()
        code = config.num_style_feat
        self.style_mlp = _mapping_network(code, config.num_mlp)
        self.constant_input = ConstantInput(config.width(4))
        self.style_conv1 = StyleConv(config.width(4), config.width(4), code)
        self.to_rgb1 = ToRgb(config.width(4), code)
        self.style_convs = nn.ModuleList()
        self.to_rgbs = nn.ModuleList()
        for resolution in config.resolutions[1:]:
            below, width = config.width(resolution // 2), config.width(resolution)
            self.style_convs.append(StyleConv(below, width, code, upsample=True))
            self.style_convs.append(StyleConv(width, width, code))
            self.to_rgbs.append(ToRgb(width, code))
        self.noises = nn.Module()
        for layer, resolution in enumerate(_noise_resolutions(config)):
            self.noises.register_buffer(f"noise{layer}", normal(1, 1, resolution, resolution))

    def forward(
        self,
        codes: Tensor,
        conditions: Sequence[tuple[Tensor, Tensor]] = (),
        noise: Sequence[Tensor] | None = None,
    ) -> Tensor:
        """Codes in W, N×num_codes×num_style_feat, → N×3×out_size×out_size, about [-1, 1].

        conditions: (α, β) for 8, 16, ... out_size; none of them: the plain StyleGAN2.
        noise: one map for each layer, see `seeded_noise`; None: the stored ones.
        """
        maps = list(self.noises.buffers()) if noise is None else noise
        features = self.style_conv1(self.constant_input(len(codes)), codes[:, 0], maps[0])
        rgb: Tensor = self.to_rgb1(features, codes[:, 1])
        # neighbouring resolutions share a code: to_rgb's is that of the next upsampling layer
        for level, to_rgb in enumerate(self.to_rgbs):
            i = 2 * level + 1
            features = self.style_convs[i - 1](features, codes[:, i], maps[i])
            if conditions:
                features = channel_split_sft(features, *conditions[level])
            features = self.style_convs[i](features, codes[:, i + 1], maps[i + 1])
            rgb = to_rgb(features, codes[:, i + 2], rgb)
        return rgb


def seeded_noise(config: GfpganConfig, seed: int) -> list[Tensor]:
    """Standard normal maps, 1×1×r×r for each layer: the same for a seed on any machine and in any batch."""
    return [
        torch.from_numpy(
            generator(key(seed, "gfpgan-noise", layer)).standard_normal((1, 1, side, side), dtype="float32")
        )
        for layer, side in enumerate(_noise_resolutions(config))
    ]


def _noise_resolutions(config: GfpganConfig) -> list[int]:
    """4, 8, 8, 16, 16, ...: one for each 3×3 layer."""
    return [4] + [resolution for resolution in config.resolutions[1:] for _ in range(2)]


def _mapping_network(num_style_feat: int, layers: int) -> nn.Sequential:
    """MLP: Z → W."""
    gain = math.sqrt(2 / (1 + LEAK**2))  # keeps the variance through a leaky ReLU (He et al., 2015)
    network = nn.Sequential(NormaliseCode())
    for _ in range(layers):
        network.append(_linear(num_style_feat, num_style_feat, gain=gain, bias=0.0))
        network.append(nn.LeakyReLU(LEAK))
    return network


def _linear(features_in: int, features_out: int, *, gain: float, bias: float) -> nn.Linear:
    linear = nn.Linear(features_in, features_out)
    linear.weight = nn.Parameter(normal(features_out, features_in, std=gain / math.sqrt(features_in)))
    nn.init.constant_(linear.bias, bias)
    return linear
