"""Face recognisers for the identity loss: which there are, what each looks at, and how several speak as one.

None of them is dlib's, by which boards judge identity.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.reference_model.networks.mobilefacenet import crop, load_mobilefacenet
from bfrbench.reference_model.networks.tfjs_graph import load_tfjs_graph

Embed = Callable[[Tensor], Tensor]
"""Faces N×3×S×S in [-1, 1] on the FFHQ template → embeddings N×D, differentiable and frozen."""

Name = Literal["fr-feature", "mobileface", "faceres"]

_FACERES_PART: Final = 0.75
"""Part of the side, about the middle, with the head: faceres was trained on boxes of a face detector."""

_FACERES_SIDE: Final = 128
"""px. It was trained on 224, which cost almost three times as much."""

_IMAGENET_MEAN: Final = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
"""Blue, green, red. With it faceres tells people apart; given values of 0 to 1 it does not."""


def load_recogniser(name: Name, find: Callable[[str], Path]) -> Embed:
    """One of the recognisers; `find` says where the files of the weight table lie. Raises InputError."""
    if name == "fr-feature":
        return load_mobilefacenet(find(name))
    return {"mobileface": load_mobileface, "faceres": load_faceres}[name](find(f"{name}-graph"), find(name))


def load_mobileface(graph: Path, numbers: Path) -> Embed:
    """MobileFace (becauseofAI): 256 numbers from ArcFace's square of 112 px."""
    network = load_tfjs_graph(graph, numbers, "batchnorm0/add_1")
    return lambda faces: network((crop(faces) + 1) * 127.5)


def load_faceres(graph: Path, numbers: Path) -> Embed:
    """A MobileNet trained on VGGFace2 (Savchenko, HSE_FaceRec_tf): 1024 numbers from the head."""
    network = load_tfjs_graph(graph, numbers, "global_pooling/Mean")

    def embed(faces: Tensor) -> Tensor:
        size = faces.shape[-1]
        side = round(size * _FACERES_PART)
        edge = (size - side) // 2
        head = faces[..., edge : edge + side, edge : edge + side]
        head = F.interpolate(head, size=(_FACERES_SIDE, _FACERES_SIDE), mode="bilinear", align_corners=False)
        return network((head.flip(1) + 1) * 127.5 - _IMAGENET_MEAN.to(head))

    return embed


def side_by_side(recognisers: Sequence[tuple[Embed, float]]) -> Embed:
    """One recogniser whose cosine is the mean of theirs, weighted: each embedding at length √weight."""

    def embed(faces: Tensor) -> Tensor:
        parts = [math.sqrt(weight) * F.normalize(one(faces), dim=1) for one, weight in recognisers]
        return torch.cat(parts, dim=1)

    return embed
