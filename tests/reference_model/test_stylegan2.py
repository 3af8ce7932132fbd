"""The prior: modulated convolution against its definition, the generator against recorded outputs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.checkpoint import read_checkpoint
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.stylegan2 import FacialPrior, ModulatedConv, seeded_noise

TOLERANCE = 1e-4  # stated for float32 on the CPU


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("upsample", [True, False])
@pytest.mark.parametrize("kernel_size", [1, 3])
def test_modulated_convolution_is_one_kernel_for_each_image(
    kernel_size: int, upsample: bool, demodulate: bool
) -> None:
    torch.manual_seed(1)
    conv = ModulatedConv(6, 4, kernel_size, 5, demodulate=demodulate, upsample=upsample).double()
    features, codes = torch.randn(3, 6, 8, 8).double(), torch.randn(3, 5).double()
    expected = []
    for image, code in zip(features, codes, strict=True):
        kernel = conv.weight[0] * conv.modulation(code)[:, None, None]
        if demodulate:
            kernel = kernel / kernel.square().sum(dim=(1, 2, 3), keepdim=True).add(1e-8).sqrt()
        size = (16, 16) if upsample else (8, 8)
        resized = F.interpolate(image[None], size, mode="bilinear", align_corners=False)
        expected.append(F.conv2d(resized, kernel, padding=kernel_size // 2))
    torch.testing.assert_close(conv(features, codes), torch.cat(expected), rtol=1e-10, atol=1e-10)


def test_a_fresh_modulation_leaves_the_kernel_about_as_it_is() -> None:
    conv = ModulatedConv(6, 4, 3, 5)
    assert torch.equal(conv.modulation(torch.zeros(1, 5)), torch.ones(1, 6))


@pytest.fixture(scope="module")
def prior(shared: Path) -> FacialPrior:
    config = GfpganConfig(out_size=32, narrow=0.03125, num_style_feat=24, num_mlp=2)
    network = FacialPrior(config)
    network.load_state_dict(dict(read_checkpoint(shared / "golden/checkpoints/e_clean_prior_32.pth").weights))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, torch.Tensor]:
    with np.load(shared / "golden/checkpoints/e_clean_prior_32.io.npz") as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


def close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=TOLERANCE)


def test_the_mapping_network_agrees_with_recorded_codes(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    close(prior.style_mlp(golden["z"]), golden["w"])


def test_the_generator_agrees_with_recorded_images(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    close(prior(golden["latents"]), golden["image"])
    close(prior(golden["w_plus"]), golden["image_w_plus"])


def test_mixed_and_truncated_codes_agree_with_recorded_images(
    prior: FacialPrior, golden: dict[str, torch.Tensor]
) -> None:
    coarse, fine = golden["w"]
    mixed = torch.stack([coarse] * 2 + [fine] * 6)[None]
    close(prior(mixed), golden["image_mixed_inject2"])
    mean = golden["mean_latent"]
    truncated = mean + 0.6 * (golden["w"] - mean)
    close(prior(truncated[:, None].expand(-1, 8, -1)), golden["image_trunc06"])


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
