"""From a file to a network: architectures read off, round trips, other files told apart."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench.errors import InputError
from bfrbench.reference_model.checkpoint import read_checkpoint
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.state_dict import PRIOR, load_network, save_network

MakeNetwork = Callable[..., GfpganNetwork]
Weights = dict[str, torch.Tensor]
SMALL = GfpganConfig(out_size=32, narrow=0.0625, num_style_feat=16, num_mlp=2)


@pytest.fixture(scope="module")
def weights(make_network: MakeNetwork) -> Weights:
    return make_network(SMALL).state_dict()


def saved(folder: Path, weights: Weights) -> Path:
    torch.save({"params_ema": weights}, folder / "model.pth")
    return folder / "model.pth"


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, out_size=64, channel_multiplier=1),
        replace(SMALL, out_size=128, channel_multiplier=2, narrow=0.03125),
        replace(SMALL, num_mlp=5, num_style_feat=24, sft_half=False),
        replace(SMALL, different_w=False, input_is_latent=False),
    ],
    ids=["small", "multiplier_1", "128", "all_channels", "one_code"],
)
def test_a_saved_network_comes_back_with_its_architecture_and_its_outputs(
    tmp_path: Path, make_network: MakeNetwork, config: GfpganConfig
) -> None:
    network = make_network(config)
    save_network(network, tmp_path / "model.pth")
    back = load_network(tmp_path / "model.pth")
    assert back.config == config
    assert not back.training
    faces = torch.rand(1, 3, config.out_size, config.out_size)
    with torch.inference_mode():
        assert torch.equal(back(faces).image, network(faces).image)


@pytest.mark.parametrize(
    "name",
    [
        "a_clean_64",
        "b1_clean_128_all_false",
        "b2_clean_32_single_w",
        "b3_clean_32_zplus",
        "d_module_prefix_clean_32",
    ],
)
def test_official_files_give_their_architecture(shared: Path, name: str) -> None:
    folder = shared / "golden/checkpoints"
    told = GfpganConfig(**json.loads((folder / f"{name}.json").read_text())["kwargs"])
    # two things leave no trace in a file: what the codes are, and at 32 px the multiplier
    told = replace(told, input_is_latent=True, channel_multiplier=2)
    assert load_network(folder / f"{name}.pth").config == told


def test_averaged_weights_are_preferred_to_the_others(shared: Path) -> None:
    path = shared / "golden/checkpoints/a_clean_64.pth"
    with np.load(path.with_suffix(".io.npz")) as golden, torch.inference_mode():
        image = load_network(path)(torch.from_numpy(golden["x"])).image.numpy()
        assert np.abs(image - golden["image"]).max() < 1e-4
        assert np.abs(image - golden["image_params"]).max() > 0.1


def test_a_prior_of_its_own_file_completes_a_network(shared: Path) -> None:
    folder = shared / "golden/checkpoints"
    network = load_network(folder / "e_clean_with_prior_32.pth", prior=folder / "e_clean_prior_32.pth")
    prior = read_checkpoint(folder / "e_clean_prior_32.pth").weights
    held = network.stylegan_decoder.state_dict()
    assert held.keys() == prior.keys()
    assert all(torch.equal(held[name], prior[name]) for name in prior)


def test_half_precision_files_become_float32(tmp_path: Path, weights: Weights) -> None:
    path = saved(tmp_path, {name: value.half() for name, value in weights.items()})
    assert {value.dtype for value in load_network(path).state_dict().values()} == {torch.float32}


def test_what_the_codes_are_can_be_said(tmp_path: Path, make_network: MakeNetwork) -> None:
    path = tmp_path / "model.pth"
    save_network(make_network(replace(SMALL, input_is_latent=False)), path)
    assert not load_network(path).config.input_is_latent
    assert load_network(path, input_is_latent=True).config.input_is_latent
    torch.save(torch.load(path, weights_only=True)["params_ema"], path)
    assert load_network(path).config.input_is_latent  # as in every released file
    assert not load_network(path, input_is_latent=False).config.input_is_latent


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("c_v1_64", "GFP-GAN of the original architecture .* v1.2, v1.3 or v1.4"),
        ("c_bilinear_64", "GFP-GAN of the original architecture"),
        ("e_v1_with_prior_64", "GFP-GAN of the original architecture"),
        ("e_clean_prior_32", "is a StyleGAN2 generator"),
        ("e_stylegan2_prior_64", "is a StyleGAN2 generator"),
        ("e_clean_with_prior_32", "holds no facial prior"),
        ("stylegan2_discriminator", "is a StyleGAN2 discriminator"),
        ("facial_component_discriminator_fp16", "is a discriminator of facial components"),
    ],
)
def test_other_official_files_are_told_apart(shared: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=f"{name}.pth {said}|{name}.pth is a {said}"):
        load_network(shared / f"golden/checkpoints/{name}.pth")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            ["position_emb", "feat_emb.weight", "quantize.embedding.weight"],
            "is a CodeFormer.*`spandrel-extra-arches`",
        ),
        (
            ["encoder.conv_in.weight", "quant_conv.weight", "quantize.embedding.weight"],
            "is a RestoreFormer.*`spandrel`",
        ),
        (["conv_first.weight", "body.0.rdb1.conv1.weight"], "is a Real-ESRGAN.*`spandrel`"),
        (["conv1.weight", "layer1.0.bn0.weight", "fc5.weight"], "is an ArcFace"),
        (["what.weight", "ever.weight"], "is no GFP-GAN: it holds what.weight, ever.weight.*`spandrel`"),
        (["conv_body_first.0.weight"], "GFP-GAN of the original architecture"),
    ],
    ids=["codeformer", "restoreformer", "esrgan", "arcface", "unknown", "v1"],
)
def test_other_networks_are_refused_by_name(tmp_path: Path, names: list[str], said: str) -> None:
    with pytest.raises(InputError, match=f"model.pth {said}|model.pth is a {said}"):
        load_network(saved(tmp_path, {name: torch.ones(1) for name in names}))


def without(weights: Weights, name: str) -> Weights:
    return {key: value for key, value in weights.items() if key != name}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: without(w, "toRGB.1.bias"), "it lacks toRGB.1.bias"),
        (lambda w: {**w, "more": torch.ones(1)}, "it has the unknown more"),
        (lambda w: {**w, "toRGB.1.bias": torch.ones(4)}, "it has in another shape toRGB.1.bias"),
        (lambda w: {**w, "toRGB.1.bias": torch.tensor([1.0, 2.0, np.nan])}, "finite floats in toRGB.1.bias"),
        (lambda w: {**w, "toRGB.1.bias": torch.tensor([1.0, -np.inf, 0])}, "finite floats in toRGB.1.bias"),
        (lambda w: {**w, "toRGB.1.bias": torch.ones(3).to_sparse()}, "finite floats in toRGB.1.bias"),
        (lambda w: {**w, "toRGB.1.bias": torch.ones(0)}, "it has in another shape toRGB.1.bias"),
        (lambda w: {**w, "toRGB.1.bias": torch.tensor([1, 2, 3])}, "finite floats in toRGB.1.bias"),
        (lambda w: without(w, "final_linear.weight"), "'final_linear.weight' is missing"),
        (lambda w: {**w, "final_linear.weight": torch.tensor(1.0)}, "cannot be read"),
        (lambda w: {**w, f"{PRIOR}constant_input.weight": torch.ones(1, 0, 4, 4)}, "fits no GFP-GAN: narrow"),
        (lambda w: {**w, "conv_body_down.9.conv1.weight": torch.ones(1)}, "conv_body_down"),
        (lambda w: {**w, **{f"conv_body_down.{i}.conv1.weight": torch.ones(1) for i in range(9)}}, "2048"),
    ],
)
def test_a_network_that_is_not_whole_is_refused(
    tmp_path: Path, weights: Weights, change: Callable[[Weights], Weights], said: str
) -> None:
    with pytest.raises(InputError, match=f"model.pth .*{said}"):
        load_network(saved(tmp_path, change(weights)))


def test_a_prior_must_be_missing_and_a_clean_stylegan2(tmp_path: Path, weights: Weights) -> None:
    whole = saved(tmp_path, weights)
    with pytest.raises(InputError, match="holds a facial prior of its own"):
        load_network(whole, prior=whole)
    headless = tmp_path / "headless.pth"
    torch.save({k: v for k, v in weights.items() if not k.startswith(PRIOR)}, headless)
    with pytest.raises(InputError, match=r"model\.pth is no StyleGAN2 .*headless\.pth needs"):
        load_network(headless, prior=whole)
    prior = tmp_path / "prior.pth"
    torch.save({k.removeprefix(PRIOR): v for k, v in weights.items() if k.startswith(PRIOR)}, prior)
    assert load_network(headless, prior=prior).config == SMALL
