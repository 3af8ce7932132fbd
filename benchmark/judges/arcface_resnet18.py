"""ArcFace with the small ResNet-18 that GFP-GAN trains and the field measures identity with.

Deng et al. 2019; the network of ronghuaiyang/arcface-pytorch (`resnet_face18` without squeeze-and-excitation)
as GFP-GAN keeps it: one grey 128×128 image in [-1, 1] to 512 numbers, not normalised. Modules are named as in
GFP-GAN's file `arcface_resnet18.pth`, so that its state dict loads.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.errors import InputError
from bfrbench.weights import find

SIDE: Final = 128
"""Side of the image in px."""

_STAGES: Final = ((64, 1), (128, 2), (256, 2), (512, 2))  # channels, stride of the first of two blocks


class IRBlock(nn.Module):
    """Improved residual block: normalise, convolve twice, add; one PReLU slope serves both activations."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        shrink = nn.Conv2d(channels, out, 1, stride, bias=False)
        self.downsample = (
            nn.Identity() if (channels, stride) == (out, 1) else nn.Sequential(shrink, nn.BatchNorm2d(out))
        )

    def forward(self, x: Tensor) -> Tensor:
        """N×C×H×W to N×C'×H/stride×W/stride."""
        y = self.prelu(self.bn1(self.conv1(self.bn0(x))))
        added: Tensor = self.prelu(self.bn2(self.conv2(y)) + self.downsample(x))
        return added


class ArcFaceResNet18(nn.Module):
    """N×1×128×128 in [-1, 1] to N×512. Differentiable, so it serves as a loss, too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU()
        channels = 64
        for stage, (out, stride) in enumerate(_STAGES, start=1):
            blocks = nn.Sequential(IRBlock(channels, out, stride), IRBlock(out, out, 1))
            self.add_module(f"layer{stage}", blocks)
            channels = out
        self.bn4 = nn.BatchNorm2d(512)
        self.dropout = nn.Dropout()
        self.fc5 = nn.Linear(512 * 8 * 8, 512)
        self.bn5 = nn.BatchNorm1d(512)

    def forward(self, x: Tensor) -> Tensor:
        """The 512 numbers of each image."""
        x = nn.functional.max_pool2d(self.prelu(self.bn1(self.conv1(x))), 2)
        for stage in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"layer{stage}")(x)
        numbers: Tensor = self.bn5(self.fc5(self.dropout(self.bn4(x)).flatten(1)))
        return numbers


def load_arcface(path: Path) -> ArcFaceResNet18:
    """The network from its state dict (keys with or without `module.`), for inference, its weights frozen.

    Raises InputError when the file holds anything else.
    """
    return arcface_of(torch.load(path, map_location="cpu", weights_only=True), str(path))


def arcface_of(state: Mapping[str, Tensor], where: str) -> ArcFaceResNet18:
    """The network with given weights; `where` names them in the error message."""
    network = ArcFaceResNet18()
    try:
        network.load_state_dict({key.removeprefix("module."): value for key, value in state.items()})
    except (AttributeError, RuntimeError) as error:
        raise InputError(f"{where} does not hold the ResNet-18 of arcface_resnet18.pth: {error}") from error
    return network.eval().requires_grad_(False)


def embedding(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 512 numbers of a grey 128×128 image, by the published weights."""
    return embedding_through(_network(), grey)


def embedding_through(network: nn.Module, grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 512 numbers of a grey 128×128 image, by a given network."""
    with reproducible():
        numbers: NDArray[np.float32] = network(torch.from_numpy(grey)[None, None])[0].numpy()
        return numbers


@cache
def _network() -> ArcFaceResNet18:
    return load_arcface(find("arcface-resnet18"))
