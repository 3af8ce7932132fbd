"""Names and gains of the original classes."""

import math
from dataclasses import replace

import pytest
import torch

from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import fresh
from bfrbench.reference_model.original import (
    fan_in_scale,
    from_original,
    is_original,
    original_name,
    to_original,
)

CONFIG = GfpganConfig(out_size=32, narrow=0.0625, num_style_feat=16, num_mlp=2, resample="fir")


@pytest.mark.parametrize(
    ("ours", "theirs", "gain"),
    [
        ("conv_body_first.weight", "conv_body_first.0.weight", math.sqrt(2)),
        ("conv_body_down.3.conv2.bias", "conv_body_down.3.conv2.2.bias", 1),
        ("conv_body_up.0.conv2.bias", "conv_body_up.0.conv2.activation.bias", 1),
        ("conv_body_up.0.skip.weight", "conv_body_up.0.skip.weight", math.sqrt(0.5)),
        ("condition_scale.2.0.bias", "condition_scale.2.0.bias", math.sqrt(2)),
        ("condition_scale.2.2.bias", "condition_scale.2.2.bias", 1),
        ("stylegan_decoder.style_mlp.15.weight", "stylegan_decoder.style_mlp.8.weight", 0.01 * math.sqrt(2)),
        ("style_mlp.1.bias", "style_mlp.1.bias", 0.01 * math.sqrt(2)),
        ("stylegan_decoder.style_convs.4.bias", "stylegan_decoder.style_convs.4.activate.bias", math.sqrt(2)),
        ("style_conv1.weight", "style_conv1.weight", math.sqrt(2)),
        ("style_conv1.modulated_conv.weight", "style_conv1.modulated_conv.weight", 1),
        ("to_rgbs.0.bias", "to_rgbs.0.bias", 1),
    ],
)
def test_names_and_gains_are_the_published_ones(ours: str, theirs: str, gain: float) -> None:
    assert original_name(ours) == (theirs, pytest.approx(gain))


def test_weights_are_divided_by_the_root_of_their_inputs() -> None:
    assert fan_in_scale("a.weight", torch.zeros(7, 4, 3, 3)) == pytest.approx(1 / 6)
    assert fan_in_scale("a.modulated_conv.weight", torch.zeros(1, 7, 4, 3, 3)) == pytest.approx(1 / 6)
    assert fan_in_scale("a.weight", torch.zeros(7, 16)) == pytest.approx(1 / 4)
    for name, shape in (
        ("constant_input.weight", (1, 8, 4, 4)),
        ("style_conv1.weight", (1,)),
        ("a.bias", (9,)),
    ):
        assert fan_in_scale(name, torch.zeros(shape)) == 1


def test_there_and_back_is_the_same_network() -> None:
    ours = fresh(CONFIG, seed=0).state_dict()
    theirs = to_original(ours)
    assert is_original(theirs)
    assert not is_original(ours)
    back = from_original(theirs, ours)
    assert back.keys() == ours.keys()
    for name, value in ours.items():
        torch.testing.assert_close(back[name], value, rtol=1e-6, atol=0)


def test_fresh_weights_are_standard_normal_as_the_original_classes_draw_them() -> None:
    config = replace(CONFIG, narrow=0.25, num_style_feat=128)
    for name, value in to_original(fresh(config, seed=0).state_dict()).items():
        heads = name.startswith("condition") and ".2." in name  # which start at the identity instead
        if name.endswith("weight") and value.numel() > 2000 and "style_mlp" not in name and not heads:
            assert value.std().item() == pytest.approx(1, rel=0.1), name
