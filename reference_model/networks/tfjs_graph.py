"""A network published for TensorFlow.js, run by torch: differentiable, frozen, as its graph says.

Such a network is two files: model.json with the graph and the names, shapes and types of its weights, and the
weights' numbers one after the other. Only what plain convolutional recognisers need is known; any other
operation is refused. Images are N×C×H×W here and N×H×W×C there, so a weight of C numbers is laid along the
channels, and flattening goes by places first.
"""

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.errors import InputError
from bfrbench.files import few

_WIDTHS = {"float32": "<f4", "float16": "<f2", "int32": "<i4"}
_MAP = 4  # axes of N×C×H×W

Operation = Callable[..., Tensor]
"""A node's attributes and the tensors it asks → what it gives."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a graph."""

    name: str
    kind: str
    inputs: Sequence[str]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TfjsGraph:
    """Images → one tensor of a graph, through frozen weights."""

    nodes: Sequence[Node]  # each after those that it asks; the last is the one wanted
    weights: Mapping[str, Tensor]

    def __call__(self, images: Tensor) -> Tensor:
        """N×3×H×W, in the range that the network was trained on → what the last node gives."""
        values: dict[str, Tensor] = {}
        for node in self.nodes:
            if node.kind == "Const":
                values[node.name] = self.weights[node.name].to(images.device)
            elif node.kind == "Placeholder":
                values[node.name] = images
            else:
                values[node.name] = _RUN[node.kind](node.attributes, *(values[name] for name in node.inputs))
        return values[self.nodes[-1].name]


def load_tfjs_graph(graph: Path, numbers: Path, output: str) -> TfjsGraph:
    """Read model.json and its weights, up to the node `output`.

    Raises InputError, naming the file, for one that is damaged, is something else, or has an operation that
    is not known here.
    """
    try:
        model = json.loads(graph.read_text(encoding="utf-8"))
        listed = {
            node["name"]: Node(node["name"], node["op"], tuple(node.get("input", ())), node.get("attr", {}))
            for node in model["modelTopology"]["node"]
        }
        nodes = list(_in_order(listed, output, {}))
        entries = [entry for group in model["weightsManifest"] for entry in group["weights"]]
    except OSError as error:
        raise InputError(f"{graph} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{graph} is no graph of TensorFlow.js with a node {output}: {error}.") from error
    unknown = {node.kind for node in nodes} - {"Const", "Placeholder", *_RUN}
    if unknown:
        raise InputError(f"{graph} has operations that are not known here: {few(sorted(unknown))}.")
    weights = _read_weights(entries, numbers)
    missing = [node.name for node in nodes if node.kind == "Const" and node.name not in weights]
    if missing:
        raise InputError(f"{numbers} lacks weights of {graph.name}: {few(missing)}.")
    return TfjsGraph(nodes, weights)


def _in_order(listed: Mapping[str, Node], name: str, done: dict[str, None]) -> Iterator[Node]:
    """The node and all that it asks, each once and after those that it asks itself."""
    if name in done:
        return
    for before in listed[name].inputs:
        yield from _in_order(listed, before, done)
    done[name] = None
    yield listed[name]


def _read_weights(entries: Sequence[Mapping[str, Any]], numbers: Path) -> dict[str, Tensor]:
    try:
        data = numbers.read_bytes()
    except OSError as error:
        raise InputError(f"{numbers} cannot be read: {error.strerror}.") from error
    weights: dict[str, Tensor] = {}
    start = 0
    try:
        for entry in entries:
            width = np.dtype(_WIDTHS[entry.get("quantization", entry)["dtype"]])
            count = math.prod(entry["shape"])
            values = np.frombuffer(data, width, count, start).reshape(entry["shape"])
            weights[entry["name"]] = torch.from_numpy(values.astype(_WIDTHS[entry["dtype"]]))
            start += count * width.itemsize
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{numbers} does not hold the weights that its graph lists: {error}.") from error
    if start != len(data):
        raise InputError(f"{numbers} has {len(data):,} bytes; its graph lists weights of {start:,}.")
    return weights


def _convolve(attributes: Mapping[str, Any], x: Tensor, kernel: Tensor) -> Tensor:
    """Kernels are H×W×C×(as many as come out)."""
    return _slide(attributes, x, kernel.permute(3, 2, 0, 1), groups=1)


def _convolve_each(attributes: Mapping[str, Any], x: Tensor, kernel: Tensor) -> Tensor:
    """Kernels are H×W×C×1: each channel has its own."""
    return _slide(attributes, x, kernel.permute(2, 3, 0, 1), groups=x.shape[1])


def _slide(attributes: Mapping[str, Any], x: Tensor, kernel: Tensor, groups: int) -> Tensor:
    stride = int(attributes["strides"]["list"]["i"][1])
    if base64.b64decode(attributes["padding"]["s"]) == b"SAME":
        across, down = (_same(x.shape[axis], kernel.shape[axis], stride) for axis in (3, 2))
        x = F.pad(x, (*across, *down))
    return F.conv2d(x, kernel, stride=stride, groups=groups)


def _same(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's padding, which puts the odd pixel at the end."""
    whole = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
    return whole // 2, whole - whole // 2


def _pad(_attributes: Mapping[str, Any], x: Tensor, sides: Tensor) -> Tensor:
    _, (top, bottom), (left, right), _ = sides.tolist()
    return F.pad(x, (left, right, top, bottom))


def _flatten(_attributes: Mapping[str, Any], x: Tensor, _shape: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(1)


def _mean_over_places(_attributes: Mapping[str, Any], x: Tensor, _axes: Tensor) -> Tensor:
    return x.mean(dim=(2, 3))


def _of_two(operation: Callable[[Tensor, Tensor], Tensor]) -> Operation:
    """An operation of two maps, or of a map and a number for each of its channels."""

    def run(_attributes: Mapping[str, Any], x: Tensor, y: Tensor) -> Tensor:
        if x.dim() == _MAP and y.dim() == 1:
            y = y.view(1, -1, 1, 1)
        elif y.dim() == _MAP and x.dim() == 1:
            x = x.view(1, -1, 1, 1)
        return operation(x, y)

    return run


_RUN: Mapping[str, Operation] = {
    "Add": _of_two(torch.add),
    "AddV2": _of_two(torch.add),
    "Conv2D": _convolve,
    "DepthwiseConv2dNative": _convolve_each,
    "MatMul": lambda _attributes, x, weight: x @ weight,
    "Maximum": _of_two(torch.maximum),
    "Mean": _mean_over_places,
    "Minimum": _of_two(torch.minimum),
    "Mul": _of_two(torch.mul),
    "Pad": _pad,
    "Relu": lambda _attributes, x: x.relu(),
    "Reshape": _flatten,
    "Sub": _of_two(torch.sub),
}
