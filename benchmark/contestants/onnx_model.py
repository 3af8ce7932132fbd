"""`onnx:FILE`: a network of images in the ONNX format, through onnxruntime.

The network takes one N×3×H×W float32 input and gives N×3×sH×sW first. What black and white are to it, files
that `bfrbench export` wrote say themselves; for others say `onnx:FILE?range=0..1` or `?range=-1..1`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bfrbench.benchmark.contestants.sizes import Range, as_large_as, file_and_range
from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import check_image
from bfrbench.types import Image

RANGE_KEY: Final = "bfrbench.range"
"""The metadata entry in which `bfrbench export` says the range, as `-1..1`."""


@dataclass(frozen=True, slots=True)
class OnnxRestorer:
    """A restorer (see `types.Restorer`) around an onnxruntime session: one image at a time, one thread."""

    name: str
    session: Any
    range: Range
    weights_sha256: Mapping[str, str]
    device: str
    licence: str

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore N images; raises RestorerFailed for sizes that the network does not take."""
        return [self._restore(image) for image in batch]

    def _restore(self, image: Image) -> Image:
        check_image(image, f"an image for {self.name}")
        low, high = self.range
        x = image.transpose(2, 0, 1)[None].astype(np.float32) * np.float32((high - low) / 255.0) + np.float32(
            low
        )
        (wanted,) = self.session.get_inputs()
        for axis, have in zip(wanted.shape, x.shape, strict=True):
            if isinstance(axis, int) and axis != have:
                raise RestorerFailed(
                    f"{self.name} takes {'×'.join(map(str, wanted.shape))} (N×C×H×W), and this image has "
                    f"{image.shape[1]}×{image.shape[0]} px: align or resize it first."
                )
        y = np.asarray(self.session.run(None, {wanted.name: x})[0])
        if y.ndim != 4 or y.shape[1] != 3 or not np.isfinite(y).all():
            raise RestorerFailed(f"{self.name} gave {y.shape}, or values that are infinite or no numbers.")
        pixels = np.rint((np.clip(y[0], low, high) - low) * (255.0 / (high - low))).astype(np.uint8)
        return as_large_as(np.ascontiguousarray(pixels.transpose(1, 2, 0)), image, self.name)


def load_onnx(spec: str, *, device: str = "cpu") -> OnnxRestorer:
    """A restorer from `FILE` or `FILE?range=LOW..HIGH`.

    device: "cpu" or "cuda". Raises InputError for a file that onnxruntime does not read, a network that is
    not one of images, and a range that nobody says.
    """
    import onnxruntime  # noqa: PLC0415  # only for such files

    name, said = file_and_range(spec)
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{path} is not a file; it should be a network (.onnx).")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}.get(device.partition(":")[0])
    if provider not in onnxruntime.get_available_providers():
        raise InputError(f"onnxruntime has no device {device!r} here; use 'cpu', or install onnxruntime-gpu.")
    try:
        session = onnxruntime.InferenceSession(path, options, providers=[provider])
    except Exception as error:  # onnxruntime's exceptions have no common class of their own
        raise InputError(f"{path} cannot be read by onnxruntime: {error}") from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type != "tensor(float)":
        shapes = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise InputError(f"{path} takes {shapes}; a restorer takes one float input N×3×H×W.")
    metadata = session.get_modelmeta().custom_metadata_map
    _, told = file_and_range(f"x?range={metadata[RANGE_KEY]}") if RANGE_KEY in metadata else ("", None)
    chosen = said or told
    if chosen is None:
        raise InputError(
            f"{path} does not say what black and white are to it: say `onnx:{path}?range=0..1` or "
            f"`onnx:{path}?range=-1..1` (GFP-GAN exports of others use -1..1)."
        )
    return OnnxRestorer(
        name=path.stem,
        session=session,
        range=chosen,
        weights_sha256={path.name: sha256_file(path)},
        device=device,
        licence=metadata.get("bfrbench.licence", "unknown: see where the file comes from"),
    )
