"""The prior: modulated convolution against its definition, the generator against recorded outputs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks.config import GfpganConfig, Resample
from bfrbench.reference_model.networks.stylegan2 import FacialPrior, ModulatedConv, seeded_noise
from bfrbench.reference_model.state_dict import load_prior

TOLERANCE = 1e-4  # stated for float32 on the CPU


def doubled(features: torch.Tensor, kernel: torch.Tensor, upsample: Resample | None) -> torch.Tensor:
    """The convolution as StyleGAN2 (FIR after a transposed one) and the clean class define it."""
    if upsample == "fir":
        fir = torch.tensor([1.0, 3.0, 3.0, 1.0]).double() / 4
        spread = F.conv_transpose2d(features, kernel.transpose(0, 1), stride=2)
        stencil = (fir[:, None] * fir).expand(len(kernel), 1, 4, 4)
        return F.conv2d(spread, stencil, padding=1, groups=len(kernel))
    if upsample == "bilinear":
        features = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
    return F.conv2d(features, kernel, padding=kernel.shape[-1] // 2)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize(("kernel_size", "upsample"), [(1, None), (3, None), (3, "bilinear"), (3, "fir")])
def test_modulated_convolution_is_one_kernel_for_each_image(
    kernel_size: int, upsample: Resample | None, demodulate: bool
) -> None:
    torch.manual_seed(1)
    conv = ModulatedConv(6, 4, kernel_size, 5, demodulate=demodulate, upsample=upsample, gain=3.0).double()
    features, codes = torch.randn(3, 6, 8, 8).double(), torch.randn(3, 5).double()
    expected = []
    for image, code in zip(features, codes, strict=True):
        kernel = conv.weight * conv.modulation(code)[:, None, None]
        if demodulate:
            kernel = kernel / kernel.square().sum(dim=(1, 2, 3), keepdim=True).add(1e-8).sqrt()
        expected.append(3 * doubled(image[None], kernel, upsample))
    torch.testing.assert_close(conv(features, codes), torch.cat(expected), rtol=1e-10, atol=1e-10)
    alone = [conv(image[None], code[None]) for image, code in zip(features, codes, strict=True)]
    torch.testing.assert_close(torch.cat(alone), torch.cat(expected), rtol=1e-10, atol=1e-10)


def test_half_floats_do_not_overflow_between_modulation_and_demodulation() -> None:
    torch.manual_seed(1)
    conv = ModulatedConv(256, 8, 3, 5).half()
    conv.modulation.bias.data.fill_(2000.0)
    features, codes = torch.full((2, 256, 8, 8), 20.0).half(), torch.zeros(2, 5).half()
    with torch.inference_mode():
        assert conv(features, codes).isfinite().all()
        torch.testing.assert_close(
            conv(features, codes)[:1], conv(features[:1], codes[:1]), rtol=0.02, atol=0.1
        )


def test_official_kernels_have_five_dimensions_and_ours_take_channels_last() -> None:
    conv = ModulatedConv(6, 4, 3, 5)
    state = conv.state_dict()
    assert state["weight"].shape == (1, 4, 6, 3, 3)
    conv.to(memory_format=torch.channels_last)
    assert conv.weight.is_contiguous(memory_format=torch.channels_last)
    conv.load_state_dict({name: value + 1 for name, value in state.items()})
    torch.testing.assert_close(conv.state_dict()["weight"], state["weight"] + 1)


def test_a_fresh_modulation_leaves_the_kernel_about_as_it_is() -> None:
    conv = ModulatedConv(6, 4, 3, 5)
    assert torch.equal(conv.modulation(torch.zeros(1, 5)), torch.ones(1, 6))


FILES = {"e_clean_prior_32": "clean", "e_stylegan2_prior_64": "v1"}  # → architecture


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / f"golden/checkpoints/{request.param}.pth"


@pytest.fixture
def prior(file: Path) -> FacialPrior:
    return load_prior(file, architecture=FILES[file.stem]).requires_grad_(False)


@pytest.fixture
def golden(file: Path) -> dict[str, torch.Tensor]:
    with np.load(file.with_suffix(".io.npz")) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


def close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=TOLERANCE)


def test_the_mapping_network_agrees_with_recorded_codes(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    close(prior.style_mlp(golden["z"]), golden["w"])
    close(prior.codes(golden["z"]), golden["latents"])


def test_the_generator_agrees_with_recorded_images(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    close(prior(golden["latents"]), golden["image"])
    close(prior(prior.codes(golden["z"])), golden["image"])
    close(prior(golden["w_plus"]), golden["image_w_plus"])


def test_mixed_and_truncated_codes_agree_with_recorded_images(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    coarse, fine = golden["w"]
    layers = prior.config.num_codes
    mixed = torch.stack([coarse] * 2 + [fine] * (layers - 2))[None]
    close(prior(mixed), golden["image_mixed_inject2"])
    truncated = prior.codes(golden["z"], truncation=0.6, mean=golden["mean_latent"])
    close(prior(truncated), golden["image_trunc06"])


def test_codes_are_drawn_towards_their_mean(prior: FacialPrior) -> None:
    z = torch.randn(8, prior.config.num_style_feat, generator=torch.Generator().manual_seed(0))
    mean, full, half = prior.mean_code(), prior.codes(z), prior.codes(z, truncation=0.5)
    torch.testing.assert_close(half - mean, 0.5 * (full - mean))
    assert torch.equal(mean, prior.mean_code())


def test_noise_is_stored_given_or_off(prior: FacialPrior) -> None:
    codes = prior.codes(torch.ones(1, prior.config.num_style_feat))
    stored, off = prior(codes), prior(codes, noise=())
    assert (stored - off).abs().max() > 1e-3
    silence = [torch.zeros_like(layer) for layer in prior.noises.buffers()]
    close(prior(codes, noise=silence), off)


def test_seeded_noise_has_a_map_for_each_layer_and_depends_on_the_seed_alone() -> None:
    config = GfpganConfig(out_size=128)
    maps = seeded_noise(config, 3)
    assert [tuple(layer.shape) for layer in maps] == [
        (1, 1, r, r) for r in (4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128)
    ]
    again, other = seeded_noise(config, 3), seeded_noise(config, 4)
    assert all(torch.equal(one, two) for one, two in zip(maps, again, strict=True))
    assert not any(torch.equal(one, two) for one, two in zip(maps, other, strict=True))
    assert abs(maps[-1].mean()) < 0.05
    assert abs(maps[-1].std() - 1) < 0.05
    assert not torch.equal(maps[1], maps[2])
