"""A GFP-GAN in other formats, each checked to give the same images: safetensors, .pth, ONNX.

The ONNX network takes `lq`, N×3×S×S float32 RGB in [-1, 1], and gives `image`, the same. The prior's noise is
the maps stored in the checkpoint, as constants. `bfrbench restore -r onnx:FILE` runs it, as any runtime does.
"""

import copy
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bfrbench.errors import InputError, OutputError
from bfrbench.files import make_folder
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.state_dict import load_network, save_network

Floats = NDArray[np.float32]
Run = Callable[[Tensor], Floats]

TOLERANCE: Final = 1e-4
"""Greatest difference of any value in [-1, 1] that an export may show; a level of 255 is 8e-3."""

HALF_TOLERANCE: Final = 2e-2
"""The same for weights stored as float16."""


class _Images(nn.Module):
    """The network without its image pyramid, as one function of a batch."""

    def __init__(self, network: GfpganNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, lq: Tensor) -> Tensor:
        """N×3×S×S → N×3×S×S."""
        image: Tensor = self.network(lq, pyramid=False).image
        return image


def export(network: GfpganNetwork, path: Path, *, licence: str = "", half: bool = False) -> float:
    """Write the network in the format that the file's ending names; returns the greatest difference found.

    `half` stores weights as float16, half of the bytes; the network still computes in float32. The exported
    file is read back and run on two images beside the network; it is put in place only when all values are
    within TOLERANCE, or HALF_TOLERANCE. Raises InputError for another ending, OutputError when they are not.
    """
    if path.suffix not in FORMATS:
        raise InputError(f"{path} ends in {path.suffix!r}; it can be exported to {', '.join(FORMATS)}.")
    if half and path.suffix == ".onnx":
        raise InputError("float16 weights are for .safetensors and .pth alone.")
    network, tolerance = network.eval().float(), HALF_TOLERANCE if half else TOLERANCE
    size = network.config.out_size
    lq = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0
    with torch.inference_mode():
        expected = torch.cat([_Images(network)(image[None]) for image in lq]).numpy()
    make_folder(path.parent)
    with TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        made = Path(folder) / path.name
        stored = copy.deepcopy(network).half() if half else network
        run = FORMATS[path.suffix](stored, made, licence)
        difference = float(np.abs(np.concatenate([run(image[None]) for image in lq]) - expected).max())
        if not difference <= tolerance:
            raise OutputError(
                f"{path.name} was not written: its images differ from the network's by up to "
                f"{difference:.1e}, and {tolerance:.0e} is allowed."
            )
        made.replace(path)
    return difference


def _export_weights(network: GfpganNetwork, path: Path, licence: str) -> Run:
    del licence  # the file has no place for it
    save_network(network, path)
    again = _Images(load_network(path))

    def run(lq: Tensor) -> Floats:
        with torch.inference_mode():
            return np.asarray(again(lq).numpy())

    return run


def _export_onnx(network: GfpganNetwork, path: Path, licence: str) -> Run:
    import onnx  # noqa: PLC0415  # only for this format
    import onnxruntime  # noqa: PLC0415

    size = network.config.out_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's, about its own parts
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program: Any = torch.onnx.export(  # None only where no program is asked for
            _Images(network),
            (torch.zeros(2, 3, size, size),),
            input_names=["lq"],
            output_names=["image"],
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            dynamo=True,
            optimize=False,  # the runtime does, and the exporter's own pass fixes the batch at the example's
            verbose=False,
        )
    model = program.model_proto
    for node in model.graph.node:
        del node.metadata_props[:]  # stack traces, with the paths of this machine
    told = licence or "that of the weights it was exported from"
    onnx.helper.set_model_props(model, {"bfrbench.range": "-1..1", "bfrbench.licence": told})
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda lq: np.asarray(session.run(None, {"lq": lq.numpy()})[0])


FORMATS: Final = {".safetensors": _export_weights, ".pth": _export_weights, ".onnx": _export_onnx}
"""File ending → what writes such a file and gives a way to run it."""
