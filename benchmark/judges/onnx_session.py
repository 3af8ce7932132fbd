"""Networks in ONNX files, as judges run them: on the CPU, on one thread."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(path: Path) -> "InferenceSession":
    """The network of an ONNX file."""
    from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  # half a second

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_session(session: "InferenceSession", batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one output of a network with one input, without the batch dimension, which is 1."""
    name = session.get_inputs()[0].name
    return np.asarray(session.run(None, {name: batch})[0][0], dtype=np.float32)
