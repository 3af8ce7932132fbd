"""LPIPS through AlexNet: its edges, and torchvision's AlexNet on the same weights."""

import cv2
import numpy as np
import pytest
import torch
import torchvision
from skimage.data import astronaut

from bfrbench.benchmark.metrics.lpips import MIN_SIZE, lpips_alex
from bfrbench.weights import find

HQ = np.ascontiguousarray(astronaut()[:96, 180:276])


def blurred(sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(HQ, (0, 0), sigma)


def test_the_same_image_is_at_distance_zero() -> None:
    assert lpips_alex(HQ, HQ) == 0.0


def test_it_is_symmetric_and_grows_with_blur() -> None:
    assert lpips_alex(blurred(2.0), HQ) == lpips_alex(HQ, blurred(2.0))
    values = [lpips_alex(blurred(sigma), HQ) for sigma in (0.7, 1.5, 3.0, 6.0)]
    assert values == sorted(values)
    assert values[0] > 0.0


def test_torchvisions_alexnet_with_these_weights_gives_the_same_distance() -> None:
    with np.load(find("lpips-alex")) as file:
        weights = {name: torch.from_numpy(file[name]) for name in file.files}
    layers = torchvision.models.alexnet(weights=None).features.eval()
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    for number, convolution in enumerate(convolutions):
        convolution.weight.data, convolution.bias.data = (
            weights[f"conv{number}.{part}"] for part in ("weight", "bias")
        )

    def taps(image: np.ndarray) -> list[torch.Tensor]:
        x = torch.from_numpy(image.transpose(2, 0, 1) / 127.5 - 1).float()[None]
        x = (x - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor([0.458, 0.448, 0.450])[
            :, None, None
        ]
        found = []
        for layer in layers:
            x = torch.relu(x) if isinstance(layer, torch.nn.ReLU) else layer(x)  # torchvision's is in place
            if isinstance(layer, torch.nn.ReLU):
                found.append(x)
        return found

    expected = 0.0
    with torch.no_grad():
        for number, pair in enumerate(zip(taps(blurred(2.0)), taps(HQ), strict=True)):
            a, b = (torch.nn.functional.normalize(x, dim=1, eps=1e-10) for x in pair)
            head = torch.nn.functional.conv2d((a - b) ** 2, weights[f"lin{number}"])
            expected += float(head.mean())
    assert lpips_alex(blurred(2.0), HQ) == pytest.approx(expected, abs=1e-5)


def test_it_is_defined_from_its_smallest_size() -> None:
    smallest = HQ[:MIN_SIZE, :MIN_SIZE]
    assert lpips_alex(255 - smallest, smallest) > 0.0
    with pytest.raises(RuntimeError):
        lpips_alex(smallest[:-1], smallest[:-1])
