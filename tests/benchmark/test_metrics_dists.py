"""DISTS: its formula written out on drawn weights, and its edges."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch
from skimage.data import astronaut

from bfrbench.benchmark.judges import vgg16
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.dists import dists_vgg
from bfrbench.types import Image
from bfrbench.weights import find

HQ = np.ascontiguousarray(astronaut()[:48, 204:252])


@pytest.fixture(scope="module")
def weights_drawn() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    sides = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    weights = {}
    for number, (inner, outer) in enumerate(pairwise(sides)):
        shape = (outer, inner, 3, 3)
        weights[f"conv{number}.weight"] = torch.randn(shape, generator=random) * (2.0 / (9 * inner)) ** 0.5
        weights[f"conv{number}.bias"] = torch.randn(outer, generator=random) * 0.1
    return weights


@pytest.fixture(autouse=True)
def _drawn_vgg(weights_drawn, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(vgg16, "_weights", lambda: weights_drawn)


def dists(restored: Image, hq: Image) -> float:
    return dists_vgg(picture_of(restored), picture_of(hq))


def blurred(sigma: float) -> Image:
    return cv2.GaussianBlur(HQ, (0, 0), sigma)


def written_out(restored: Image, hq: Image, weights: dict[str, torch.Tensor]) -> float:
    """Equations 5 to 9, in float64, layer by layer."""
    layers = torch.nn.functional
    hann = torch.tensor(np.outer([0.5, 1, 0.5], [0.5, 1, 0.5]) / 4.0)
    scale = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    shift = torch.tensor([0.485, 0.456, 0.406])[:, None, None]

    def maps(image: Image) -> torch.Tensor:
        x = torch.from_numpy(image.transpose(2, 0, 1) / 255.0)
        found, x = [x], ((x - shift) / scale)[None]
        for number in range(13):
            if number in (2, 4, 7, 10):
                found.append(x[0])
                channels = x.shape[1]
                window = hann.expand(channels, 1, 3, 3)
                x = torch.sqrt(layers.conv2d(x**2, window, stride=2, padding=1, groups=channels) + 1e-12)
            weight, bias = (weights[f"conv{number}.{part}"].double() for part in ("weight", "bias"))
            x = torch.relu(layers.conv2d(x, weight, bias, padding=1))
        return [*found, x[0]]

    with np.load(find("dists")) as file:
        alpha, beta = file["alpha"].astype(np.float64), file["beta"].astype(np.float64)
    similarity, start = 0.0, 0
    for x, y in zip(maps(restored), maps(hq), strict=True):
        for channel in range(len(x)):
            a, b = x[channel].numpy().ravel(), y[channel].numpy().ravel()
            (var_a, cov), (_, var_b) = np.cov(a, b, bias=True)
            texture = (2 * a.mean() * b.mean() + 1e-6) / (a.mean() ** 2 + b.mean() ** 2 + 1e-6)
            structure = (2 * cov + 1e-6) / (var_a + var_b + 1e-6)
            similarity += alpha[start + channel] * texture + beta[start + channel] * structure
        start += len(x)
    assert start == len(alpha) == 1475
    return 1.0 - similarity / (alpha.sum() + beta.sum())


def test_it_is_its_formula(weights_drawn) -> None:  # type: ignore[no-untyped-def]
    expected = written_out(blurred(1.5), HQ, weights_drawn)
    assert dists(blurred(1.5), HQ) == pytest.approx(expected, abs=1e-5)


def test_the_same_image_is_at_distance_zero() -> None:
    assert dists(HQ, HQ) == 0.0
    flat = np.full_like(HQ, 128)
    assert dists(flat, flat) == 0.0


def test_it_is_symmetric_and_grows_with_blur() -> None:
    values = [dists(blurred(sigma), HQ) for sigma in (0.7, 1.5, 3.0, 6.0)]
    assert values == sorted(values)
    assert dists(HQ, blurred(1.5)) == pytest.approx(values[1], abs=1e-12)
    assert values[-1] < dists(np.full_like(HQ, 128), HQ) < 1.0
