"""MTCNN: three small networks in a cascade, each looking closer at what the one before proposed.

Zhang, Zhang, Li, Qiao: Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks, IEEE SPL 2016 (arXiv:1604.02878). Weights and conventions are those of facenet-pytorch 2.6.0,
whose boxes and points these equal. Boxes inside the cascade count pixels from 1, as the first release
of MTCNN (MATLAB) did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import nms

from bfrbench.detection.face import Face, as_faces
from bfrbench.detection.torch_threads import one_thread
from bfrbench.types import Image

Net = Mapping[str, Tensor]

MIN_FACE = 20  # px; P-Net sees faces as 12 px
PYRAMID = 0.709  # each level is half the area of the one before
THRESHOLDS = (0.6, 0.7, 0.7)  # of P-, R- and O-Net
CROPS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Mtcnn:
    """The cascade with its weights; see `load_mtcnn`."""

    pnet: Net
    rnet: Net
    onet: Net

    def __call__(self, image: Image) -> list[Face]:
        """All faces of at least 20 px."""
        with torch.inference_mode(), one_thread():
            picture = torch.from_numpy(image).permute(2, 0, 1)[None].float()
            proposals = _refine(self.rnet, picture, _propose(self.pnet, picture))
            boxes, points, scores = _output(self.onet, picture, proposals)
        # from 1-based pixels to pixel centres at integers
        return as_faces(boxes - 1, points - 0.5, scores)


def load_mtcnn(pnet: Path, rnet: Path, onet: Path) -> Mtcnn:
    """The cascade from facenet-pytorch's three files."""
    return Mtcnn(*(torch.load(path, map_location="cpu", weights_only=True) for path in (pnet, rnet, onet)))


def _propose(net: Net, picture: Tensor) -> Tensor:
    """P-Net over the whole pyramid: N×4 square boxes."""
    height, width = picture.shape[2:]
    scale, found = 12 / MIN_FACE, []
    while min(height, width) * scale >= 12:
        small = F.interpolate(picture, size=(int(height * scale + 1), int(width * scale + 1)), mode="area")
        found.append(_cells(net, small, scale))
        scale *= PYRAMID
    if not found:
        return torch.zeros(0, 4)
    boxes, scores, shifts = (torch.cat(parts) for parts in zip(*found, strict=True))
    keep = nms(boxes, scores, 0.7)
    boxes, shifts = boxes[keep], shifts[keep]
    return _square(boxes + shifts * _sides(boxes, inclusive=False))


def _cells(net: Net, small: Tensor, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """One level: boxes, scores and shifts of the 12×12 windows (2 px apart) that may hold a face."""
    features = _trunk(net, (small - 127.5) / 128, pools=(2, 0, 0))
    scores = F.conv2d(features, net["conv4_1.weight"], net["conv4_1.bias"]).softmax(dim=1)[0, 1]
    shifts = F.conv2d(features, net["conv4_2.weight"], net["conv4_2.bias"])[0]
    likely = scores >= THRESHOLDS[0]
    corners = 2 * likely.nonzero().flip(1).float()
    boxes = torch.cat([((corners + 1) / scale).floor(), ((corners + 12) / scale).floor()], dim=1)
    keep = nms(boxes, scores[likely], 0.5)
    return boxes[keep], scores[likely][keep], shifts[:, likely].T[keep]


def _refine(net: Net, picture: Tensor, boxes: Tensor) -> Tensor:
    """R-Net on 24×24 crops: N×4 square boxes."""
    boxes, crops = _crops(picture, boxes, 24)
    hidden = _dense_trunk(net, crops, (3, 3, 0), "dense4", "prelu4")
    scores = _linear(net, "dense5_1", hidden).softmax(dim=1)[:, 1]
    shifts = _linear(net, "dense5_2", hidden)
    likely = scores > THRESHOLDS[1]
    boxes, scores, shifts = boxes[likely], scores[likely], shifts[likely]
    keep = nms(boxes, scores, 0.7)
    return _square(boxes[keep] + shifts[keep] * _sides(boxes[keep]))


Arrays = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _output(net: Net, picture: Tensor, boxes: Tensor) -> Arrays:
    """O-Net on 48×48 crops: N×4 boxes (1-based), N×5×2 points (edges at integers), N scores."""
    boxes, crops = _crops(picture, boxes, 48)
    hidden = _dense_trunk(net, crops, (3, 3, 2, 0), "dense5", "prelu5")
    scores = _linear(net, "dense6_1", hidden).softmax(dim=1)[:, 1]
    shifts, spots = _linear(net, "dense6_2", hidden), _linear(net, "dense6_3", hidden)
    likely = scores > THRESHOLDS[2]
    boxes, scores, shifts, spots = boxes[likely], scores[likely], shifts[likely], spots[likely]
    sides = _sides(boxes)
    points = spots.reshape(-1, 2, 5).transpose(1, 2) * sides[:, None, :2] + boxes[:, None, :2] - 1
    boxes = boxes + shifts * sides
    keep = _not_nested(boxes.double().numpy(), scores.double().numpy(), 0.7)
    return boxes[keep].double().numpy(), points[keep].double().numpy(), scores[keep].double().numpy()


def _trunk(net: Net, x: Tensor, pools: Sequence[int]) -> Tensor:
    for number, pool in enumerate(pools, start=1):
        x = F.conv2d(x, net[f"conv{number}.weight"], net[f"conv{number}.bias"])
        x = F.prelu(x, net[f"prelu{number}.weight"])
        x = F.max_pool2d(x, pool, 2, ceil_mode=True) if pool else x
    return x


def _dense_trunk(net: Net, crops: Tensor, pools: Sequence[int], dense: str, prelu: str) -> Tensor:
    parts = []
    for start in range(0, max(1, len(crops)), CROPS_AT_ONCE):
        # the weights come from MATLAB by way of TensorFlow: columns first
        flat = _trunk(net, crops[start : start + CROPS_AT_ONCE], pools).permute(0, 3, 2, 1).flatten(1)
        parts.append(F.prelu(_linear(net, dense, flat), net[f"{prelu}.weight"]))
    return torch.cat(parts)


def _linear(net: Net, name: str, x: Tensor) -> Tensor:
    return F.linear(x, net[f"{name}.weight"], net[f"{name}.bias"])


def _crops(picture: Tensor, boxes: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The boxes that touch the picture, and what is in them as N×3×size×size in [-1, 1]."""
    height, width = picture.shape[2:]
    whole = boxes.trunc().int()
    low, high = whole[:, :2].clamp(min=1) - 1, torch.minimum(whole[:, 2:], torch.tensor([width, height]))
    inside = (high > low).all(dim=1)
    parts = [
        F.interpolate(picture[:, :, y0:y1, x0:x1], size=(size, size), mode="area")
        for (x0, y0), (x1, y1) in zip(low[inside].tolist(), high[inside].tolist(), strict=True)
    ]
    crops = torch.cat(parts) if parts else torch.zeros(0, 3, size, size)
    return boxes[inside], (crops - 127.5) / 128


def _sides(boxes: Tensor, *, inclusive: bool = True) -> Tensor:
    """N×4 (width, height, width, height); `inclusive` counts the last pixel too."""
    return (boxes[:, 2:] - boxes[:, :2] + int(inclusive)).repeat(1, 2)


def _square(boxes: Tensor) -> Tensor:
    sides = boxes[:, 2:] - boxes[:, :2]
    longer = sides.amax(dim=1, keepdim=True)
    low = boxes[:, :2] + sides / 2 - longer / 2
    return torch.cat([low, low + longer], dim=1)


def _not_nested(boxes: NDArray[np.float64], scores: NDArray[np.float64], threshold: float) -> list[int]:
    """NMS where the overlap is measured against the smaller box, so that a face within a face goes."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    keep: list[int] = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best, left = left[0], left[1:]
        keep.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = np.prod(np.clip(high - low + 1, 0, None), axis=1)
        left = left[shared <= threshold * np.minimum(area[best], area[left])]
    return keep
