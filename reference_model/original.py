"""The original classes of GFP-GAN (v1, bilinear) and StyleGAN2: their key names and their gains.

They scale weights as they compute: by 1/√fan_in (equalised learning rate), by the learning-rate multiplier
0.01 in the mapping network, by √2 after each leaky ReLU, by 1/√2 after each residual sum. All of it commutes
with a leaky ReLU, so that each tensor of ours is one of theirs times one number. (A gain of √2 and the 1/√2
of the sum cancel in the second convolution of a block.)
"""

import math
import re
from typing import Literal

from torch import Tensor

from bfrbench.reference_model.checkpoint import Weights
from bfrbench.reference_model.networks.config import Resample

ROOT2 = math.sqrt(2)

Architecture = Literal["clean", "v1", "bilinear"]
RESAMPLE: dict[Architecture, Resample] = {"clean": "bilinear", "v1": "fir", "bilinear": "bilinear"}

# Our name → theirs, and the gain on it; the first pattern that fits counts.
_ROWS: tuple[tuple[str, str, float], ...] = (
    (r"(conv_body_first|final_conv|conv_body_\w+\.\d+\.conv1)\.weight", r"\1.0.weight", ROOT2),
    (r"(conv_body_first|final_conv|conv_body_\w+\.\d+\.conv1)\.bias", r"\1.1.bias", ROOT2),
    (r"(conv_body_down\.\d+\.conv2)\.weight", r"\1.1.weight", 1.0),
    (r"(conv_body_down\.\d+\.conv2)\.bias", r"\1.2.bias", 1.0),
    (r"(conv_body_down\.\d+\.skip)\.weight", r"\1.1.weight", 1 / ROOT2),
    (r"(conv_body_up\.\d+\.conv2)\.bias", r"\1.activation.bias", 1.0),
    (r"(conv_body_up\.\d+\.skip\.weight)", r"\1", 1 / ROOT2),
    (r"(condition_\w+\.\d+\.0\.\w+)", r"\1", ROOT2),
    (r"((?:.+\.)?style_conv(?:1|s\.\d+)\.weight)", r"\1", ROOT2),  # strength of the noise
    (r"((?:.+\.)?style_conv(?:1|s\.\d+))\.bias", r"\1.activate.bias", ROOT2),
    (r"((?:.+\.)?style_mlp)\.(\d+)\.(\w+)", r"\1.{layer}.\3", 0.01 * ROOT2),
    (r"(.+)", r"\1", 1.0),
)


def is_original(weights: Weights) -> bool:
    """Whether names are those of an original class, of a whole GFP-GAN or of a prior alone.

    v1 and the bilinear GFP-GAN have the same names and shapes, so that no file can say which it is.
    """
    return "conv_body_first.0.weight" in weights or "style_conv1.activate.bias" in weights


def original_name(name: str) -> tuple[str, float]:
    """Their name for a tensor of ours, and the gain, without 1/√fan_in, that makes theirs ours."""
    for pattern, theirs, gain in _ROWS:
        found = re.fullmatch(pattern, name)
        if found:
            # the clean mapping network counts its activations as layers: 1, 3, 5, ... for 1, 2, 3, ...
            layer = (int(found[2]) + 1) // 2 if "{layer}" in theirs else 0
            return found.expand(theirs.replace("{layer}", str(layer))), gain
    raise KeyError(name)


def from_original(weights: Weights, ours: Weights) -> dict[str, Tensor]:
    """Their tensors under our names and in our shapes (those of `ours`), gains folded in, float32."""
    converted = {}
    for name, like in ours.items():
        theirs, gain = original_name(name)
        converted[name] = weights[theirs].float().reshape(like.shape) * (gain * fan_in_scale(name, like))
    return converted


def to_original(ours: Weights) -> dict[str, Tensor]:
    """Our tensors under their names and in their shapes, gains taken out: undoes `from_original`.

    Of an outline, names and shapes alone: dividing there does nothing but import seconds of code.
    """
    converted = {}
    for name, value in ours.items():
        theirs, gain = original_name(name)
        flat = value.flatten() if theirs.endswith("activate.bias") else value
        converted[theirs] = flat if flat.is_meta else flat / (gain * fan_in_scale(name, value))
    return converted


def fan_in_scale(name: str, value: Tensor) -> float:
    """1/√fan_in for the weights of a convolution or linear layer, 1 for all else."""
    if not name.endswith("weight") or value.ndim < 2 or "constant_input" in name:
        return 1.0
    return 1 / math.sqrt(math.prod(value.shape[2 if value.ndim == 5 else 1 :]))
