"""The discriminators of GFP-GAN: StyleGAN2's for whole faces, a small one for eyes and mouth.

Unlike the generators of the clean architecture, these keep their gains beside the weights (equalised
learning rates, Karras et al. 2018), and their keys are the official ones.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.layers import LEAK, ROOT2, normal, smooth

EPSILON = 1e-8


class EqualConv(nn.Module):
    """Convolution of weights of deviation 1, times 1/√fan_in at run time."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel_size: int, *, bias: bool, stride: int
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(normal(channels_out, channels_in, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(channels_out)) if bias else None
        self.gain = 1 / math.sqrt(channels_in * kernel_size**2)
        self.stride = stride
        # the blur before a strided convolution has already added the border
        self.padding = kernel_size // 2 if stride == 1 else 0

    def forward(self, features: Tensor) -> Tensor:
        """N×Cin×H×W → N×Cout×H'×W'."""
        return F.conv2d(features, self.weight * self.gain, self.bias, self.stride, self.padding)


class EqualLinear(nn.Module):
    """Linear layer of weights of deviation 1, times 1/√fan_in at run time; √2 · leaky ReLU if asked."""

    def __init__(self, features_in: int, features_out: int, *, activate: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(normal(features_out, features_in))
        self.bias = nn.Parameter(torch.zeros(features_out))
        self.gain = 1 / math.sqrt(features_in)
        self.activate = activate

    def forward(self, features: Tensor) -> Tensor:
        """N×features_in → N×features_out."""
        outputs = F.linear(features, self.weight * self.gain, self.bias)
        return F.leaky_relu(outputs, LEAK) * ROOT2 if self.activate else outputs


class Blur(nn.Module):
    """FIR (1, 3, 3, 1)/8 before a convolution of stride 2, with the border that it needs."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        self.padding = (kernel_size + 1) // 2

    def forward(self, features: Tensor) -> Tensor:
        """Sides grow so that the strided convolution halves the original ones."""
        return smooth(features, self.padding)


class BiasLeaky(nn.Module):
    """√2 · leaky(x + b)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """N×C×H×W to the same shape."""
        return F.leaky_relu(features + self.bias.view(1, -1, 1, 1), LEAK) * ROOT2


def conv_layer(
    channels_in: int, channels_out: int, kernel_size: int, *, down: bool = False, activate: bool = True
) -> nn.Sequential:
    """[Blur], convolution, [bias and leaky ReLU]; without activation the convolution has no bias."""
    layer = nn.Sequential(Blur(kernel_size)) if down else nn.Sequential()
    layer.append(EqualConv(channels_in, channels_out, kernel_size, bias=False, stride=2 if down else 1))
    if activate:
        layer.append(BiasLeaky(channels_out))
    return layer


class DownBlock(nn.Module):
    """(two convolutions + shortcut) / √2, at half the size."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = conv_layer(channels_in, channels_in, 3)
        self.conv2 = conv_layer(channels_in, channels_out, 3, down=True)
        self.skip = conv_layer(channels_in, channels_out, 1, down=True, activate=False)

    def forward(self, features: Tensor) -> Tensor:
        """N×Cin×H×W → N×Cout×H/2×W/2."""
        residual: Tensor = self.conv2(self.conv1(features))
        shortcut: Tensor = self.skip(features)
        return (residual + shortcut) / ROOT2


class StyleGan2Discriminator(nn.Module):
    """Karras et al., CVPR 2020: a residual network with one map of the batch's deviation at 4 px.

    Of `config`, the sizes and widths count. The score of an image depends on its batch, which is taken in
    groups of `group` images, item i with i + N/group, i + 2N/group, ...: N must be a multiple of the group,
    or smaller than it.
    """

    def __init__(self, config: GfpganConfig, *, group: int = 4) -> None:
        super().__init__()
        self.group = group
        finest_first = config.resolutions[::-1]
        widths = [config.width(resolution) for resolution in finest_first]
        self.conv_body = nn.Sequential(conv_layer(3, widths[0], 1))
        for above, below in pairwise(widths):
            self.conv_body.append(DownBlock(above, below))
        self.final_conv = conv_layer(widths[-1] + 1, widths[-1], 3)
        self.final_linear = nn.Sequential(
            EqualLinear(widths[-1] * 4 * 4, widths[-1], activate=True),
            EqualLinear(widths[-1], 1, activate=False),
        )

    def forward(self, images: Tensor) -> Tensor:
        """N×3×out_size×out_size → N×1 scores, higher for what looks real."""
        features: Tensor = self.conv_body(images)
        deviation = batch_deviation(features, self.group)
        features = self.final_conv(torch.cat((features, deviation), dim=1))
        scores: Tensor = self.final_linear(features.flatten(1))
        return scores


def batch_deviation(features: Tensor, group: int) -> Tensor:
    """Standard deviation over a group, mean over channels and places, as a map: N×C×H×W → N×1×H×W.

    A batch of one image has no deviation but ε's.
    """
    count, channels, height, width = features.shape
    size = min(group, count)
    grouped = features.view(size, count // size, channels, height, width)
    deviation = (grouped.var(dim=0, unbiased=False) + EPSILON).sqrt().mean(dim=(1, 2, 3))
    return deviation.repeat(size).view(count, 1, 1, 1).expand(-1, 1, height, width)


class ComponentDiscriminator(nn.Module):
    """One facial component, an eye or the mouth (GFP-GAN, section 3.4): a map of scores, not one score.

    The size is free; at 512 px faces the eyes have 80 px and the mouth 120.
    """

    def __init__(self, *, narrow: float = 1.0) -> None:
        super().__init__()
        few, some, many = (int(channels * narrow) for channels in (64, 128, 256))
        self.conv1 = conv_layer(3, few, 3)
        self.conv2 = conv_layer(few, some, 3, down=True)
        self.conv3 = conv_layer(some, some, 3)
        self.conv4 = conv_layer(some, many, 3, down=True)
        self.conv5 = conv_layer(many, many, 3)
        self.final_conv = nn.Sequential(EqualConv(many, 1, 3, bias=True, stride=1))

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """N×3×H×W → N×1×H/4×W/4 scores; and the features of conv3 and conv5, whose Gram matrices compare."""
        halved: Tensor = self.conv3(self.conv2(self.conv1(images)))
        quartered: Tensor = self.conv5(self.conv4(halved))
        scores: Tensor = self.final_conv(quartered)
        return scores, [halved, quartered]
