"""Official checkpoints: what a file is, which architecture it has, and the network with its weights."""

import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from bfrbench.errors import InputError
from bfrbench.files import few
from bfrbench.reference_model.checkpoint import Checkpoint, Weights, read_checkpoint, write_checkpoint
from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, outline
from bfrbench.reference_model.networks.stylegan2 import FacialPrior
from bfrbench.reference_model.original import (
    RESAMPLE,
    Architecture,
    from_original,
    is_original,
    to_original,
)

PRIOR = "stylegan_decoder."  # what the names of the facial prior's weights begin with
_SPANDREL = "Other people's restorers run as `--restorer spandrel:FILE`."

# A name that, of the networks users have, only this one holds → (what it is, what to do).
# The first that fits counts.
NOT_GFPGAN: dict[str, tuple[str, str]] = {
    "position_emb": (
        "a CodeFormer",
        "It runs as `--restorer spandrel:FILE`, with `spandrel-extra-arches` installed (non-commercial).",
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
    path: Path,
    *,
    prior: Path | None = None,
    architecture: Architecture | None = None,
    input_is_latent: bool | None = None,
) -> GfpganNetwork:
    """Load a GFP-GAN in float32 on the CPU; its numbers are read off names and shapes.

    prior: a StyleGAN2 file, for checkpoints that hold all but the facial prior.
    architecture: needed for files of the original classes, since v1's and the bilinear one's look alike.
    input_is_latent: leaves no trace in the weights either. None: as the file says, if we wrote it, else
    True, as in every released file.

    Raises InputError, naming the file and what is wrong, for anything that is not such a checkpoint.
    """
    checkpoint = read_checkpoint(path)
    _refuse_others(checkpoint.weights, path)
    weights = _with_prior(checkpoint.weights, path, prior)
    resolved = _architecture(checkpoint, architecture, path)
    told = checkpoint.input_is_latent if input_is_latent is None else input_is_latent
    config = _read_config(weights, path)
    network = outline(replace(config, input_is_latent=told is not False, resample=RESAMPLE[resolved]))
    _fill(network, weights, path)
    return network


def load_prior(
    path: Path, *, architecture: Architecture | None = None, resample: Resample | None = None
) -> FacialPrior:
    """Load a StyleGAN2 generator in float32 on the CPU: a file of its own, or the prior in a GFP-GAN.

    resample: what an official file is taken to be, which does not say it, where `architecture` does not.

    `prior(prior.codes(z))` draws samples. Raises InputError for any other file.
    """
    checkpoint = read_checkpoint(path)
    weights = _prior_of(checkpoint.weights) or checkpoint.weights
    if "constant_input.weight" not in weights:
        raise InputError(f"{path} is no StyleGAN2 generator: it holds {few(weights, 2)}.")
    checkpoint = replace(checkpoint, weights=weights)
    if resample and is_original(weights) and checkpoint.architecture is None:
        checkpoint = replace(checkpoint, architecture="v1" if resample == "fir" else "bilinear")
    resolved = _architecture(checkpoint, architecture, path)
    config = replace(_read_config(weights, path), resample=RESAMPLE[resolved])
    with torch.device("meta"):
        prior = FacialPrior(config)
    _fill(prior, weights, path)
    return prior


def save_network(network: GfpganNetwork, path: Path) -> None:
    """Write a network so that `load_network`, and the official tools, load it: v1 under v1's names."""
    _save(network, network.config, path)


def save_prior(prior: FacialPrior, path: Path) -> None:
    """Write a facial prior as a StyleGAN2 file, which `load_prior` and the official tools load."""
    _save(prior, prior.config, path)


def _save(network: nn.Module, config: GfpganConfig, path: Path) -> None:
    weights: Weights = network.state_dict()
    if config.resample == "fir":
        checkpoint = Checkpoint(to_original(weights), config.input_is_latent, "v1")
    else:
        checkpoint = Checkpoint(weights, config.input_is_latent)
    write_checkpoint(path, checkpoint)


def _refuse_others(weights: Weights, path: Path) -> None:
    for name, (what, advice) in NOT_GFPGAN.items():
        if name in weights:
            raise InputError(f"{path} is {what}. {advice}")
    if "conv_body_first.weight" not in weights and not is_original(weights):
        raise InputError(f"{path} is no GFP-GAN: it holds {few(weights, 2)}. {_SPANDREL}")


def _architecture(checkpoint: Checkpoint, asked: Architecture | None, path: Path) -> Architecture:
    said = asked or checkpoint.architecture
    if not is_original(checkpoint.weights):
        if said in (None, "clean"):
            return "clean"
        raise InputError(f"{path} has the names of the clean architecture, not of {said}.")
    match said:
        case "v1" | "bilinear":
            return said
    raise InputError(
        f"{path} is of an original architecture, and no such file says which: the paper's v1 and the "
        "bilinear one have the same names and shapes. Name the architecture: v1 (that of GFPGANv1.pth and "
        "of the StyleGAN2 released with it) or bilinear (that of GFPGANBilinear)."
    )


def _prior_of(weights: Weights) -> Weights:
    return {name.removeprefix(PRIOR): value for name, value in weights.items() if name.startswith(PRIOR)}


def _with_prior(weights: Weights, path: Path, prior: Path | None) -> Weights:
    complete = bool(_prior_of(weights))
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
    if "constant_input.weight" not in of_prior or is_original(of_prior) is not is_original(weights):
        kind = "original" if is_original(weights) else "clean"
        raise InputError(f"{prior} is no StyleGAN2 of the {kind} architecture, as {path} needs for a prior.")
    return {**weights, **{PRIOR + name: value for name, value in of_prior.items()}}


def _read_config(weights: Weights, path: Path) -> GfpganConfig:
    try:
        prior = _prior_of(weights)
        return _network_config(weights, _prior_config(prior)) if prior else _prior_config(weights)
    except InputError as error:
        raise InputError(f"{path} fits no GFP-GAN: {error}") from error
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{path} looks like a GFP-GAN, but its architecture cannot be read: {error} is missing or "
            "misshapen."
        ) from error


def _prior_config(weights: Weights) -> GfpganConfig:
    # at 32 px no layer depends on channel_multiplier: it is the default there
    levels = _count(weights, r"to_rgbs\.\d+\.bias")
    out_size = 4 << levels
    narrow = weights["constant_input.weight"].shape[1] / 512
    finest = weights[f"to_rgbs.{levels - 1}.modulated_conv.weight"].shape[2]
    return GfpganConfig(
        out_size=out_size,
        num_style_feat=weights["style_mlp.1.weight"].shape[0],
        channel_multiplier=finest * out_size / 16384 / narrow if out_size > 32 else 2,
        num_mlp=_count(weights, r"style_mlp\.\d+\.weight"),
        narrow=narrow,
    )


def _network_config(weights: Weights, prior: GfpganConfig) -> GfpganConfig:
    head = weights.get("condition_scale.0.2.weight")
    return replace(
        prior,
        different_w=weights["final_linear.weight"].shape[0] != prior.num_style_feat,
        sft=head is not None,
        sft_half=head is None or head.shape[0] == head.shape[1],
        full_size_skip="full_size_skip.weight" in weights,
        input_gate="input_gate.0.weight" in weights,
    )


def _count(weights: Weights, pattern: str) -> int:
    return sum(re.fullmatch(pattern, name) is not None for name in weights)


def _fill(network: nn.Module, weights: Weights, path: Path) -> None:
    """Put the weights into a network that has none yet, and set it to restore."""
    ours: Weights = network.state_dict()
    if is_original(weights):
        _check(weights, to_original(ours), path)
        values = from_original(weights, ours)
    else:
        _check(weights, ours, path)
        values = {name: value.float() for name, value in weights.items()}
    network.load_state_dict(values, assign=True)
    network.eval()


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
        raise InputError(f"{path} is not whole: {'; '.join(found)}.")


def _is_usable(value: Tensor) -> bool:
    if not value.is_floating_point() or value.layout != torch.strided or value.numel() == 0:
        return False
    # the ends are infinite or no number when any value is; far faster than asking each of them
    return all(bool(end.isfinite()) for end in value.float().aminmax())
