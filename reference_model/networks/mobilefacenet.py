"""A face recogniser read from an ONNX file, differentiable, for the identity loss.

Chen, Liu, Gao, Han: MobileFaceNets. 2018, arXiv:1804.07573. The graph has four kinds of node; they are run
as they stand in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.alignment import similarity, template
from bfrbench.errors import InputError

SIDE = 112  # px of the crop that the recogniser takes

_ARCFACE_112 = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Where ArcFace's recognisers expect the five points (Deng et al. 2019), pixel centres at integers."""


@dataclass(frozen=True, slots=True)
class MobileFaceNet:
    """Faces on the FFHQ template → embeddings, through frozen weights."""

    nodes: Sequence[tuple[str, Sequence[str], str, Mapping[str, Any]]]  # kind, inputs, output, attributes
    weights: Mapping[str, Tensor]

    def __call__(self, faces: Tensor) -> Tensor:
        """N×3×S×S in [-1, 1] → N×512, compared by their angle."""
        values: dict[str, Tensor] = {"input": crop(faces) * (127.5 / 128)}
        for kind, inputs, output, attributes in self.nodes:
            x = values[inputs[0]]
            others = [values[name] if name in values else self.weights[name].to(x) for name in inputs[1:]]
            values[output] = _run(kind, x, others, attributes)
        return values[self.nodes[-1][2]]


def crop(faces: Tensor) -> Tensor:
    """Cut ArcFace's square out of faces that lie on the FFHQ template: N×3×S×S → N×3×112×112, bilinear."""
    size = faces.shape[-1]
    back = similarity(_ARCFACE_112, template(size))  # crop pixels → face pixels
    # affine_grid counts from -1 to 1 over the edges of the outer pixels
    to_pixels = np.array([[SIDE / 2, 0, (SIDE - 1) / 2], [0, SIDE / 2, (SIDE - 1) / 2], [0, 0, 1]])
    from_pixels = np.array([[2 / size, 0, 1 / size - 1], [0, 2 / size, 1 / size - 1], [0, 0, 1]])
    matrix = (from_pixels @ np.vstack((back, (0, 0, 1))) @ to_pixels)[:2]
    theta = torch.from_numpy(matrix).to(faces).expand(len(faces), 2, 3)
    grid = F.affine_grid(theta, [len(faces), 3, SIDE, SIDE], align_corners=False)
    return F.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def load_mobilefacenet(path: Path) -> MobileFaceNet:
    """Read the graph. Raises InputError where a node is of another kind, or onnx is not installed."""
    try:
        import onnx  # noqa: PLC0415
        from onnx import numpy_helper  # noqa: PLC0415
    except ImportError as error:
        raise InputError(f"Reading {path} needs the onnx package: pip install onnx.") from error
    graph = onnx.load(str(path)).graph
    nodes = [
        (
            node.op_type,
            tuple(node.input),
            node.output[0],
            {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute},
        )
        for node in graph.node
    ]
    unknown = {kind for kind, *_ in nodes} - {"Conv", "PRelu", "Add", "Reshape"}
    if unknown or graph.input[0].name != "input":
        raise InputError(f"{path} is not the recogniser it should be: it has {', '.join(sorted(unknown))}.")
    weights = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    return MobileFaceNet(nodes, weights)


def _run(kind: str, x: Tensor, others: Sequence[Tensor], attributes: Mapping[str, Any]) -> Tensor:
    match kind:
        case "Conv":
            weight, bias = others
            padding, stride = attributes["pads"][:2], attributes["strides"]
            return F.conv2d(x, weight, bias, stride, padding, groups=attributes["group"])
        case "PRelu":
            return F.prelu(x, others[0].flatten())
        case "Add":
            return x + others[0]
        case _:
            return x.flatten(1)
