"""`torchscript:FILE?range=-1..1`: a network of images saved by torch.jit.

TorchScript is a program of tensor operations, not Python: loading a file runs none of its code, restoring
runs those operations. The network takes N×3×H×W float32 and gives N×3×sH×sW, or a tuple that begins with it.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bfrbench.benchmark.contestants.sizes import Range, as_large_as, file_and_range
from bfrbench.benchmark.judges.arithmetic import reproducible
from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import check_image, from_tensor, to_tensor
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class TorchscriptRestorer:
    """A restorer (see `types.Restorer`) around a TorchScript module: one image at a time, one CPU thread."""

    name: str
    module: torch.jit.ScriptModule
    range: Range
    weights_sha256: Mapping[str, str]
    device: str

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore N images."""
        with reproducible():
            return [self._restore(image) for image in batch]

    def _restore(self, image: Image) -> Image:
        check_image(image, f"an image for {self.name}")
        low, high = self.range
        x = (to_tensor([image]).to(self.device) + 1.0) * ((high - low) / 2.0) + low
        y = self.module(x)
        y = y[0] if isinstance(y, (tuple, list)) else y
        if not isinstance(y, Tensor) or y.dim() != 4 or y.shape[1] != 3 or not y.isfinite().all():
            raise RestorerFailed(f"{self.name} gave no finite N×3×H×W image.")
        restored = from_tensor((y.float().cpu() - low) * (2.0 / (high - low)) - 1.0)[0]
        return as_large_as(restored, image, self.name)


def load_torchscript(spec: str, *, device: str = "cpu") -> TorchscriptRestorer:
    """A restorer from `FILE?range=LOW..HIGH`; raises InputError for a file that torch.jit does not read."""
    name, said = file_and_range(spec)
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{path} is not a file; it should be a TorchScript module (.pt).")
    if said is None:
        raise InputError(
            f"{path} does not say what black and white are to it: say `torchscript:{path}?range=0..1` or "
            f"`torchscript:{path}?range=-1..1`."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # PyTorch's, to those who export
            module = torch.jit.load(str(path), map_location=device).eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{path} is no TorchScript module, or is damaged; export it again.") from error
    return TorchscriptRestorer(path.stem, module, said, {path.name: sha256_file(path)}, device)
