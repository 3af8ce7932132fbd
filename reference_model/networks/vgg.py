"""VGG, frozen, as a source of features (Simonyan & Zisserman, ICLR 2015).

Two variants serve: VGG19 of torchvision, whose pre-ReLU maps the GFP-GAN paper compares, and the VGG16 of
LPIPS, which is smaller and is at hand more often.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bfrbench.errors import InputError
from bfrbench.reference_model.checkpoint import read_checkpoint

BLOCKS: Mapping[str, tuple[int, ...]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
"""3×3 convolutions between poolings; each block doubles the channels, from 64 up to 512."""

_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)  # of ImageNet, for values in [0, 1]
_DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class Vgg(nn.Module):
    """RGB in [-1, 1] → the chosen feature maps; no parameter ever gets a gradient.

    taps: names like "conv3_4" (before its ReLU) or "relu3_3" (after it), in the network's order. Nothing
    behind the last tap is built.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, variant: str, taps: Sequence[str]) -> None:
        super().__init__()
        places = [
            f"{block}_{i}" for block, count in enumerate(BLOCKS[variant], 1) for i in range(1, count + 1)
        ]
        self.places = places[: max(places.index(tap[4:]) for tap in taps) + 1]
        self.taps = tuple(taps)
        widths = [3, *(min(512, 32 << int(place[0])) for place in self.places)]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(widths))
        self.register_buffer("mean", _MEAN, persistent=False)
        self.register_buffer("deviation", _DEVIATION, persistent=False)
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """N×3×H×W in [-1, 1] → one N×C×h×w for each tap; h = H / 2^(block - 1)."""
        features = ((images + 1) / 2 - self.mean) / self.deviation
        found: list[Tensor] = []
        for place, convolution in zip(self.places, self.convolutions, strict=True):
            if place.endswith("_1") and place != "1_1":
                features = F.max_pool2d(features, 2)
            features = convolution(features)
            if f"conv{place}" in self.taps:
                found.append(features)
            features = F.relu(features)
            if f"relu{place}" in self.taps:
                found.append(features)
        return found


def load_vgg16(path: Path, taps: Sequence[str]) -> Vgg:
    """VGG16 from the LPIPS arrays (`conv0.weight`, ... in the network's order). Raises InputError."""
    try:
        with np.load(path) as arrays:
            named = {name: torch.from_numpy(arrays[name]).float() for name in arrays.files}
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not the VGG16 of LPIPS (.npz): {error}.") from error
    network = Vgg("vgg16", taps)
    return _filled(network, [f"conv{i}" for i in range(len(network.places))], named, path)


def load_vgg19(path: Path, taps: Sequence[str]) -> Vgg:
    """VGG19 from torchvision's checkpoint (`features.0.weight`, ...). Raises InputError."""
    network = Vgg("vgg19", taps)
    named = read_checkpoint(path).weights
    # torchvision numbers convolutions, ReLUs and poolings alike
    indices, index = [], 0
    for place in network.places:
        index += place.endswith("_1") and place != "1_1"
        indices.append(f"features.{index}")
        index += 2
    return _filled(network, indices, named, path)


def _filled(network: Vgg, names: Sequence[str], values: Mapping[str, Tensor], path: Path) -> Vgg:
    try:
        for convolution, name in zip(network.convolutions, names, strict=True):
            convolution.load_state_dict({"weight": values[f"{name}.weight"], "bias": values[f"{name}.bias"]})
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path} is not the VGG that it should be: {error}.") from error
    return network.eval()
