"""FAN: the network of four stacked hourglasses that finds the 98 landmarks of WFLW.

Bulat and Tzimiropoulos 2017, trained with the adaptive wing loss (Wang, Bo, Fuxin 2019), as facexlib has it.
Modules are named as in facexlib's file `alignment_WFLW_4HG.pth`, so that its state dict loads.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.errors import InputError
from bfrbench.types import Image
from bfrbench.weights import find

POINTS: Final = 98
SIDE: Final = 256
"""Side in px of what the network sees."""

CELLS: Final = 64
"""Side of a heat map."""

_HOURGLASSES, _DEPTH, _CHANNELS = 4, 4, 256
_ON_A_BOUNDARY: Final = 0.05  # of the last heat map, from which on coordinates are handed on


class WithCoordinates(nn.Module):
    """A convolution that also sees where it is (CoordConv, Liu et al. 2018).

    To its input are added the row, the column and the distance from the middle, and after the first
    hourglass the row and column once more, only where the boundary map before found a facial boundary.
    """

    def __init__(self, channels: int, out: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, size, stride, padding=size // 2)

    def forward(self, x: Tensor, heat: Tensor | None = None) -> Tensor:
        """N×C×S×S, and the N×99×S×S heat maps of the hourglass before, to N×C'×S/stride×S/stride."""
        side = x.shape[-1]
        line = torch.arange(side, device=x.device, dtype=x.dtype) / (side - 1) * 2 - 1
        place = torch.stack(torch.meshgrid(line, line, indexing="ij")).expand(len(x), 2, side, side)
        radius = place.square().sum(dim=1, keepdim=True).sqrt()
        seen = [x, place, radius / radius.max()]
        if heat is not None:
            seen.append(place * (heat[:, -1:].clamp(0.0, 1.0) > _ON_A_BOUNDARY))
        out: Tensor = self.conv(torch.cat(seen, dim=1))
        return out


class ConvBlock(nn.Module):
    """Three 3×3 convolutions whose outputs stand side by side, and a shortcut around them."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, out // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out // 2)
        self.conv2 = nn.Conv2d(out // 2, out // 4, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out // 4)
        self.conv3 = nn.Conv2d(out // 4, out // 4, 3, padding=1, bias=False)
        fit = (nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, out, 1, bias=False))
        self.downsample = nn.Identity() if channels == out else nn.Sequential(*fit)

    def forward(self, x: Tensor) -> Tensor:
        """N×C×H×W to N×C'×H×W."""
        one = self.conv1(self.bn1(x).relu())
        two = self.conv2(self.bn2(one).relu())
        three = self.conv3(self.bn3(two).relu())
        added: Tensor = torch.cat([one, two, three], dim=1) + self.downsample(x)
        return added


class Hourglass(nn.Module):
    """Down to a sixteenth of the size and up again, with a shortcut at every size."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.coordconv = WithCoordinates(_CHANNELS + (3 if first else 5), _CHANNELS, 1)
        for level in range(_DEPTH, 0, -1):
            for part in ("b1", "b2", "b3"):
                self.add_module(f"{part}_{level}", ConvBlock(_CHANNELS, _CHANNELS))
        self.b2_plus_1 = ConvBlock(_CHANNELS, _CHANNELS)

    def forward(self, x: Tensor, heat: Tensor | None) -> Tensor:
        """N×256×64×64 to as much."""
        return self._level(_DEPTH, self.coordconv(x, heat))

    def _level(self, level: int, x: Tensor) -> Tensor:
        low = self.get_submodule(f"b2_{level}")(F.avg_pool2d(x, 2))
        low = self._level(level - 1, low) if level > 1 else self.b2_plus_1(low)
        low = self.get_submodule(f"b3_{level}")(low)
        up: Tensor = self.get_submodule(f"b1_{level}")(x) + F.interpolate(low, scale_factor=2, mode="nearest")
        return up


class FAN(nn.Module):
    """N×3×256×256 RGB in [0, 1] to N×99×64×64 heat maps: 98 landmarks and the facial boundary."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = WithCoordinates(3 + 3, 64, 7, stride=2)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = ConvBlock(64, 128)
        self.conv3 = ConvBlock(128, 128)
        self.conv4 = ConvBlock(128, _CHANNELS)
        for i in range(_HOURGLASSES):
            self.add_module(f"m{i}", Hourglass(first=i == 0))
            self.add_module(f"top_m_{i}", ConvBlock(_CHANNELS, _CHANNELS))
            self.add_module(f"conv_last{i}", nn.Conv2d(_CHANNELS, _CHANNELS, 1))
            self.add_module(f"bn_end{i}", nn.BatchNorm2d(_CHANNELS))
            self.add_module(f"l{i}", nn.Conv2d(_CHANNELS, POINTS + 1, 1))
            if i < _HOURGLASSES - 1:
                self.add_module(f"bl{i}", nn.Conv2d(_CHANNELS, _CHANNELS, 1))
                self.add_module(f"al{i}", nn.Conv2d(POINTS + 1, _CHANNELS, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The heat maps of the last hourglass."""
        part = self.get_submodule
        x = F.avg_pool2d(self.conv2(self.bn1(self.conv1(x)).relu()), 2)
        x = self.conv4(self.conv3(x))
        heat: Tensor | None = None
        for i in range(_HOURGLASSES):
            features = part(f"top_m_{i}")(part(f"m{i}")(x, heat))
            features = part(f"bn_end{i}")(part(f"conv_last{i}")(features)).relu()
            maps: Tensor = part(f"l{i}")(features)
            if i < _HOURGLASSES - 1:
                x = x + part(f"bl{i}")(features) + part(f"al{i}")(maps)
            heat = maps
        return maps


def fan_of(state: Mapping[str, Tensor], where: str) -> FAN:
    """The network with given weights, for inference; InputError when they are another network's."""
    network = FAN()
    try:
        network.load_state_dict(dict(state))
    except RuntimeError as error:
        raise InputError(f"{where} does not hold facexlib's FAN of 98 landmarks: {error}") from error
    return network.eval().requires_grad_(False)


def load_fan(path: Path) -> FAN:
    """The network from facexlib's file, a dict with its `state_dict`; InputError when it is another."""
    held = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(held, dict) or "state_dict" not in held:
        raise InputError(f"{path} holds no state_dict of facexlib's FAN.")
    return fan_of(held["state_dict"], str(path))


def landmarks(image: Image) -> NDArray[np.float64]:
    """98 points of a picture that shows one face, by the published weights."""
    return landmarks_through(_network(), image)


def landmarks_through(network: nn.Module, image: Image) -> NDArray[np.float64]:
    """98×2, (x, y) in heat-map cells, 0..64, whatever the picture's size; multiples of a quarter.

    As facexlib's `get_landmarks`: the whole picture is made 256×256 by bilinear interpolation without
    antialiasing.
    """
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    with reproducible():
        x = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255.0
        heat = network(x)[0, :POINTS].numpy()
    return peaks(heat)


def peaks(heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where n heat maps of 64×64 have their peaks, n×2, (x, y) in cells, cell 0 reaching from 0 to 1.

    A quarter of a cell towards the higher neighbour, as facexlib does it, edges included: maps are read as
    one line, so that the neighbour left of a row is the end of the row above; and once one peak of the n
    lies in the last (first) row, the corner stands in for the neighbour below (above) every peak.
    """
    flat = heat.reshape(len(heat), CELLS * CELLS)
    peak, last = flat.argmax(axis=1), CELLS * CELLS - 1
    row = np.arange(len(flat))
    below = np.full_like(peak, last) if (peak + CELLS > last).any() else peak + CELLS
    above = np.zeros_like(peak) if (peak - CELLS <= 0).any() else peak - CELLS
    right, left = np.minimum(peak + 1, last), peak - 1
    rise = np.stack([flat[row, right] - flat[row, left], flat[row, below] - flat[row, above]], axis=1)
    cell = np.stack([peak % CELLS, peak // CELLS], axis=1)
    points: NDArray[np.float64] = cell + 0.5 + 0.25 * np.sign(rise).astype(np.float64)
    return points


@cache
def _network() -> FAN:
    return load_fan(find("facexlib-fan98"))
