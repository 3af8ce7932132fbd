"""Official checkpoints: what a file is, which architecture it has, and the network with its weights."""

import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from bfrbench.errors import InputError
from bfrbench.files import few
from bfrbench.reference_model.checkpoint import Checkpoint, Weights, read_checkpoint, write_checkpoint
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, outline

PRIOR = "stylegan_decoder."  # what the names of the facial prior's weights begin with
_SPANDREL = "The `spandrel` library runs such files."

# A name that, of the networks users have, only this one holds → (what it is, what to do).
# The first that fits counts.
NOT_CLEAN_GFPGAN: dict[str, tuple[str, str]] = {
    "conv_body_first.0.weight": (
        "a GFP-GAN of the original architecture (the paper's v1, or the bilinear one: files look alike)",
        "Only the clean architecture is read: use the files of v1.2, v1.3 or v1.4.",
    ),
    "position_emb": (
        "a CodeFormer",
        "The `spandrel` library runs such files, with `spandrel-extra-arches` (non-commercial).",
    ),
    "quant_conv.weight": ("a RestoreFormer, or another network with a VQ codebook", _SPANDREL),
    "body.0.rdb1.conv1.weight": ("a Real-ESRGAN", _SPANDREL),
    "style_mlp.1.weight": (
        "a StyleGAN2 generator: the facial prior without a GFP-GAN around it",
        "Name it as the prior of a checkpoint that comes without one.",
    ),
    "conv_body.0.0.weight": ("a StyleGAN2 discriminator", "Only generators restore."),
    "conv5.0.weight": ("a discriminator of facial components", "Only generators restore."),
    "layer1.0.bn0.weight": ("an ArcFace recogniser", "Only generators restore."),
}


def load_network(
    path: Path, *, prior: Path | None = None, input_is_latent: bool | None = None
) -> GfpganNetwork:
    """Load a clean GFP-GAN in float32 on the CPU; the architecture is read off names and shapes.

    prior: a clean StyleGAN2 file, for checkpoints that hold all but the facial prior.
    input_is_latent: the one argument that leaves no trace in the weights. None: as the file says, if we
    wrote it, else True, as in every released file.

    Raises InputError, naming the file and what is wrong, for anything that is not such a checkpoint.
    """
    checkpoint = read_checkpoint(path)
    _refuse_others(checkpoint.weights, path)
    weights = _with_prior(checkpoint.weights, path, prior)
    told = checkpoint.input_is_latent if input_is_latent is None else input_is_latent
    config = replace(_architecture_of(weights, path), input_is_latent=told is not False)
    network = outline(config)
    _check(weights, network.state_dict(), path)
    network.load_state_dict({name: value.float() for name, value in weights.items()}, assign=True)
    return network.eval()


def save_network(network: GfpganNetwork, path: Path) -> None:
    """Write a network so that `load_network`, and the official tools, load it."""
    write_checkpoint(path, Checkpoint(network.state_dict(), network.config.input_is_latent))


def _refuse_others(weights: Weights, path: Path) -> None:
    for name, (what, advice) in NOT_CLEAN_GFPGAN.items():
        if name in weights:
            raise InputError(f"{path} is {what}. {advice}")
    if "conv_body_first.weight" not in weights:
        raise InputError(
            f"{path} is no GFP-GAN: it holds {few(weights, 2)}. "
            "The `spandrel` library knows many other restorers."
        )


def _with_prior(weights: Weights, path: Path, prior: Path | None) -> Weights:
    complete = any(name.startswith(PRIOR) for name in weights)
    if complete and prior is None:
        return weights
    if complete:
        raise InputError(f"{path} holds a facial prior of its own: leave out the prior {prior}.")
    if prior is None:
        raise InputError(
            f"{path} holds no facial prior ({PRIOR}*): name the StyleGAN2 file that it was trained with as "
            "the prior."
        )
    of_prior = read_checkpoint(prior).weights
    if "style_conv1.bias" not in of_prior:  # the original architecture has style_conv1.activate.bias
        raise InputError(f"{prior} is no StyleGAN2 of the clean architecture, as {path} needs for a prior.")
    return {**weights, **{PRIOR + name: value for name, value in of_prior.items()}}


def _architecture_of(weights: Weights, path: Path) -> GfpganConfig:
    try:
        return _read_architecture(weights)
    except InputError as error:
        raise InputError(f"{path} fits no GFP-GAN: {error}") from error
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{path} looks like a GFP-GAN, but its architecture cannot be read: {error} is missing or "
            "misshapen."
        ) from error


def _read_architecture(weights: Weights) -> GfpganConfig:
    # at 32 px no layer depends on channel_multiplier: it is the default there
    out_size = 4 << _count(weights, r"conv_body_down\.\d+\.conv1\.weight")
    num_style_feat = weights[PRIOR + "style_mlp.1.weight"].shape[0]
    narrow = weights[PRIOR + "constant_input.weight"].shape[1] / 512
    finest = 2 * weights["conv_body_first.weight"].shape[0]
    conditions, channels = weights["condition_scale.0.2.weight"].shape[:2]
    return GfpganConfig(
        out_size=out_size,
        num_style_feat=num_style_feat,
        channel_multiplier=finest * out_size / 16384 / narrow if out_size > 32 else 2,
        num_mlp=_count(weights, r"stylegan_decoder\.style_mlp\.\d+\.weight"),
        different_w=weights["final_linear.weight"].shape[0] != num_style_feat,
        narrow=narrow,
        sft_half=conditions == channels,
    )


def _count(weights: Weights, pattern: str) -> int:
    return sum(re.fullmatch(pattern, name) is not None for name in weights)


def _check(weights: Weights, expected: Weights, path: Path) -> None:
    """Raise InputError unless names, shapes and values are those of a network that can restore."""
    common = [name for name in expected if name in weights]
    wrong = {
        "lacks": [name for name in expected if name not in weights],
        "has the unknown": [name for name in weights if name not in expected],
        "has in another shape": [name for name in common if weights[name].shape != expected[name].shape],
        "has other than finite floats in": [name for name in common if not _is_usable(weights[name])],
    }
    found = [f"it {how} {few(names, 2)}" for how, names in wrong.items() if names]
    if found:
        raise InputError(f"{path} is not a whole clean GFP-GAN: {'; '.join(found)}.")


def _is_usable(value: Tensor) -> bool:
    if not value.is_floating_point() or value.layout != torch.strided or value.numel() == 0:
        return False
    # the ends are infinite or no number when any value is; far faster than asking each of them
    return all(bool(end.isfinite()) for end in value.aminmax())
