"""Resampling agrees with the interpolation it stands for, here and in OpenCV."""

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks.layers import double, halve, leaky

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
    assert torch.equal(leaky(torch.tensor([-5.0, 0.0, 3.0])), torch.tensor([-1.0, 0.0, 3.0]))
