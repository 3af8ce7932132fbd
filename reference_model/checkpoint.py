"""Checkpoint files: read without running a line of what they hold, written whole or not at all."""

import io
import json
import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from bfrbench.errors import InputError
from bfrbench.files import write_bytes

Weights = Mapping[str, Tensor]

# What the weights lie under, the averaged ones (EMA) first, as every official tool prefers them.
CONTAINERS = ("params_ema", "params")
TOLD = ("input_is_latent", "architecture")  # what our own files say beside the weights
SAFETENSORS = ".safetensors"
# torch.load says so where a file is no archive, is cut short, or has a number changed inside.
_DAMAGE = (
    pickle.UnpicklingError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint file holds for us."""

    weights: Weights
    # Two things that leave no trace in the weights; files written by `write_checkpoint` say them.
    input_is_latent: bool | None = None
    architecture: str | None = None


def read_checkpoint(path: Path) -> Checkpoint:
    """Read named tensors from a PyTorch file: under `params_ema`, else under `params`, else bare; or from
    a file that ends in .safetensors.

    A prefix `module.` on every name (a network wrapped for several GPUs) is taken off. Nothing but
    tensors and plain values is unpickled. Raises InputError for a missing, empty or damaged file, one
    that holds Python objects, and one without named tensors.
    """
    content = _safetensors(path) if path.suffix == SAFETENSORS else unpickle(path)
    if not isinstance(content, Mapping):
        raise InputError(f"{path} holds a {type(content).__name__}, not the named tensors of a checkpoint.")
    held = [content[name] for name in CONTAINERS if isinstance(content.get(name), Mapping)]
    weights = held[0] if held else content
    for name, value in weights.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise InputError(
                f"{path} is not a checkpoint: its entry {name!r} is a {type(value).__name__}, not a tensor, "
                f"and there is no entry {' or '.join(CONTAINERS)}."
            )
    if not weights:
        raise InputError(f"{path} is a checkpoint without any tensor.")
    if all(name.startswith("module.") for name in weights):
        weights = {name.removeprefix("module."): value for name, value in weights.items()}
    latent, architecture = content.get("input_is_latent"), content.get("architecture")
    return Checkpoint(
        weights,
        latent if isinstance(latent, bool) else None,
        architecture if isinstance(architecture, str) else None,
    )


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a file that the official tools load too: weights under `params_ema`, on the CPU; or
    safetensors, if the path ends so."""
    weights = {name: value.detach().cpu().contiguous() for name, value in checkpoint.weights.items()}
    facts = {name: getattr(checkpoint, name) for name in TOLD}
    told = {name: fact for name, fact in facts.items() if fact is not None}
    if path.suffix == SAFETENSORS:
        write_bytes(path, save(weights, {name: json.dumps(fact) for name, fact in told.items()}))
        return
    data = io.BytesIO()
    torch.save({"params_ema": weights, **told}, data)
    write_bytes(path, data.getvalue())


def _safetensors(path: Path) -> object:
    _check_file(path)
    try:
        with safe_open(path, "pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
            told = {name: json.loads(fact) for name, fact in (file.metadata() or {}).items() if name in TOLD}
    except (SafetensorError, ValueError) as error:
        raise InputError(f"{path} is not a safetensors file, or is damaged or cut short.") from error
    return {"params": weights, **told}


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path} is not a file; it should be a checkpoint (.pth or .safetensors).")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is an empty file; fetch the checkpoint again.")


def unpickle(path: Path) -> object:
    """What torch.save wrote, on the CPU: tensors and plain values alone. Raises InputError for all else."""
    _check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other formats: the error that follows says it
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGE as error:
        wanted = re.search(r"nsupported (?:global|class)\W+(?:GLOBAL )?([\w.]+)", str(error), re.IGNORECASE)
        if wanted:
            raise InputError(
                f"{path} asks for the Python object {wanted[1]}, which weights do not need. Such a file can "
                "run any code, so it is not loaded: get the weights from a source you trust."
            ) from error
        raise InputError(
            f"{path} is not a PyTorch checkpoint, or is damaged or cut short; fetch it again."
        ) from error
    return content
