"""Discriminator over the frozen features of a classification network.

Axel Sauer, Kashyap Chitta, Jens Müller, Andreas Geiger: Projected GANs Converge Faster. NeurIPS 2021,
arXiv:2111.01007. Features of real and generated images are mixed at random, once and for all, and small
heads tell them apart: faces after ten thousand images rather than a million.
"""

import math
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from bfrbench.reference_model.networks.layers import LEAK, double, normal

TAPS = ("relu2_2", "relu3_3", "relu4_3", "relu5_3")
"""Of VGG16, which stays outside: it is no part of what is trained or saved."""

_CHANNELS = (128, 256, 512, 512)  # of the taps
_SCALE = (
    3.3,
    6.2,
    4.2,
    1.0,
)  # root mean square of the taps over faces of 64 px: heads start with inputs of 1


class Mixing(nn.Module):
    """Fixed random 1×1 convolutions, across channels and from coarse to fine (section 3.2, CCM and CSM).

    They make every head see all of a tap and of the coarser ones, so that no detail of an image escapes by
    lying in a direction which the heads ignore.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.across = nn.ModuleList(nn.Conv2d(channels, width, 1, bias=False) for channels in _CHANNELS)
        self.upwards = nn.ModuleList(nn.Conv2d(width, width, 1, bias=False) for _ in _CHANNELS[1:])
        for convolution in (*self.across, *self.upwards):
            shape = tuple(convolution.weight.shape)
            convolution.weight = nn.Parameter(
                normal(*shape, std=1 / math.sqrt(shape[1])), requires_grad=False
            )

    def forward(self, taps: Sequence[Tensor]) -> list[Tensor]:
        """The taps of N images of H×W → N×width×h×w for h = H/2, H/4, H/8, H/16."""
        mixed = [mix(tap / scale) for mix, tap, scale in zip(self.across, taps, _SCALE, strict=True)]
        for i in reversed(range(len(self.upwards))):
            mixed[i] = (mixed[i] + double(self.upwards[i](mixed[i + 1]))) / math.sqrt(2)
        return mixed


class Head(nn.Module):
    """Spectrally normalised convolutions: one map → scores, 4×4 (coarser for maps that are)."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        halvings = max(0, size.bit_length() - 3)
        self.down = nn.ModuleList(
            spectral_norm(nn.Conv2d(width, width, 4, stride=2, padding=1)) for _ in range(halvings)
        )
        self.hidden = spectral_norm(nn.Conv2d(width, width, 3, padding=1))
        self.score = spectral_norm(nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, features: Tensor) -> Tensor:
        """N×width×size×size → N×1×4×4."""
        for convolution in self.down:
            features = F.leaky_relu(convolution(features), LEAK)
        score: Tensor = self.score(F.leaky_relu(self.hidden(features), LEAK))
        return score


class ProjectedDiscriminator(nn.Module):
    """The mixing, and a head for each of its maps, for images of `size` px."""

    def __init__(self, *, size: int, width: int = 64) -> None:
        super().__init__()
        self.mixing = Mixing(width)
        self.heads = nn.ModuleList(Head(size >> level, width) for level in range(1, 5))

    def forward(self, mixed: Sequence[Tensor]) -> list[Tensor]:
        """What `mixing` makes of the taps → the scores of each head."""
        return [head(features) for head, features in zip(self.heads, mixed, strict=True)]
