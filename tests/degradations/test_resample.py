import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image as Pillow
from pydantic import ValidationError

from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.resample import INTERPOLATIONS, Resample, resample

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)
SIZES = [(35, 44), (96, 120), (120, 150), (1, 1), (97, 3)]


def torchs(image: UnitImage, **arguments: object) -> UnitImage:
    """torch's interpolate on an H×W×3 image."""
    batch = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
    resized = torch.nn.functional.interpolate(batch, **arguments)  # type: ignore[arg-type]
    return resized[0].numpy().transpose(1, 2, 0)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_linear_is_bilinear_without_antialiasing(height: int, width: int) -> None:
    ours = resample(FACE, Resample(height=height, width=width))
    theirs = torchs(FACE, size=(height, width), mode="bilinear", align_corners=False, antialias=False)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_cubic_nearest_and_adaptive_are_torchs(height: int, width: int) -> None:
    modes = {"cubic": "bicubic", "nearest": "nearest", "adaptive": "area"}
    for name, mode in modes.items():
        ours = resample(FACE, Resample(height=height, width=width, interpolation=name))  # type: ignore[arg-type]
        np.testing.assert_allclose(ours, torchs(FACE, size=(height, width), mode=mode), atol=1e-5)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_antialiased_linear_and_cubic_are_torchs(height: int, width: int) -> None:
    for name, mode in {"linear": "bilinear", "cubic": "bicubic"}.items():
        step = Resample(height=height, width=width, interpolation=name, antialias=True)  # type: ignore[arg-type]
        theirs = torchs(FACE, size=(height, width), mode=mode, antialias=True)
        np.testing.assert_allclose(resample(FACE, step), theirs, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_antialiased_lanczos_is_what_pillow_does_to_8_bits(height: int, width: int) -> None:
    step = Resample(height=height, width=width, interpolation="lanczos", antialias=True)
    whole = Pillow.fromarray(np.rint(FACE * 255).astype(np.uint8))
    theirs = np.asarray(whole.resize((width, height), Pillow.Resampling.LANCZOS), dtype=np.float64)
    off = np.abs(np.clip(resample(FACE, step), 0, 1) * 255 - theirs)
    assert off.mean() < 0.4
    assert off.max() <= 3  # Pillow also clips and rounds between rows and columns


@pytest.mark.parametrize("factor", [0.31, 0.83, 1.0, 1.31])
def test_a_factor_spaces_the_samples_as_torchs_scale_factor_does(factor: float) -> None:
    height, width = int(96 * factor), int(120 * factor)
    for name, mode in {"linear": "bilinear", "cubic": "bicubic"}.items():
        step = Resample(height=height, width=width, interpolation=name, factor=factor)  # type: ignore[arg-type]
        theirs = torchs(FACE, scale_factor=factor, mode=mode)
        np.testing.assert_allclose(resample(FACE, step), theirs, atol=1e-5)


def test_the_factor_of_the_sizes_is_no_factor_at_all() -> None:
    plain = resample(FACE, Resample(height=48, width=60, interpolation="cubic"))
    spaced = resample(FACE, Resample(height=48, width=60, interpolation="cubic", factor=0.5))
    np.testing.assert_allclose(plain, spaced, atol=1e-6)


def test_only_antialiasing_keeps_what_lies_between_the_samples() -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::4] = 1
    for name in ("linear", "cubic", "lanczos"):
        step = Resample(height=64, width=16, interpolation=name, antialias=True)  # type: ignore[arg-type]
        inner = resample(stripes, step)[:, 4:-4]
        assert np.abs(inner - 0.25).max() < 0.05
    adaptive = resample(stripes, Resample(height=64, width=16, interpolation="adaptive"))
    np.testing.assert_allclose(adaptive, 0.25)


@pytest.mark.parametrize(
    "wrong",
    [
        {"height": 2**20, "width": 2**20},
        {"interpolation": "nearest", "antialias": True},
        {"interpolation": "adaptive", "factor": 0.5},
        {"factor": 0.5, "antialias": True},
        {"factor": 0.0},
        {"height": 0},
    ],
)
def test_steps_that_cannot_be_are_refused_when_they_are_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Resample(**({"height": 8, "width": 8} | wrong))  # type: ignore[arg-type]


def test_area_averages_where_linear_does_not() -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::4] = 1
    small = {
        name: resample(stripes, Resample(height=64, width=16, interpolation=name)) for name in INTERPOLATIONS
    }
    np.testing.assert_allclose(small["area"], 0.25)
    np.testing.assert_allclose(small["linear"], 0)  # the stripes fall between the four nearest pixels


@pytest.mark.parametrize("name", list(INTERPOLATIONS))
def test_the_same_size_gives_the_same_values(name: str) -> None:
    same = resample(FACE, Resample(height=96, width=120, interpolation=name))  # type: ignore[arg-type]
    assert same.tobytes() == FACE.tobytes()
