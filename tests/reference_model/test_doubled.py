"""Fewer products, the same sums: the convolution of a doubled map."""

import pytest
import torch
from torch.nn import functional as F

from bfrbench.reference_model.networks import doubled


def by_definition(features: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    resized = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
    return F.conv2d(resized, kernel, bias, padding=1)


def case(batch: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(batch, 5, height, width), torch.randn(4, 5, 3, 3), torch.randn(4)


@pytest.mark.parametrize(
    ("batch", "height", "width"), [(1, 1, 1), (1, 2, 3), (2, 32, 7), (1, 33, 32), (1, 65, 4)]
)
def test_it_is_the_convolution_of_the_doubled_map_up_to_the_edges(
    monkeypatch: pytest.MonkeyPatch, batch: int, height: int, width: int
) -> None:
    features, kernel, bias = case(batch, height, width)
    monkeypatch.setattr(doubled, "_LEAST_SIDE", 1)
    monkeypatch.setattr(doubled, "_LEAST_CHANNELS", 1)
    with torch.inference_mode():
        for offset in (bias, None):
            ours = doubled.conv_doubled(features, kernel, offset)
            torch.testing.assert_close(ours, by_definition(features, kernel, offset), rtol=0, atol=2e-5)


def test_wide_maps_take_the_way_of_fewer_products_and_agree() -> None:
    torch.manual_seed(0)
    features, kernel = torch.randn(1, 256, 32, 32), torch.randn(64, 256, 3, 3) / 48
    with torch.inference_mode():
        ours = doubled.conv_doubled(features.contiguous(memory_format=torch.channels_last), kernel)
        plain = by_definition(features, kernel, None)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    assert not torch.equal(ours, plain)
    torch.testing.assert_close(ours, plain, rtol=0, atol=2e-5)


def test_gradients_take_the_plain_way() -> None:
    features, kernel, bias = (value.requires_grad_() for value in case(1, 32, 32))
    ours = doubled.conv_doubled(features, kernel, bias)
    assert torch.equal(ours, by_definition(features, kernel, bias))
    ours.sum().backward()
    assert features.grad is not None
