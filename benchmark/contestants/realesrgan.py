"""Real-ESRGAN x4plus (Wang et al., ICCV workshops 2021): a strong restorer of any picture.

Its weights are public as ncnn's float16 file inside a package of the Python package index; the network is
spandrel's. It enlarges four times, and there are two ways to ask it for a face of the LQ's own size:

- `realesrgan-x4plus`: the LQ as it is, the output averaged back;
- `realesrgan-x4plus-quarter`: the LQ averaged to a quarter of its sides first, as upscalers of faces are used
  where LQs hold no more than that. It costs a sixteenth.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from bfrbench.benchmark.contestants.sizes import as_large_as
from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import read_bytes
from bfrbench.pixels import check_image, from_tensor, to_tensor
from bfrbench.types import Image, Restorer
from bfrbench.weights import WEIGHTS, find

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor

WEIGHTS_NAME: Final = "realesrgan-x4plus"
SHRINK: Final[Mapping[str, int]] = {"realesrgan-x4plus": 1, "realesrgan-x4plus-quarter": 4}
"""Restorer's name → what the LQ's sides are divided by before it is enlarged four times."""

_FEATURES, _GROWTH, _BLOCKS = 64, 32, 23
_FLOAT16: Final = 0x01306B47  # what ncnn writes before a layer's float16 weights


@dataclass(frozen=True, slots=True)
class RealEsrgan:
    """A restorer (see `types.Restorer`): one image at a time, one CPU thread."""

    name: str
    model: "ImageModelDescriptor[torch.nn.Module]"
    shrink: int
    device: str
    weights_sha256: Mapping[str, str]

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore N images; raises RestorerFailed for sides that the shrinking does not divide."""
        with reproducible():
            return [self._restore(image) for image in batch]

    def _restore(self, image: Image) -> Image:
        check_image(image, f"an image for {self.name}")
        height, width = image.shape[:2]
        if height % self.shrink or width % self.shrink:
            raise RestorerFailed(
                f"{self.name} needs sides that {self.shrink} divides, and this image has {width}×{height} px."
            )
        size = width // self.shrink, height // self.shrink
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        x = (to_tensor([small]).to(self.device, memory_format=torch.channels_last) + 1.0) / 2.0
        y = 2.0 * self.model(x) - 1.0
        return as_large_as(from_tensor(y.float().cpu())[0], image, self.name)


def builder(name: str, device: str = "cpu") -> Callable[[], Restorer]:
    """What builds the restorer of a row of `SHRINK`; it pickles.

    Raises WeightsUnavailable, at once, when its weights are not at hand.
    """
    find(WEIGHTS_NAME)
    return partial(load_realesrgan, name, device=device)


def load_realesrgan(name: str, *, device: str = "cpu") -> RealEsrgan:
    """Build a row of `SHRINK` from the weights at hand."""
    import spandrel  # noqa: PLC0415  # only for such restorers

    state = read_ncnn(find(WEIGHTS_NAME))
    model = spandrel.ModelLoader(device).load_from_state_dict(dict(state))
    if not isinstance(model, spandrel.ImageModelDescriptor):
        raise InputError(f"{WEIGHTS_NAME} is no restorer of images to this version of spandrel.")
    model.model.eval().to(memory_format=torch.channels_last)  # a fifth faster on a CPU
    row = WEIGHTS[WEIGHTS_NAME]
    return RealEsrgan(name, model, SHRINK[name], device, {row.file: row.sha256})


def read_ncnn(path: Path) -> dict[str, torch.Tensor]:
    """Read ncnn's file of x4plus as float32, by the names of Real-ESRGAN's own state dict.

    Layer by layer: a mark, the weights as float16, the biases as float32. Raises InputError when they are
    not those of this network.
    """
    data = read_bytes(path)
    state: dict[str, torch.Tensor] = {}
    place = 0
    for name, outputs, inputs in _convolutions():
        count = outputs * inputs * 9
        after = place + 4 + 2 * count + (2 * count) % 4
        if len(data) < after + 4 * outputs or int.from_bytes(data[place : place + 4], "little") != _FLOAT16:
            raise InputError(
                f"{path} does not hold Real-ESRGAN x4plus as ncnn's float16 file: {name} differs."
            )
        weights = np.frombuffer(data, "<f2", count, place + 4).reshape(outputs, inputs, 3, 3)
        biases = np.frombuffer(data, "<f4", outputs, after)
        state[f"{name}.weight"], state[f"{name}.bias"] = _tensor(weights), _tensor(biases)
        place = after + 4 * outputs
    if place != len(data):
        raise InputError(f"{path} holds more than Real-ESRGAN x4plus: it is another network.")
    return state


def _convolutions() -> Iterator[tuple[str, int, int]]:
    """(name, outputs, inputs) of every 3×3 convolution, in the file's order."""
    yield "conv_first", _FEATURES, 3
    for block in range(_BLOCKS):
        for dense in (1, 2, 3):
            for layer in range(1, 6):
                outputs = _GROWTH if layer < 5 else _FEATURES
                yield f"body.{block}.rdb{dense}.conv{layer}", outputs, _FEATURES + (layer - 1) * _GROWTH
    yield from ((name, _FEATURES, _FEATURES) for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"))
    yield "conv_last", 3, _FEATURES


def _tensor(values: NDArray[np.floating]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
