"""The one way judges compute: without gradients, on one thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@contextmanager
def reproducible() -> Iterator[None]:
    """Compute on one thread without gradients; the caller's number of threads comes back afterwards.

    Sums split among threads are rounded differently, so the number of threads would show in the scores.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def load_npz(path: Path) -> dict[str, Tensor]:
    """The arrays of an npz file as float32 tensors, by name; nothing pickled is ever loaded."""
    with np.load(path, allow_pickle=False) as file:
        tensors = {name: torch.from_numpy(file[name].astype(np.float32)) for name in file.files}
    return {name: channels_last(tensor) if tensor.dim() == 4 else tensor for name, tensor in tensors.items()}


def channels_last(tensor: Tensor) -> Tensor:
    """The same N×C×H×W values, a pixel's channels side by side: the CPU convolves and pools them faster."""
    return tensor.contiguous(memory_format=torch.channels_last)
