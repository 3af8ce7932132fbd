"""ParseNet, facexlib's face parser: which of 19 parts each pixel of a 512×512 face belongs to.

From PSFRGAN (Chen et al., CVPR 2021, arXiv:2009.08709), trained on CelebAMask-HQ. Names of parameters are
those of the published file.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from bfrbench import weights
from bfrbench.pixels import to_tensor
from bfrbench.types import Image

SIZE = 512
PARTS = 19
ENCODER = ((64, 128), (128, 256), (256, 256), (256, 256))  # each halves the side, to 32
DECODER = ((256, 256), (256, 256), (256, 128), (128, 64))  # each doubles it
BODY = 10  # residual blocks at 32×32


@dataclass(frozen=True, slots=True)
class FaceParser:
    """The parser with its weights; see `load_parser`."""

    network: "ParseNet"

    def __call__(self, face: Image) -> NDArray[np.int64]:
        """512×512 RGB → 512×512 numbers of parts, 0..18 (0: background, 1: skin, …, 18: clothes)."""
        with torch.inference_mode():
            logits, _ = self.network(to_tensor([face]))
        return np.asarray(logits.argmax(dim=1)[0], dtype=np.int64)


def load_parser() -> FaceParser:
    """The parser from its published file; raises WeightsUnavailable when that is not at hand."""
    state = torch.load(weights.find("parsenet"), map_location="cpu", weights_only=True)
    network = ParseNet()
    network.load_state_dict(state)
    return FaceParser(network.eval())


class ParseNet(nn.Module):
    """N×3×512×512 in [-1, 1] → logits N×19×512×512, and a restored image N×3×512×512 that nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(_Conv(3, 64), *(_Residual(*pair, "down") for pair in ENCODER))
        self.body = nn.Sequential(*(_Residual(256, 256, "same") for _ in range(BODY)))
        self.decoder = nn.Sequential(*(_Residual(*pair, "up") for pair in DECODER))
        self.out_img_conv = _Conv(64, 3)
        self.out_mask_conv = _Conv(64, PARTS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        features = self.encoder(x)
        features = self.decoder(features + self.body(features))
        return self.out_mask_conv(features), self.out_img_conv(features)


class _Norm(nn.Module):
    """Batch norm under the name that the published file has for it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(x)
        return normed


class _Conv(nn.Module):
    """3×3 convolution on a mirrored border; `slope` adds batch norm and a leaky ReLU of that slope."""

    def __init__(
        self, width: int, out: int, *, stride: int = 1, up: bool = False, slope: float | None = None
    ) -> None:
        super().__init__()
        self.up = up
        self.slope = slope
        self.conv2d = nn.Conv2d(width, out, 3, stride, bias=slope is None)
        self.norm = nn.Identity() if slope is None else _Norm(out)

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2.0) if self.up else x
        x = self.norm(self.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect")))
        return x if self.slope is None else F.leaky_relu(x, self.slope)


class _Residual(nn.Module):
    def __init__(self, width: int, out: int, way: str) -> None:
        super().__init__()
        stride, up = (2 if way == "down" else 1), way == "up"
        self.shortcut_func = nn.Identity() if way == "same" else _Conv(width, out, stride=stride, up=up)
        self.conv1 = _Conv(width, out, up=up, slope=0.2)
        self.conv2 = _Conv(out, out, stride=stride, slope=1.0)  # slope 1: no activation

    def forward(self, x: Tensor) -> Tensor:
        residual: Tensor = self.conv2(self.conv1(x))
        shortcut: Tensor = self.shortcut_func(x)
        return shortcut + residual
