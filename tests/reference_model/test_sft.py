"""CS-SFT: which channels pass, which are modulated, and where training starts."""

from dataclasses import replace

import torch

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.sft import SftHeads, channel_split_sft, channel_split_sft_

CONFIG = GfpganConfig(out_size=64, narrow=0.0625)
FEATURES = torch.randn(2, 8, 5, 5, generator=torch.Generator().manual_seed(0))


def test_the_first_half_passes_and_the_second_is_modulated() -> None:
    scale, shift = torch.full((2, 4, 5, 5), 3.0), torch.full((2, 4, 5, 5), -1.0)
    out = channel_split_sft(FEATURES, scale, shift)
    assert torch.equal(out[:, :4], FEATURES[:, :4])
    torch.testing.assert_close(out[:, 4:], FEATURES[:, 4:] * 3 - 1)


def test_maps_of_full_width_modulate_all_channels() -> None:
    out = channel_split_sft(FEATURES, torch.full((2, 8, 5, 5), 2.0), torch.ones(2, 8, 5, 5))
    assert torch.equal(out, FEATURES * 2 + 1)


def test_the_way_that_saves_memory_gives_the_same_in_place() -> None:
    scale, shift = torch.randn(2, 2, 4, 5, 5, generator=torch.Generator().manual_seed(1))
    expected, features = channel_split_sft(FEATURES, scale, shift), FEATURES.clone()
    assert channel_split_sft_(features, scale, shift) is features
    torch.testing.assert_close(features, expected)


def test_fresh_heads_are_the_identity_for_any_input_and_learn() -> None:
    features = [torch.randn(2, CONFIG.unet_width(r), r, r) for r in CONFIG.resolutions[1:]]
    for start in (1.0, 0.0):
        heads = SftHeads(CONFIG, start=start)
        maps = heads(features)
        assert all(torch.equal(one, torch.full_like(one, start)) for one in maps)
        sum(one.square().mean() + one.mean() for one in maps).backward()
        assert all(head[2].weight.grad.abs().max() > 0 for head in heads)


def test_heads_have_half_of_the_prior_s_width_or_all_of_it() -> None:
    features = [torch.zeros(1, CONFIG.unet_width(r), r, r) for r in CONFIG.resolutions[1:]]
    halves = SftHeads(CONFIG, start=0.0)(features)
    wholes = SftHeads(replace(CONFIG, sft_half=False), start=0.0)(features)
    for resolution, half, whole in zip(CONFIG.resolutions[1:], halves, wholes, strict=True):
        assert half.shape == (1, CONFIG.width(resolution) // 2, resolution, resolution)
        assert whole.shape == (1, CONFIG.width(resolution), resolution, resolution)
