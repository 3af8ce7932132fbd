"""RetinaFace with a MobileNet-0.25 or a ResNet-50 body.

Deng, Guo, Zhou, Yu, Kotsia, Zafeiriou: RetinaFace: Single-stage Dense Face Localisation in the Wild,
CVPR 2020 (arXiv:1905.00641). Names of parameters are those of Pytorch_Retinaface and facexlib, whose
files load here; the ResNet-50 one is what GFP-GAN's own script detects with.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import resnet50

from bfrbench.detection.face import Face, as_faces, not_overlapping
from bfrbench.detection.torch_threads import one_thread
from bfrbench.types import Image

Body = Literal["mobilenet0.25", "resnet50"]

MEAN_BGR = (104.0, 117.0, 123.0)
STRIDES = (8, 16, 32)
ANCHOR_SIDES = ((16, 32), (64, 128), (256, 512))  # px, two a cell on each level
CENTRE_STEP, SIZE_STEP = 0.1, 0.2  # what a unit of the outputs means, of the anchor's side
LOWEST_SCORE = 0.3
MAX_OVERLAP = 0.4


@dataclass(frozen=True, slots=True)
class Retinaface:
    """The network with its weights; see `load_retinaface`."""

    network: "RetinafaceNetwork"

    def __call__(self, image: Image) -> list[Face]:
        """All faces that score at least 0.3."""
        with torch.inference_mode(), one_thread():
            bgr = torch.from_numpy(np.ascontiguousarray(image[:, :, ::-1])).float() - torch.tensor(MEAN_BGR)
            outputs = self.network(bgr.permute(2, 0, 1)[None])
        boxes, logits, points = (output[0].double() for output in outputs)
        scores = logits.softmax(dim=1)[:, 1]
        likely = scores >= LOWEST_SCORE
        centre, side = (anchor[likely] for anchor in anchors(*image.shape[:2]))
        middle = centre + boxes[likely, :2] * CENTRE_STEP * side
        half = side * (boxes[likely, 2:] * SIZE_STEP).exp() / 2
        spots = centre[:, None] + points[likely].reshape(-1, 5, 2) * CENTRE_STEP * side[:, None]
        corners, best = torch.cat([middle - half, middle + half], dim=1).numpy(), scores[likely].numpy()
        keep = not_overlapping(corners, best, MAX_OVERLAP)
        # the network counts pixel edges as integers, here a pixel's centre is one
        return as_faces(corners[keep] - 0.5, spots.numpy()[keep] - 0.5, best[keep])


def anchors(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centres (N×2) and sides (N×1) of all anchors in pixels, in the order of the network's outputs."""
    centres, sides = [], []
    for stride, pair in zip(STRIDES, ANCHOR_SIDES, strict=True):
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        cells = (torch.stack([x, y], dim=-1).reshape(-1, 2).double() + 0.5) * stride
        centres.append(cells.repeat_interleave(2, dim=0))
        sides.append(torch.tensor(pair).double().repeat(len(cells))[:, None])
    return torch.cat(centres), torch.cat(sides)


def load_retinaface(path: Path, body: Body) -> Retinaface:
    """The detector from a state dict (`module.` prefix or not)."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = RetinafaceNetwork(body)
    network.load_state_dict({key.removeprefix("module."): value for key, value in state.items()})
    return Retinaface(network.eval())


class RetinafaceNetwork(nn.Module):
    """N×3×H×W (BGR less the mean) → boxes N×A×4, logits N×A×2, points N×A×10, A anchors."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        mobile = body == "mobilenet0.25"
        self.body = _mobilenet_body() if mobile else _resnet_body()
        widths, width = ((64, 128, 256), 64) if mobile else ((512, 1024, 2048), 256)
        slope = 0.1 if mobile else 0.0
        self.fpn = _Pyramid(widths, width, slope)
        self.ssh1, self.ssh2, self.ssh3 = (_Context(width, slope) for _ in STRIDES)
        self.ClassHead, self.BboxHead, self.LandmarkHead = (
            nn.ModuleList(_Head(width, values) for _ in STRIDES) for values in (2, 4, 10)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        levels = []
        for name, layer in self.body.named_children():
            x = layer(x)
            if name in ("stage1", "stage2", "stage3", "layer2", "layer3", "layer4"):
                levels.append(x)
        near, middle, far = self.fpn(levels)
        features = (self.ssh1(near), self.ssh2(middle), self.ssh3(far))
        boxes, logits, points = (
            torch.cat([head(feature) for head, feature in zip(heads, features, strict=True)], dim=1)
            for heads in (self.BboxHead, self.ClassHead, self.LandmarkHead)
        )
        return boxes, logits, points


def _conv(width: int, out: int, kernel: int, slope: float | None, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, and a leaky ReLU unless `slope` is None."""
    layers = [nn.Conv2d(width, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out)]
    return nn.Sequential(*layers, *([] if slope is None else [nn.LeakyReLU(slope)]))


def _separable(width: int, out: int, stride: int) -> nn.Sequential:
    depthwise = nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False)
    first = (depthwise, nn.BatchNorm2d(width), nn.LeakyReLU(0.1))
    return nn.Sequential(*first, nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out), nn.LeakyReLU(0.1))


def _mobilenet_body() -> nn.Module:
    first = ((8, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1))
    body = nn.Module()
    body.stage1 = nn.Sequential(_conv(3, 8, 3, 0.1, stride=2), *(_separable(*row) for row in first))
    body.stage2 = nn.Sequential(_separable(64, 128, 2), *(_separable(128, 128, 1) for _ in range(5)))
    body.stage3 = nn.Sequential(_separable(128, 256, 2), _separable(256, 256, 1))
    return body


def _resnet_body() -> nn.Module:
    layers = OrderedDict(resnet50(weights=None).named_children())
    return nn.Sequential(
        OrderedDict((name, layers[name]) for name in layers if name not in ("avgpool", "fc"))
    )


class _Pyramid(nn.Module):
    """Feature pyramid: each level takes in the coarser one, enlarged to its size."""

    def __init__(self, widths: tuple[int, int, int], width: int, slope: float) -> None:
        super().__init__()
        self.output1, self.output2, self.output3 = (_conv(wide, width, 1, slope) for wide in widths)
        self.merge1, self.merge2 = (_conv(width, width, 3, slope) for _ in range(2))

    def forward(self, levels: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        near, middle, far = self.output1(levels[0]), self.output2(levels[1]), self.output3(levels[2])
        middle = self.merge2(middle + F.interpolate(far, size=middle.shape[2:]))
        near = self.merge1(near + F.interpolate(middle, size=near.shape[2:]))
        return near, middle, far


class _Context(nn.Module):
    """SSH's context module: 3×3, 5×5 and 7×7 fields side by side (names as in the files)."""

    def __init__(self, width: int, slope: float) -> None:
        super().__init__()
        self.conv3X3 = _conv(width, width // 2, 3, None)
        self.conv5X5_1 = _conv(width, width // 4, 3, slope)
        self.conv5X5_2 = _conv(width // 4, width // 4, 3, None)
        self.conv7X7_2 = _conv(width // 4, width // 4, 3, slope)
        self.conv7x7_3 = _conv(width // 4, width // 4, 3, None)

    def forward(self, x: Tensor) -> Tensor:
        shared = self.conv5X5_1(x)
        fields = [self.conv3X3(x), self.conv5X5_2(shared), self.conv7x7_3(self.conv7X7_2(shared))]
        return torch.cat(fields, dim=1).relu()


class _Head(nn.Module):
    """A 1×1 convolution with `values` outputs for each of a cell's two anchors."""

    def __init__(self, width: int, values: int) -> None:
        super().__init__()
        self.values = values
        self.conv1x1 = nn.Conv2d(width, 2 * values, 1)

    def forward(self, x: Tensor) -> Tensor:
        rows: Tensor = self.conv1x1(x).permute(0, 2, 3, 1)
        return rows.reshape(len(x), -1, self.values)
