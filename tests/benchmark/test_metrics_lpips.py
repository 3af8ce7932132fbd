"""LPIPS: its edges, and torchvision's networks on the same weights."""

import cv2
import numpy as np
import pytest
import torch
import torchvision
from skimage.data import astronaut

from bfrbench.benchmark.judges import convert_vgg16, vgg16
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.lpips import ALEX, MIN_SIZE, VGG, VGG_BGR, VGG_BGR01, lpips
from bfrbench.types import Image
from bfrbench.weights import find

HQ = np.ascontiguousarray(astronaut()[:64, 196:260])


def blurred(sigma: float) -> Image:
    return cv2.GaussianBlur(HQ, (0, 0), sigma)


def alex(restored: Image, hq: Image) -> float:
    return lpips(ALEX, picture_of(restored), picture_of(hq))


def vgg16_features() -> torch.nn.Sequential:
    """torchvision's VGG16 without its classifier, whose 120 million weights nobody needs here."""
    return torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["D"])


@pytest.fixture(scope="module")
def weights_drawn() -> dict[str, torch.Tensor]:
    """VGG16's convolutions and heads, drawn: by the names that the weight file has."""
    random = torch.Generator().manual_seed(0)
    weights = {}
    convolutions = [layer for layer in vgg16_features() if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(convolutions):
        shape = layer.weight.shape
        scale = (2.0 / shape[1:].numel()) ** 0.5
        weights[f"conv{number}.weight"] = torch.randn(shape, generator=random) * scale
        weights[f"conv{number}.bias"] = torch.randn(shape[0], generator=random) * 0.1
    for tap, channels in enumerate((64, 128, 256, 512, 512)):
        weights[f"lin{tap}"] = torch.rand((1, channels, 1, 1), generator=random)
    return weights


@pytest.fixture
def drawn_vgg(weights_drawn, monkeypatch) -> dict[str, torch.Tensor]:  # type: ignore[no-untyped-def]
    """The judge looks through the drawn weights."""
    monkeypatch.setattr(vgg16, "_weights", lambda: weights_drawn)
    return weights_drawn


def by_torchvision(
    layers: torch.nn.Sequential,
    tapped: tuple[int, ...],
    weights: dict[str, torch.Tensor],
    pair: tuple[torch.Tensor, torch.Tensor],
) -> float:
    """LPIPS as its paper writes it, of two 1×3×H×W tensors as the network is fed them."""
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    for number, convolution in enumerate(convolutions):
        convolution.weight.data, convolution.bias.data = (
            weights[f"conv{number}.{part}"] for part in ("weight", "bias")
        )
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)

    def taps(x: torch.Tensor) -> list[torch.Tensor]:
        x, found = (x - shift) / scale, []
        for index, layer in enumerate(layers):
            x = torch.relu(x) if isinstance(layer, torch.nn.ReLU) else layer(x)  # torchvision's is in place
            if index in tapped:
                found.append(torch.nn.functional.normalize(x, dim=1, eps=1e-10))
        return found

    with torch.no_grad():
        both = zip(*(taps(x) for x in pair), strict=True)
        heads = [
            torch.nn.functional.conv2d((a - b) ** 2, weights[f"lin{i}"]) for i, (a, b) in enumerate(both)
        ]
    return sum(float(head.mean()) for head in heads)


def as_torchvision(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The convolutions, under the names that torchvision gives them."""
    layers = [i for i, layer in enumerate(vgg16_features()) if isinstance(layer, torch.nn.Conv2d)]
    return {
        f"features.{layer}.{part}": weights[f"conv{number}.{part}"]
        for number, layer in enumerate(layers)
        for part in ("weight", "bias")
    }


def fed(image: Image) -> torch.Tensor:
    """RGB in [-1, 1], 1×3×H×W."""
    return torch.from_numpy(image.transpose(2, 0, 1) / 127.5 - 1).float()[None]


def test_the_same_image_is_at_distance_zero() -> None:
    assert alex(HQ, HQ) == 0.0


def test_it_is_symmetric_and_grows_with_blur() -> None:
    assert alex(blurred(2.0), HQ) == alex(HQ, blurred(2.0))
    values = [alex(blurred(sigma), HQ) for sigma in (0.7, 1.5, 3.0, 6.0)]
    assert values == sorted(values)
    assert values[0] > 0.0


def test_torchvisions_alexnet_with_these_weights_gives_the_same_distance() -> None:
    with np.load(find("lpips-alex")) as file:
        weights = {name: torch.from_numpy(file[name]) for name in file.files}
    expected = by_torchvision(
        torchvision.models.alexnet(weights=None).features,
        (1, 4, 7, 9, 11),
        weights,
        (fed(blurred(2.0)), fed(HQ)),
    )
    assert alex(blurred(2.0), HQ) == pytest.approx(expected, abs=1e-6)


def test_torchvisions_vgg16_with_drawn_weights_gives_the_same_distances(drawn_vgg) -> None:  # type: ignore[no-untyped-def]
    pair, pictures = (fed(blurred(2.0)), fed(HQ)), (picture_of(blurred(2.0)), picture_of(HQ))

    def expected(pair: tuple[torch.Tensor, torch.Tensor]) -> float:
        return by_torchvision(vgg16_features(), (3, 8, 15, 22, 29), drawn_vgg, pair)

    bgr = (pair[0].flip(1), pair[1].flip(1))
    halves = ((bgr[0] + 1) / 2, (bgr[1] + 1) / 2)
    values = [lpips(judge, *pictures) for judge in (VGG, VGG_BGR, VGG_BGR01)]
    assert values == pytest.approx([expected(pair), expected(bgr), expected(halves)], rel=1e-5)
    assert len({round(value, 4) for value in values}) == 3


def test_a_picture_keeps_what_was_seen_in_it() -> None:
    hq, restored = picture_of(HQ), picture_of(blurred(1.0))
    alone = lpips(ALEX, restored, hq)
    seen = hq.through(ALEX)
    lpips(ALEX, picture_of(255 - HQ), hq)  # another restorer of the same pair
    assert hq.through(ALEX) is seen
    assert lpips(ALEX, restored, hq) == alone


def test_grey_and_flat_images_have_values() -> None:
    grey = np.repeat(HQ[:, :, 1:2], 3, axis=2)
    flat = np.full_like(HQ, 128)
    assert 0.0 < alex(grey, HQ) < alex(flat, HQ) < np.inf


def test_it_is_defined_from_its_smallest_size() -> None:
    smallest = HQ[:MIN_SIZE, :MIN_SIZE]
    assert alex(255 - smallest, smallest) > 0.0
    with pytest.raises(RuntimeError):
        alex(smallest[:-1], smallest[:-1])


def test_published_files_become_the_arrays_that_the_judge_reads(drawn_vgg) -> None:  # type: ignore[no-untyped-def]
    published = as_torchvision(drawn_vgg) | {"classifier.0.weight": torch.zeros(4096, 1)}
    heads = {f"lin{tap}.model.1.weight": drawn_vgg[f"lin{tap}"] for tap in range(5)}
    arrays = convert_vgg16.half_precision(published, heads)
    assert list(arrays) == list(drawn_vgg)
    for name, array in arrays.items():
        assert array.dtype == np.float16
        assert np.array_equal(array, drawn_vgg[name].numpy().astype(np.float16))


def test_other_files_do_not_pass_for_the_published_ones(drawn_vgg, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    torch.save(as_torchvision(drawn_vgg), tmp_path / "vgg16.pth")
    torch.save({f"lin{tap}.model.1.weight": drawn_vgg[f"lin{tap}"] for tap in range(5)}, tmp_path / "vgg.pth")
    assert convert_vgg16.main([str(tmp_path / "vgg16.pth"), str(tmp_path / "vgg.pth"), str(tmp_path)]) == 1
    assert "differs" in capsys.readouterr().out
