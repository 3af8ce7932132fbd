"""Generative facial prior: StyleGAN2 (Karras et al., CVPR 2020), modulated by SFT on its way up.

    W = MLP(F_latent),   F_GAN = StyleGAN(W)        (Wang et al., CVPR 2021, section 3.3)

Keys are those of the clean architecture, and gains are folded into the weights as there, but for √2 after
each modulated convolution. What the original StyleGAN2 does otherwise is its resampling alone.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.doubled import conv_doubled
from bfrbench.reference_model.networks.layers import (
    LEAK,
    ROOT2,
    double,
    leaky_,
    linear,
    normal,
    smooth,
    smooth_double,
    unobserved,
)
from bfrbench.reference_model.networks.sft import channel_split_sft, channel_split_sft_
from bfrbench.seeds import generator, key

EPSILON = 1e-8


class ModulatedConv(nn.Module):
    """Convolution whose kernel is scaled by a style (StyleGAN2, section 2.2).

        w'_ijk  = s_i · w_ijk                        (Eq. 1: modulation)
        w''_ijk = w'_ijk / √(Σ_ik w'_ijk² + ε)       (Eq. 3: demodulation)

    A convolution is linear, so s_i may as well scale the input's channel i, and the root the output's
    channel j: then one ordinary convolution serves a whole batch. For a single image, scaling the kernel
    is the cheaper side. (A kernel for each image of a batch would need a grouped convolution.)
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel_size: int,
        num_style_feat: int,
        *,
        demodulate: bool = True,
        upsample: Resample | None = None,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.demodulate = demodulate
        self.upsample = upsample
        self.gain = gain
        shape = (channels_out, channels_in, kernel_size, kernel_size)
        self.weight = nn.Parameter(normal(*shape, std=1 / math.sqrt(channels_in * kernel_size**2)))
        self.modulation = linear(num_style_feat, channels_in, bias=1.0)
        # official files hold the kernels as 1×Cout×Cin×k×k, which channels_last does not take
        self.register_state_dict_post_hook(_to_official_kernel)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_from_official_kernel)  # type: ignore[no-untyped-call]

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """N×Cin×H×W and N×num_style_feat → N×Cout×H×W, or twice the size when upsampling."""
        style: Tensor = self.modulation(code)
        scale = self._scale(style)
        if len(features) == 1:
            kernel = self.weight * (scale.T * style)[..., None, None]
            return self._convolve(features, kernel.to(features.dtype))
        # the smallest scale goes in first, so that half floats do not overflow in between
        least = scale.amin(dim=1, keepdim=True)
        before, after = (s.to(features.dtype)[..., None, None] for s in (style * least, scale / least))
        return self._convolve(features * before, self.weight) * after

    def _scale(self, style: Tensor) -> Tensor:
        """What the outputs are multiplied by, N×Cout, in float32 at least: demodulation and gain."""
        wide = torch.promote_types(style.dtype, torch.float32)
        if not self.demodulate:
            return torch.full((len(style), len(self.weight)), self.gain, dtype=wide, device=style.device)
        # Σ_ik (s_i·w_ijk)² = Σ_i s_i² · (Σ_k w_ijk²)
        energy = F.linear(style.to(wide).square(), self.weight.to(wide).square().sum(dim=(2, 3)))
        return self.gain * torch.rsqrt(energy + EPSILON)

    def _convolve(self, features: Tensor, kernel: Tensor) -> Tensor:
        if self.upsample == "fir":
            spread = F.conv_transpose2d(features, kernel.transpose(0, 1), stride=2)
            return smooth(spread, 1) * 4  # zeros between the pixels took three quarters of the mean
        if self.upsample == "bilinear":
            return conv_doubled(features, kernel)
        return F.conv2d(features, kernel, padding=kernel.shape[-1] // 2)


def _to_official_kernel(module: nn.Module, state: dict[str, Any], prefix: str, _metadata: object) -> None:
    del module
    state[prefix + "weight"] = state[prefix + "weight"][None]


def _from_official_kernel(module: nn.Module, state: dict[str, Any], prefix: str, *_others: object) -> None:
    del module
    kernel = state.get(prefix + "weight")
    if kernel is not None and kernel.ndim == 5:
        state[prefix + "weight"] = kernel[0]


class StyleConv(nn.Module):
    """Modulated 3×3 convolution, noise, bias, leaky ReLU: one layer of the prior."""

    def __init__(
        self, channels_in: int, channels_out: int, num_style_feat: int, *, upsample: Resample | None = None
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))  # strength of the noise
        self.bias = nn.Parameter(torch.zeros(1, channels_out, 1, 1))
        self.modulated_conv = ModulatedConv(
            channels_in, channels_out, 3, num_style_feat, upsample=upsample, gain=ROOT2
        )

    def forward(self, features: Tensor, code: Tensor, noise: Tensor | None) -> Tensor:
        """`noise` is 1×1×r×r, the same for the batch, or N×1×r×r, or None for no noise."""
        features = self.modulated_conv(features, code)
        if noise is not None:
            features.add_(self.weight * noise.to(features.dtype))
        return leaky_(features.add_(self.bias))


class ToRgb(nn.Module):
    """Features → RGB by a modulated 1×1 convolution, added to the image of the resolution below."""

    def __init__(self, channels: int, num_style_feat: int, resample: Resample) -> None:
        super().__init__()
        self.enlarge = double if resample == "bilinear" else smooth_double
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        self.modulated_conv = ModulatedConv(channels, 3, 1, num_style_feat, demodulate=False)

    def forward(self, features: Tensor, code: Tensor, below: Tensor | None = None) -> Tensor:
        """N×C×r×r, N×num_style_feat and the image so far, N×3×r/2×r/2 or none yet → N×3×r×r."""
        rgb: Tensor = self.modulated_conv(features, code) + self.bias
        return rgb if below is None else rgb + self.enlarge(below)


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
        self.config = config
        code, resample = config.num_style_feat, config.resample
        self.style_mlp = _mapping_network(code, config.num_mlp)
        self.constant_input = ConstantInput(config.width(4))
        self.style_conv1 = StyleConv(config.width(4), config.width(4), code)
        self.to_rgb1 = ToRgb(config.width(4), code, resample)
        self.style_convs = nn.ModuleList()
        self.to_rgbs = nn.ModuleList()
        for resolution in config.resolutions[1:]:
            below, width = config.width(resolution // 2), config.width(resolution)
            self.style_convs.append(StyleConv(below, width, code, upsample=resample))
            self.style_convs.append(StyleConv(width, width, code))
            self.to_rgbs.append(ToRgb(width, code, resample))
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
        noise: one map for each layer, see `seeded_noise`; None: the stored ones; empty: no noise.
        """
        maps: Sequence[Tensor | None] = list(self.noises.buffers()) if noise is None else noise
        maps = maps or [None] * (codes.shape[1] - 1)
        modulate = channel_split_sft_ if unobserved() else channel_split_sft
        features = self.style_conv1(self.constant_input(len(codes)), codes[:, 0], maps[0])
        rgb: Tensor = self.to_rgb1(features, codes[:, 1])
        # neighbouring resolutions share a code: to_rgb's is that of the next upsampling layer
        for level, to_rgb in enumerate(self.to_rgbs):
            i = 2 * level + 1
            features = self.style_convs[i - 1](features, codes[:, i], maps[i])
            if conditions:
                features = modulate(features, *conditions[level])
            features = self.style_convs[i](features, codes[:, i + 1], maps[i + 1])
            rgb = to_rgb(features, codes[:, i + 2], rgb)
        return rgb

    def codes(self, z: Tensor, *, truncation: float = 1.0, mean: Tensor | None = None) -> Tensor:
        """Z, N×num_style_feat, → W for every layer, N×num_codes×num_style_feat.

        truncation below 1 draws W towards its mean (None: `mean_code`), for fewer odd faces and less
        variety.
        """
        w: Tensor = self.style_mlp(z)
        if truncation != 1.0:
            mean = self.mean_code() if mean is None else mean
            w = mean + truncation * (w - mean)
        return w[:, None].expand(-1, self.config.num_codes, -1)

    def mean_code(self, draws: int = 4096) -> Tensor:
        """The mean W of many Z, 1×num_style_feat; the same Z on any machine."""
        random = generator(key(0, "gfpgan-mean-code"))
        z = torch.from_numpy(random.standard_normal((draws, self.config.num_style_feat), dtype="float32"))
        w: Tensor = self.style_mlp(z.to(self.constant_input.weight))
        return w.mean(dim=0, keepdim=True)


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
        network.append(linear(num_style_feat, num_style_feat, gain=gain))
        network.append(nn.LeakyReLU(LEAK))
    return network
