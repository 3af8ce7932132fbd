"""Make small.json and small.bin: a graph with every operation that `tfjs_graph` knows, as TF.js reads it.

`python make_small.py`, then `npm install @tensorflow/tfjs` and `node run_tfjs.mjs > expected.json`.
"""

import base64
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
random = np.random.default_rng(0)
nodes: list[dict] = []
manifest: list[dict] = []
data = b""


def constant(name: str, values: np.ndarray, stored: str = "") -> str:
    global data  # noqa: PLW0603
    dtype = "int32" if values.dtype.kind == "i" else "float32"
    entry: dict = {"name": name, "shape": list(values.shape), "dtype": dtype}
    if stored:
        entry["quantization"] = {"dtype": stored, "original_dtype": dtype}
    data += values.astype({"": dtype, "float16": "float16"}[stored]).tobytes()
    manifest.append(entry)
    kind = {"dtype": {"type": "DT_INT32" if dtype == "int32" else "DT_FLOAT"}}
    nodes.append({"name": name, "op": "Const", "attr": kind})
    return name


def node(name: str, op: str, *inputs: str, stride: int = 0, padding: str = "") -> str:
    attributes: dict = {"T": {"type": "DT_FLOAT"}}
    if stride:
        attributes["strides"] = {"list": {"i": ["1", str(stride), str(stride), "1"]}}
        attributes["dilations"] = {"list": {"i": ["1", "1", "1", "1"]}}
        attributes["padding"] = {"s": base64.b64encode(padding.encode()).decode()}
        attributes["data_format"] = {"s": base64.b64encode(b"NHWC").decode()}
    nodes.append({"name": name, "op": op, "input": list(inputs), "attr": attributes})
    return name


def drawn(*shape: int) -> np.ndarray:
    return random.normal(0, 0.5, shape).astype(np.float32)


shape = {"dim": [{"size": "-1"}, {"size": "13"}, {"size": "13"}, {"size": "3"}]}
nodes.append(
    {
        "name": "image",
        "op": "Placeholder",
        "attr": {"shape": {"shape": shape}, "dtype": {"type": "DT_FLOAT"}},
    }
)
x = node("sub", "Sub", "image", constant("shift", np.float32(127.5).reshape(1)))
x = node("mul", "Mul", x, constant("factor", np.float32(1 / 128).reshape(1)))
x = node("pad", "Pad", x, constant("sides", np.array([[0, 0], [1, 2], [2, 1], [0, 0]], np.int32)))
x = node("conv", "Conv2D", x, constant("kernel", drawn(3, 3, 3, 6)), stride=2, padding="VALID")
x = node("bias", "Add", x, constant("offset", drawn(6), "float16"))
above = node("above", "Maximum", constant("zero", np.zeros(1, np.float32)), x)
below = node("below", "Minimum", constant("zero_too", np.zeros(1, np.float32)), x)
x = node("prelu", "AddV2", above, node("slope", "Mul", constant("slopes", drawn(6)), below))
each = node("each", "DepthwiseConv2dNative", x, constant("own", drawn(3, 3, 6, 1)), stride=1, padding="SAME")
x = node("skip", "AddV2", each, x)
x = node("half", "DepthwiseConv2dNative", x, constant("own2", drawn(3, 3, 6, 1)), stride=2, padding="SAME")
x = node("relu", "Relu", x)
x = node("wide", "Conv2D", x, constant("kernel2", drawn(2, 2, 6, 5)), stride=2, padding="SAME")
node("pooled", "Mean", x, constant("axes", np.array([1, 2], np.int32)))
flat = node("flat", "Reshape", x, constant("flat_shape", np.array([-1, 20], np.int32)))
dense = node("dense", "MatMul", flat, constant("dense_kernel", drawn(20, 4)))
nodes[-1]["attr"] |= {"transpose_a": {"b": False}, "transpose_b": {"b": False}}
node("embedding", "AddV2", dense, constant("dense_offset", drawn(4)))

model = {
    "format": "graph-model",
    "modelTopology": {"node": nodes, "versions": {"producer": 134}},
    "weightsManifest": [{"paths": ["small.bin"], "weights": manifest}],
}
(HERE / "small.json").write_text(json.dumps(model, indent=1) + "\n")
(HERE / "small.bin").write_bytes(data)
