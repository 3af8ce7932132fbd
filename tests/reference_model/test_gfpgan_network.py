"""The whole network: official names and sizes, recorded outputs and gradients, determinism."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, outline
from bfrbench.reference_model.networks.stylegan2 import seeded_noise
from bfrbench.reference_model.state_dict import load_network
from bfrbench.seeds import generator, key

TOLERANCE = 1e-4  # stated for float32 on the CPU
MakeNetwork = Callable[..., GfpganNetwork]
GOLDEN = {  # file → input_is_latent, which no file of the set says
    "a_clean_64": True,
    "b1_clean_128_all_false": False,
    "b2_clean_32_single_w": True,
    "b3_clean_32_zplus": False,
    "d_module_prefix_clean_32": True,
    "e_clean_with_prior_32": True,
}


def lq(config: GfpganConfig, batch: int = 2) -> torch.Tensor:
    size = config.out_size
    return torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_full_size_state_dict_is_the_official_one_key_by_key(shared: Path) -> None:
    official = json.loads((shared / "golden/state_dict_shapes/gfpganv1clean_512_cm2.json").read_text())
    ours = {name: list(value.shape) for name, value in outline(GfpganConfig()).state_dict().items()}
    assert list(ours.items()) == list(official["shapes"].items())


@pytest.mark.parametrize(
    ("config", "keys", "parameters", "buffers"),
    [
        (GfpganConfig(), 285, 86_444_252, 699_024),
        (GfpganConfig(channel_multiplier=1), 285, 76_207_244, 699_024),
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
    prior = folder / "e_clean_prior_32.pth" if name.startswith("e_") else None
    network = load_network(folder / f"{name}.pth", prior=prior, input_is_latent=GOLDEN[name])
    codes: list[torch.Tensor] = []
    network.final_linear.register_forward_hook(lambda _module, _inputs, output: codes.append(output))
    with np.load(folder / f"{name}.io.npz") as golden, torch.inference_mode():
        restored = network(torch.from_numpy(golden["x"]))
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


def test_gradients_agree_with_recorded_norms(shared: Path) -> None:
    folder = shared / "golden/checkpoints"
    network = load_network(folder / "a_clean_64.pth")
    with np.load(folder / "a_clean_64.io.npz") as golden:
        x, target = (torch.from_numpy(golden[name]) for name in ("x", "grad_target"))
    restored = network(x)
    loss = (restored.image - target).abs().mean()
    for image in reversed(restored.pyramid):
        loss = loss + (image - target).abs().mean()
        target = F.interpolate(target, scale_factor=0.5, mode="bilinear", align_corners=False)
    loss.backward()
    recorded = json.loads((folder / "a_clean_64.json").read_text())
    assert loss.item() == pytest.approx(recorded["grad_loss"], rel=1e-5)
    ours = {name: value.grad for name, value in network.named_parameters()}
    assert ours.keys() == recorded["grad_l2_norm"].keys()
    for name, norm in recorded["grad_l2_norm"].items():
        if norm is None:
            assert ours[name] is None, name
        else:
            assert abs(ours[name].norm().item() - norm) / max(norm, 1e-4) < 2e-3, name


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
def test_the_network_compiles_as_one_graph(make_network: MakeNetwork) -> None:
    network = make_network()
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    with torch.inference_mode():
        assert torch.equal(compiled(lq(network.config)).image, network(lq(network.config)).image)
