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
from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.original import Architecture
from bfrbench.reference_model.state_dict import (
    PRIOR,
    load_network,
    load_prior,
    save_network,
    save_prior,
)

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
        replace(SMALL, sft=False),
        replace(SMALL, full_size_skip=True),
        replace(SMALL, input_gate=True),
        replace(SMALL, resample="fir", input_is_latent=False),
        replace(SMALL, resample="fir", full_size_skip=True),
        replace(SMALL, resample="fir", input_gate=True),
    ],
    ids=[
        "small",
        "multiplier_1",
        "128",
        "all_channels",
        "one_code",
        "no_sft",
        "skip",
        "gate",
        "v1",
        "v1_skip",
        "v1_gate",
    ],
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
        ours, theirs = back(faces).image, network(faces).image
    if config.resample == "bilinear":
        assert torch.equal(ours, theirs)
    else:  # v1's files hold weights without their gains, which rounds them once more
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


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


@pytest.mark.parametrize(("name", "resample"), [("v1", "fir"), ("bilinear", "bilinear")])
def test_files_of_the_original_architectures_look_alike_and_must_be_named(
    shared: Path, name: Architecture, resample: Resample
) -> None:
    path = shared / f"golden/checkpoints/c_{name}_64.pth"
    with pytest.raises(InputError, match=r"same names and shapes\. Name the architecture: v1 .* or bilinear"):
        load_network(path)
    told = GfpganConfig(**json.loads(path.with_suffix(".json").read_text())["kwargs"], resample=resample)
    assert load_network(path, architecture=name).config == told


def test_the_wrong_architecture_is_refused_where_names_tell(
    tmp_path: Path, weights: Weights, shared: Path
) -> None:
    with pytest.raises(InputError, match="has the names of the clean architecture, not of v1"):
        load_network(saved(tmp_path, weights), architecture="v1")
    with pytest.raises(InputError, match="is of an original architecture"):
        load_network(shared / "golden/checkpoints/c_v1_64.pth", architecture="clean")


def test_v1_is_written_under_its_own_names_and_says_what_it_is(
    tmp_path: Path, make_network: MakeNetwork, shared: Path
) -> None:
    official = shared / "golden/checkpoints/c_v1_64.pth"
    network = load_network(official, architecture="v1")
    save_network(network, tmp_path / "model.pth")
    theirs, ours = read_checkpoint(official).weights, read_checkpoint(tmp_path / "model.pth").weights
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-6, atol=0)
    assert load_network(tmp_path / "model.pth").config == network.config


@pytest.mark.parametrize("resample", ["bilinear", "fir"])
def test_a_prior_is_saved_and_loaded_alone_and_out_of_a_network(
    tmp_path: Path, make_network: MakeNetwork, resample: Resample
) -> None:
    network = make_network(replace(SMALL, resample=resample))
    save_network(network, tmp_path / "whole.pth")
    save_prior(network.stylegan_decoder, tmp_path / "prior.pth")
    codes = torch.ones(1, SMALL.num_codes, SMALL.num_style_feat)
    with torch.inference_mode():
        for name in ("whole", "prior"):
            prior = load_prior(tmp_path / f"{name}.pth")
            assert prior.config.resample == resample
            assert prior.config.out_size == SMALL.out_size
            torch.testing.assert_close(prior(codes), network.stylegan_decoder(codes), rtol=0, atol=1e-5)


def test_a_prior_is_told_from_other_files(tmp_path: Path, shared: Path) -> None:
    with pytest.raises(InputError, match="no StyleGAN2 generator: it holds a"):
        load_prior(saved(tmp_path, {"a": torch.ones(1)}))
    with pytest.raises(InputError, match="Name the architecture"):
        load_prior(shared / "golden/checkpoints/e_stylegan2_prior_64.pth")


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
        ("e_v1_with_prior_64", "holds no facial prior"),
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
            "is a CodeFormer.*spandrel:FILE.*`spandrel-extra-arches`",
        ),
        (
            ["encoder.conv_in.weight", "quant_conv.weight", "quantize.embedding.weight"],
            "is a RestoreFormer.*spandrel:FILE",
        ),
        (["conv_first.weight", "body.0.rdb1.conv1.weight"], "is a Real-ESRGAN.*spandrel:FILE"),
        (["conv1.weight", "layer1.0.bn0.weight", "fc5.weight"], "is an ArcFace"),
        (["what.weight", "ever.weight"], "is no GFP-GAN: it holds what.weight, ever.weight.*spandrel:FILE"),
        (["conv_body_first.0.weight"], "holds no facial prior"),
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
        (lambda w: {**w, "conv_body_down.9.conv1.weight": torch.ones(1)}, "unknown conv_body_down.9"),
        (lambda w: without(w, f"{PRIOR}to_rgbs.0.bias"), "fits no GFP-GAN: out_size is 16"),
        (lambda w: {**w, **{f"{PRIOR}to_rgbs.{i}.bias": torch.ones(1) for i in range(9)}}, "cannot be read"),
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
    original = saved(
        tmp_path, {"constant_input.weight": torch.ones(1), "style_conv1.activate.bias": torch.ones(1)}
    )
    with pytest.raises(InputError, match="is no StyleGAN2 of the clean architecture"):
        load_network(headless, prior=original)
    prior = tmp_path / "prior.pth"
    torch.save({k.removeprefix(PRIOR): v for k, v in weights.items() if k.startswith(PRIOR)}, prior)
    assert load_network(headless, prior=prior).config == SMALL
