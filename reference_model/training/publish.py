"""What a training run leaves to others: its best network and its discriminators, as safetensors of float16.

Generator, prior and discriminators that fit together are what others need to train on from here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from bfrbench.errors import InputError
from bfrbench.files import make_folder
from bfrbench.reference_model.checkpoint import Checkpoint, Weights, read_checkpoint, write_checkpoint

_DISCRIMINATORS: Final = ("discriminator", "components")


def publish(run: Path, out: Path, name: str) -> list[Path]:
    """Write OUT/NAME.safetensors, and OUT/NAME-discriminator.safetensors where the run has one.

    The network is best.pth, the discriminators are the last ones, as the generator met them. Raises
    InputError for a folder without a run in it.
    """
    if not (run / "best.pth").is_file() or not (run / "checkpoint.pt").is_file():
        raise InputError(f"{run} holds no best.pth and checkpoint.pt: is it a folder that `train` wrote?")
    make_folder(out)
    best = read_checkpoint(run / "best.pth")
    parts = {"": best.weights} | {f"-{part}": weights for part, weights in _discriminators(run).items()}
    written = []
    for suffix, weights in parts.items():
        path = out / f"{name}{suffix}.safetensors"
        latent = best.input_is_latent if not suffix else None
        write_checkpoint(path, Checkpoint({key: _stored(value) for key, value in weights.items()}, latent))
        written.append(path)
    return written


def _discriminators(run: Path) -> dict[str, Weights]:
    state: Mapping[str, Any] = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    return {part: state["networks"][part] for part in _DISCRIMINATORS if state["networks"].get(part)}


def _stored(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value
