"""What a training run leaves to others: its best network and its discriminators, as safetensors of float16.

Generator, prior and discriminators that fit together are what others need to train on from here.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from torch import Tensor

from bfrbench.errors import InputError
from bfrbench.files import make_folder
from bfrbench.reference_model.checkpoint import Checkpoint, Weights, read_checkpoint, write_checkpoint
from bfrbench.reference_model.training.loop import read_state

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
    others = {f"-{part}": Checkpoint(weights) for part, weights in _discriminators(run).items()}
    written = []
    for suffix, part in ({"": best} | others).items():
        path = out / f"{name}{suffix}.safetensors"
        stored = {key: _stored(value) for key, value in part.weights.items()}
        write_checkpoint(path, replace(part, weights=stored))
        written.append(path)
    return written


def _discriminators(run: Path) -> dict[str, Weights]:
    networks = read_state(run / "checkpoint.pt")["networks"]
    return {part: networks[part] for part in _DISCRIMINATORS if networks.get(part)}


def _stored(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value
