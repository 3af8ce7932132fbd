"""Resampling agrees with the interpolation it stands for, here and in OpenCV."""

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks.layers import (
    conv,
    double,
    halve,
    leaky_,
    linear,
    smooth,
    smooth_double,
    smooth_halve,
)

FIR = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
FEATURES = torch.randn(2, 3, 12, 20, generator=torch.Generator().manual_seed(0))


def by_opencv(features: torch.Tensor, height: int, width: int) -> np.ndarray:
    maps = features.flatten(0, 1).numpy()
    resized = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in maps]
    return np.stack(resized).reshape(*features.shape[:2], height, width)


def test_halving_is_bilinear_interpolation() -> None:
    expected = F.interpolate(FEATURES, scale_factor=0.5, mode="bilinear", align_corners=False)
    torch.testing.assert_close(halve(FEATURES), expected)
    np.testing.assert_allclose(halve(FEATURES), by_opencv(FEATURES, 6, 10), atol=1e-6)


def test_doubling_is_bilinear_interpolation() -> None:
    np.testing.assert_allclose(double(FEATURES), by_opencv(FEATURES, 24, 40), atol=1e-6)


def test_the_leaky_slope_is_a_fifth() -> None:
    assert torch.equal(leaky_(torch.tensor([-5.0, 0.0, 3.0])), torch.tensor([-1.0, 0.0, 3.0]))


def by_definition(features: torch.Tensor, padding: int) -> torch.Tensor:
    kernel = (FIR[:, None] * FIR).expand(features.shape[1], 1, -1, -1)
    return F.conv2d(features, kernel, padding=padding, groups=features.shape[1])


@pytest.mark.parametrize("padding", [1, 2])
def test_three_means_of_neighbours_are_the_fir(padding: int) -> None:
    torch.testing.assert_close(smooth(FEATURES, padding), by_definition(FEATURES, padding))


def test_halving_through_the_fir_keeps_every_other_pixel() -> None:
    torch.testing.assert_close(smooth_halve(FEATURES), by_definition(FEATURES, 1)[..., ::2, ::2])


def test_doubling_through_the_fir_spreads_and_smooths() -> None:
    spread = torch.zeros(2, 3, 25, 41)
    spread[..., 1::2, 1::2] = FEATURES
    torch.testing.assert_close(smooth_double(FEATURES), 4 * by_definition(spread, 2)[..., 1:-1, 1:-1])


def test_fresh_weights_have_the_stated_deviation_and_no_bias() -> None:
    torch.manual_seed(0)
    convolution, layer = conv(64, 128, 3, gain=2.0), linear(512, 256, gain=3.0, bias=1.0)
    assert convolution.weight.std().item() == pytest.approx(2 / 24, rel=0.02)
    assert layer.weight.std().item() == pytest.approx(3 / 512**0.5, rel=0.02)
    assert not convolution.bias.any()
    assert torch.equal(layer.bias, torch.ones(256))
