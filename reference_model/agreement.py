"""Does our GFP-GAN agree with the official one?

    python -m bfrbench.reference_model.agreement [SHARED] [--write FILE]

Prints or writes a Markdown table; the exit status is 1 when a row does not agree. Comparing with the class
that spandrel carries needs nothing. SHARED is a folder with `golden/`: outputs of gfpgan and basicsr for
small checkpoints of every class, and the names and shapes of the full-size ones.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from bfrbench.files import write_text
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, fresh, outline
from bfrbench.reference_model.original import Architecture, to_original
from bfrbench.reference_model.state_dict import load_network, load_prior

TOLERANCE = 1e-4  # of outputs in float32 on the CPU


@dataclass(frozen=True, slots=True)
class Row:
    """One of our values beside the official one."""

    of: str  # checkpoint, or class
    what: str
    ours: str
    official: str
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True)
class Golden:
    """A small checkpoint with recorded outputs, and what its file does not say."""

    name: str
    architecture: Architecture
    input_is_latent: bool = True
    prior: str | None = None


NETWORKS = (
    Golden("a_clean_64", "clean"),
    Golden("b1_clean_128_all_false", "clean", input_is_latent=False),
    Golden("b2_clean_32_single_w", "clean"),
    Golden("b3_clean_32_zplus", "clean", input_is_latent=False),
    Golden("c_bilinear_64", "bilinear"),
    Golden("c_v1_64", "v1"),
    Golden("c_v1_32_latent_false", "v1", input_is_latent=False),
    Golden("d_module_prefix_clean_32", "clean"),
    Golden("e_clean_with_prior_32", "clean", prior="e_clean_prior_32"),
    Golden("e_v1_with_prior_64", "v1", prior="e_stylegan2_prior_64"),
)
PRIORS = (Golden("e_clean_prior_32", "clean"), Golden("e_stylegan2_prior_64", "v1"))

_V1 = GfpganConfig(channel_multiplier=1, resample="fir")
FULL_SIZE = {  # file of names and shapes → (config, whether it is a prior alone)
    "gfpganv1clean_512_cm2": (GfpganConfig(), False),
    "gfpganbilinear_512_cm2": (GfpganConfig(), False),
    "gfpganv1_512_cm1": (_V1, False),
    "stylegan2generatorclean_512_cm2": (GfpganConfig(), True),
    "stylegan2generator_512_cm1": (_V1, True),
}


def against_spandrel() -> Iterator[Row]:
    """The clean class as spandrel carries it, with our weights, at 64 px."""
    from spandrel.architectures.GFPGAN import GFPGAN  # noqa: PLC0415  # takes seconds

    config = GfpganConfig(out_size=64, num_style_feat=64, num_mlp=2, narrow=0.125)
    network = alive(config)
    told = ("out_size", "num_style_feat", "channel_multiplier", "num_mlp", "input_is_latent", "different_w")
    settings = {name: getattr(config, name) for name in (*told, "narrow", "sft_half")}
    theirs = GFPGAN(**settings).eval()
    theirs.load_state_dict(network.state_dict())
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        ours, (image, pyramid) = network(x), theirs(x, randomize_noise=False)
    subject = f"GFPGANv1Clean of spandrel {version('spandrel')}, 64 px"
    yield outputs(subject, "image", ours.image, image)
    for level, (one, other) in enumerate(zip(ours.pyramid, pyramid, strict=True), start=3):
        yield outputs(subject, f"pyramid, {2**level} px", one, other)


def alive(config: GfpganConfig) -> GfpganNetwork:
    """A seeded network in which every weight matters: no bias and no strength of noise is zero."""
    network = fresh(config, seed=0).eval().requires_grad_(False)
    random = torch.Generator().manual_seed(1)
    for value in network.parameters():
        if value.min() == value.max():
            value.add_(torch.randn(value.shape, generator=random), alpha=0.02)
    return network


def golden_networks(golden: Path) -> Iterator[Row]:
    """Image, every level of the pyramid, and code of every small checkpoint."""
    for case in NETWORKS:
        file = golden / f"checkpoints/{case.name}.pth"
        network = load_network(
            file,
            prior=None if case.prior is None else file.with_name(f"{case.prior}.pth"),
            architecture=case.architecture,
            input_is_latent=case.input_is_latent,
        )
        recorded, codes = arrays(file), list[Tensor]()
        network.final_linear.register_forward_hook(lambda _m, _i, output, codes=codes: codes.append(output))
        with torch.inference_mode():
            image, pyramid = network(recorded["x"])
        yield outputs(case.name, "image", image, recorded["image"])
        for level in pyramid:
            side = level.shape[-1]
            yield outputs(case.name, f"pyramid, {side} px", level, recorded[f"rgb_{side}"])
        yield outputs(case.name, "code", codes[0][:1], recorded["style_code"])


def golden_priors(golden: Path) -> Iterator[Row]:
    """W, and images from one code, from codes of every layer, and from truncated ones."""
    for case in PRIORS:
        file = golden / f"checkpoints/{case.name}.pth"
        prior, recorded = load_prior(file, architecture=case.architecture), arrays(file)
        z, mean = recorded["z"], recorded["mean_latent"]
        with torch.inference_mode():
            made = {
                "w": prior.style_mlp(z),
                "image": prior(prior.codes(z)),
                "image_w_plus": prior(recorded["w_plus"]),
                "image_trunc06": prior(prior.codes(z, truncation=0.6, mean=mean)),
            }
        for name, value in made.items():
            yield outputs(case.name, name, value, recorded[name])


def full_size(golden: Path) -> Iterator[Row]:
    """Names and shapes, key by key, and counts of parameters."""
    for name, (config, alone) in FULL_SIZE.items():
        official = json.loads((golden / f"state_dict_shapes/{name}.json").read_text(encoding="utf-8"))
        network: nn.Module = outline(config)
        if alone:
            network = network.get_submodule("stylegan_decoder")
        state: Mapping[str, Tensor] = network.state_dict()
        if "clean" not in name:
            state = to_original(state)
        ours = {key: list(value.shape) for key, value in state.items()}
        unlike = sum(ours.get(key) != official["shapes"].get(key) for key in {*ours, *official["shapes"]})
        subject = f"{official['class_name']}, 512 px"
        yield Row(subject, "names and shapes", str(len(ours)), str(official["n_keys"]), unlike, 0)
        count = sum(value.numel() for value in network.parameters())
        off = abs(count - official["n_params"])
        yield Row(subject, "parameters", f"{count:,}", f"{official['n_params']:,}", off, 0)


def outputs(of: str, what: str, ours: Tensor, official: Tensor) -> Row:
    """The largest difference of two tensors, which are shown by their mean."""
    difference = (ours - official).abs().max().item()
    return Row(of, what, f"{ours.mean().item():.6f}", f"{official.mean().item():.6f}", difference, TOLERANCE)


def arrays(file: Path) -> dict[str, Tensor]:
    """What was recorded beside a checkpoint."""
    with np.load(file.with_suffix(".io.npz")) as recorded:
        return {name: torch.from_numpy(recorded[name]) for name in recorded.files}


def markdown(rows: Sequence[Row]) -> str:
    """The page."""
    lines = [
        f"| {r.of} | {r.what} | {r.ours} | {r.official} | {r.difference:.1e} | {r.tolerance:.0e} "
        f"| {'yes' if r.agrees else '**no**'} |"
        for r in rows
    ]
    return (
        "# Agreement of the reference model with the official GFP-GAN\n\n"
        "Made by `python -m bfrbench.reference_model.agreement`; do not edit. "
        f"{sum(r.agrees for r in rows)} of {len(rows)} rows agree. Checkpoints are small ones of the "
        "official classes (gfpgan 1.3.8, basicsr 1.4.2) with their recorded outputs; values are means over "
        "a tensor, the difference is the largest of any element.\n\n"
        "| of | what | ours | official | difference | tolerance | agrees |\n"
        "|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our GFP-GAN with the official one.")
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = list(against_spandrel())
    if options.shared is not None:
        golden = options.shared / "golden"
        rows += [*golden_networks(golden), *golden_priors(golden), *full_size(golden)]
    page = markdown(rows)
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if all(row.agrees for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
