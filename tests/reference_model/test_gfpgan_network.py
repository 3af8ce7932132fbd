"""The whole network: official names and sizes, recorded outputs and gradients, determinism."""

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, fresh, outline
from bfrbench.reference_model.networks.layers import leaky_
from bfrbench.reference_model.networks.stylegan2 import seeded_noise
from bfrbench.reference_model.original import fan_in_scale, original_name, to_original
from bfrbench.reference_model.state_dict import load_network
from bfrbench.seeds import generator, key

SMALL = GfpganConfig(out_size=32, narrow=0.0625, num_style_feat=16, num_mlp=2)
TOLERANCE = 1e-4  # stated for float32 on the CPU
MakeNetwork = Callable[..., GfpganNetwork]
GOLDEN = {  # file → input_is_latent and architecture, which no file of the set says
    "a_clean_64": (True, "clean"),
    "b1_clean_128_all_false": (False, "clean"),
    "b2_clean_32_single_w": (True, "clean"),
    "b3_clean_32_zplus": (False, "clean"),
    "c_bilinear_64": (True, "bilinear"),
    "c_v1_64": (True, "v1"),
    "c_v1_32_latent_false": (False, "v1"),
    "d_module_prefix_clean_32": (True, "clean"),
    "e_clean_with_prior_32": (True, "clean"),
    "e_v1_with_prior_64": (True, "v1"),
}
PRIORS = {"e_clean_with_prior_32": "e_clean_prior_32", "e_v1_with_prior_64": "e_stylegan2_prior_64"}
V1 = GfpganConfig(channel_multiplier=1, resample="fir")


def golden_network(folder: Path, name: str) -> GfpganNetwork:
    latent, architecture = GOLDEN[name]
    prior = folder / f"{PRIORS[name]}.pth" if name in PRIORS else None
    return load_network(
        folder / f"{name}.pth", prior=prior, architecture=architecture, input_is_latent=latent
    )


def lq(config: GfpganConfig, batch: int = 2) -> torch.Tensor:
    size = config.out_size
    return torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize(
    ("file", "config"),
    [
        ("gfpganv1clean_512_cm2", GfpganConfig()),
        ("gfpganbilinear_512_cm2", GfpganConfig()),
        ("gfpganv1_512_cm1", V1),
    ],
)
def test_the_full_size_state_dict_is_the_official_one_key_by_key(
    shared: Path, file: str, config: GfpganConfig
) -> None:
    official = json.loads((shared / f"golden/state_dict_shapes/{file}.json").read_text())
    state = outline(config).state_dict()
    if "clean" in file:
        assert list(state) == list(official["shapes"])  # in their order, too
    else:
        state = to_original(state)
    assert {name: list(value.shape) for name, value in state.items()} == official["shapes"]


@pytest.mark.parametrize(
    ("file", "config"),
    [("stylegan2generatorclean_512_cm2", GfpganConfig()), ("stylegan2generator_512_cm1", V1)],
)
def test_the_full_size_prior_is_the_official_one_key_by_key(
    shared: Path, file: str, config: GfpganConfig
) -> None:
    official = json.loads((shared / f"golden/state_dict_shapes/{file}.json").read_text())
    state = outline(config).stylegan_decoder.state_dict()
    state = state if config.resample == "bilinear" else to_original(state)
    assert {name: list(value.shape) for name, value in state.items()} == official["shapes"]
    assert (
        sum(value.numel() for value in outline(config).stylegan_decoder.parameters()) == official["n_params"]
    )


@pytest.mark.parametrize(
    ("config", "keys", "parameters", "buffers"),
    [
        (GfpganConfig(), 285, 86_444_252, 699_024),
        (GfpganConfig(channel_multiplier=1), 285, 76_207_244, 699_024),
        (V1, 285, 76_207_244, 699_024),
        (GfpganConfig(out_size=128), 213, 76_485_292, 43_664),
        (GfpganConfig(out_size=256), 249, 81_882_484, 174_736),
        (GfpganConfig(out_size=1024), 321, 90_764_180, 2_796_176),
        (GfpganConfig(out_size=256, channel_multiplier=1, narrow=0.5), 249, 27_853_316, 174_736),
    ],
)
def test_parameters_are_as_many_as_published(
    config: GfpganConfig, keys: int, parameters: int, buffers: int
) -> None:
    network = outline(config)
    assert len(network.state_dict()) == keys
    assert sum(value.numel() for value in network.parameters()) == parameters
    assert sum(value.numel() for value in network.buffers()) == buffers


@pytest.mark.parametrize("name", GOLDEN)
def test_image_pyramid_and_codes_agree_with_recorded_outputs(shared: Path, name: str) -> None:
    folder = shared / "golden/checkpoints"
    network = golden_network(folder, name)
    codes: list[torch.Tensor] = []
    network.final_linear.register_forward_hook(lambda _module, _inputs, output: codes.append(output))
    with np.load(folder / f"{name}.io.npz") as golden, torch.inference_mode():
        x = torch.from_numpy(golden["x"])
        restored = network(x)
        alone = network(x[:1].contiguous(memory_format=torch.channels_last), pyramid=False)
        np.testing.assert_allclose(alone.image, golden["image"][:1], rtol=0, atol=TOLERANCE)
        assert alone.pyramid == []
        np.testing.assert_allclose(restored.image, golden["image"], rtol=0, atol=TOLERANCE)
        levels = [2**level for level in range(3, network.config.out_size.bit_length())]
        for level, image in zip(levels, restored.pyramid, strict=True):
            np.testing.assert_allclose(image, golden[f"rgb_{level}"], rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(codes[0][:1], golden["style_code"], rtol=0, atol=TOLERANCE)


def test_a_seeded_network_gives_the_values_it_always_gave(make_network: MakeNetwork) -> None:
    network = make_network()  # the same mathematics as the recorded outputs, where those are not at hand
    pixels = generator(key(0, "lq")).standard_normal((1, 3, 32, 32), dtype="float32").clip(-1, 1)
    with torch.inference_mode():
        image, pyramid = network(torch.from_numpy(pixels))
    np.testing.assert_allclose(image[0, :, 5, 9], [1.981941, -1.497652, 1.297711], atol=TOLERANCE)
    np.testing.assert_allclose([image.mean(), image.std()], [0.446350, 1.178216], atol=TOLERANCE)
    spread = [level.std() for level in pyramid]
    np.testing.assert_allclose(spread, [0.466560, 0.341663, 0.254346], atol=TOLERANCE)


@pytest.mark.parametrize("name", ["a_clean_64", "c_v1_64"])
def test_gradients_agree_with_recorded_norms(shared: Path, name: str) -> None:
    folder = shared / "golden/checkpoints"
    network = golden_network(folder, name)
    with np.load(folder / f"{name}.io.npz") as golden:
        x, target = (torch.from_numpy(golden[part]) for part in ("x", "grad_target"))
    restored = network(x)
    loss = (restored.image - target).abs().mean()
    for image in reversed(restored.pyramid):
        loss = loss + (image - target).abs().mean()
        target = F.interpolate(target, scale_factor=0.5, mode="bilinear", align_corners=False)
    loss.backward()
    recorded = json.loads((folder / f"{name}.json").read_text())
    assert loss.item() == pytest.approx(recorded["grad_loss"], rel=1e-5)
    norms = {}
    for key_of, value in network.named_parameters():
        # ours is theirs times a number: so is their gradient ours
        theirs, gain = original_name(key_of) if name.startswith("c_") else (key_of, 1.0)
        gain *= fan_in_scale(key_of, value) if name.startswith("c_") else 1.0
        norms[theirs] = None if value.grad is None else gain * value.grad.norm().item()
    assert norms.keys() == recorded["grad_l2_norm"].keys()
    for theirs, norm in recorded["grad_l2_norm"].items():
        if norm is None:
            assert norms[theirs] is None, theirs
        else:
            assert abs(norms[theirs] - norm) / max(norm, 1e-4) < 2e-3, theirs


@pytest.mark.parametrize("size", [32, 64, 256, 1024])
def test_any_size_restores_to_itself_with_a_pyramid_from_8_px(make_network: MakeNetwork, size: int) -> None:
    narrow = max(0.03125, size / 8192)
    network = make_network(GfpganConfig(out_size=size, narrow=narrow, num_style_feat=8, num_mlp=1))
    with torch.inference_mode():
        restored = network(lq(network.config, 1))
    assert restored.image.shape == (1, 3, size, size)
    assert restored.image.isfinite().all()
    sides = [image.shape[-1] for image in restored.pyramid]
    assert sides == [2**level for level in range(3, size.bit_length())]


@pytest.mark.parametrize("options", [{}, {"sft_half": False}, {"different_w": False}])
@pytest.mark.parametrize("latent", [True, False])
def test_an_image_is_restored_alike_alone_and_in_a_batch(
    make_network: MakeNetwork, options: dict[str, bool], latent: bool
) -> None:
    config = GfpganConfig(
        out_size=32, narrow=0.0625, num_style_feat=16, num_mlp=2, input_is_latent=latent, **options
    )
    network, faces = make_network(config), lq(config, 3)
    with torch.inference_mode():
        together = network(faces).image
        alone = torch.cat([network(face[None]).image for face in faces])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 0.01


@pytest.mark.parametrize("part", ["full_size_skip", "input_gate"])
def test_a_fresh_part_of_ours_changes_nothing(make_network: MakeNetwork, part: str) -> None:
    without = make_network(SMALL)
    network = fresh(replace(SMALL, **{part: True}), seed=0).eval()
    added = {name: value for name, value in network.state_dict().items() if part in name}
    network.load_state_dict(without.state_dict() | added)
    with torch.inference_mode():
        assert torch.equal(network(lq(SMALL)).image, without(lq(SMALL)).image)


def test_what_is_finer_than_half_the_size_comes_to_the_conditions_by_the_skip_at_full_size_alone(
    make_network: MakeNetwork,
) -> None:
    """A pattern that halving removes: without the skip, only what is not linear lets the way up see it."""
    checks = torch.ones(32, 32)
    checks[::2, ::2] = checks[1::2, 1::2] = -1
    faces = torch.zeros(2, 3, 32, 32)
    faces[1] = 1e-3 * checks

    def seen(network: GfpganNetwork) -> float:
        last: list[torch.Tensor] = []
        network.conditions = lambda features: last.append(features[-1]) or []
        with torch.inference_mode():
            network(faces)
        return float((last[0][1] - last[0][0]).abs().mean())

    without = seen(make_network(SMALL))
    skipping = seen(make_network(replace(SMALL, full_size_skip=True)))
    assert skipping > 3 * without


def test_the_gate_lets_the_input_pass_as_far_as_it_is_open() -> None:
    network = fresh(replace(SMALL, input_gate=True), seed=0).eval()
    faces = lq(SMALL)

    def opened(by: float) -> torch.Tensor:
        torch.nn.init.constant_(network.input_gate[0].bias, by)
        with torch.inference_mode():
            return network(faces).image

    shut = opened(0.0)
    torch.testing.assert_close(opened(20.0), faces)
    torch.testing.assert_close(opened(0.5), shut + math.tanh(0.5) * (faces - shut))


def test_the_gate_hears_every_size_of_the_features() -> None:
    network = fresh(replace(SMALL, input_gate=True), seed=0).eval()
    shut = network(lq(SMALL)).image
    for head in network.input_gate:
        with torch.inference_mode():
            head.weight += 0.1
            opened = network(lq(SMALL)).image
            head.weight -= 0.1
        assert (opened - shut).abs().max() > 1e-3


def test_a_call_draws_nothing(make_network: MakeNetwork) -> None:
    network = make_network()
    before = torch.random.get_rng_state()
    with torch.inference_mode():
        one, two = (network(lq(network.config)).image for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_seeded_noise_takes_the_place_of_the_stored_maps(make_network: MakeNetwork) -> None:
    network = make_network()
    faces, noise = lq(network.config), seeded_noise(network.config, 7)
    with torch.inference_mode():
        stored, seeded, again = (network(faces, maps).image for maps in (None, noise, noise))
        own = network(faces, list(network.stylegan_decoder.noises.buffers())).image
        each = network(faces, [layer.expand(len(faces), -1, -1, -1) for layer in noise]).image
    assert torch.equal(seeded, again)
    assert torch.equal(stored, own)
    assert not torch.equal(stored, seeded)
    torch.testing.assert_close(each, seeded)


def test_all_parts_but_the_bypassed_mapping_network_learn(make_network: MakeNetwork) -> None:
    latent = make_network()
    for config in (latent.config, replace(latent.config, input_is_latent=False)):
        network = make_network(config)
        restored = network(lq(config))
        (restored.image.square().mean() + sum(image.square().mean() for image in restored.pyramid)).backward()
        idle = {name for name, value in network.named_parameters() if value.grad is None}
        assert all(name.startswith("stylegan_decoder.style_mlp.") for name in idle)
        assert bool(idle) == config.input_is_latent


def test_a_copy_is_independent(make_network: MakeNetwork) -> None:
    network = make_network()
    twin = copy.deepcopy(network)
    with torch.no_grad():
        twin.conv_body_first.weight.zero_()
    assert network.conv_body_first.weight.abs().sum() > 0


@pytest.mark.slow  # PyTorch takes seconds to import its compiler
@pytest.mark.parametrize(
    "config", [SMALL, replace(SMALL, resample="fir", sft_half=False), replace(SMALL, sft=False)]
)
def test_the_network_compiles_as_one_graph(make_network: MakeNetwork, config: GfpganConfig) -> None:
    network = make_network(config)
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    for batch in (1, 2):
        with torch.inference_mode():
            faces = lq(config, batch)
            torch.testing.assert_close(compiled(faces).image, network(faces).image)


def test_channels_last_changes_the_layout_alone(make_network: MakeNetwork) -> None:
    plain, other = make_network(), make_network().to(memory_format=torch.channels_last)
    assert {k: v.shape for k, v in plain.state_dict().items()} == {
        k: v.shape for k, v in other.state_dict().items()
    }
    faces = lq(plain.config)
    with torch.inference_mode():
        torch.testing.assert_close(plain(faces).image, other(faces).image, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("dtype", "least"), [(torch.bfloat16, 35.0), (torch.float16, 55.0)])
@pytest.mark.parametrize("batch", [1, 2])
def test_half_precision_stays_near_float32(
    make_network: MakeNetwork, dtype: torch.dtype, least: float, batch: int
) -> None:
    network = make_network()
    faces, noise = lq(network.config, batch), seeded_noise(network.config, 1)
    with torch.inference_mode():
        full = network(faces, noise).image
        half = network.to(dtype)(faces.to(dtype), noise).image
    assert half.dtype == dtype
    peak = 2.0  # of [-1, 1]
    assert 10 * math.log10(peak**2 / (half.float() - full).square().mean()) > least


def test_a_fresh_network_depends_on_its_seed_alone_and_starts_at_the_prior() -> None:
    before = torch.random.get_rng_state()
    one, same, other = fresh(SMALL, seed=3), fresh(SMALL, seed=3), fresh(SMALL, seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.final_linear.weight, other.final_linear.weight)
    codes = torch.ones(1, SMALL.num_codes, SMALL.num_style_feat)
    features = [torch.randn(1, SMALL.unet_width(r), r, r) for r in SMALL.resolutions[1:]]
    torch.testing.assert_close(
        one.stylegan_decoder(codes, one.conditions(features)), one.stylegan_decoder(codes)
    )


@pytest.mark.parametrize("resample", ["bilinear", "fir"])
def test_fresh_networks_keep_their_variance(resample: Resample) -> None:
    config = GfpganConfig(out_size=64, narrow=0.125, num_style_feat=64, num_mlp=2, resample=resample)
    network, seen = fresh(config, seed=0), []
    for block in [*network.conv_body_down, *network.conv_body_up]:
        block.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        image, pyramid = network(lq(config))
    assert all(0.1 < features.square().mean().sqrt() < 3 for features in [*seen, image, *pyramid])


def test_without_sft_the_prior_sees_codes_alone(make_network: MakeNetwork) -> None:
    network = make_network(replace(SMALL, sft=False))
    assert not any(name.startswith("condition") for name in network.state_dict())
    with torch.inference_mode():
        skips = network.conv_body_down(leaky_(network.conv_body_first(lq(network.config))))
        codes = network.latent_codes(leaky_(network.final_conv(skips[0])))
        assert torch.equal(network(lq(network.config)).image, network.stylegan_decoder(codes))
