"""Classical restorers: sizes, determinism, and that each does what it is for."""

import pickle
from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from skimage.metrics import peak_signal_noise_ratio as psnr

from bfrbench.benchmark.baselines import ASSUMED_BLUR_512, RESTORERS, builder

NAMES = list(RESTORERS)
SHARPENERS = ["unsharp", "wiener", "richardson-lucy"]


@cache
def face() -> NDArray[np.uint8]:
    """256×256 with the astronaut's face."""
    return np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])


def noisy(sigma: float = 8) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, sigma, face().shape)
    return np.clip(np.rint(face() + noise), 0, 255).astype(np.uint8)


def blurred() -> NDArray[np.uint8]:
    # the face is 256 px wide
    return np.asarray(cv2.GaussianBlur(face(), (0, 0), ASSUMED_BLUR_512 / 2), dtype=np.uint8)


def restored(name: str, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return builder(name)()([image])[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 3), (5, 40), (33, 17)])
def test_every_size_comes_back_as_uint8_of_the_same_size(name: str, size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    output = restored(name, image)
    assert output.shape == image.shape
    assert output.dtype == np.uint8
    assert isinstance(output, np.ndarray)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_input_gives_the_same_output_and_is_left_alone(name: str) -> None:
    image = noisy()[:64, :64].copy()
    before = image.copy()
    first = restored(name, image)
    assert np.array_equal(image, before)
    assert np.array_equal(restored(name, image), first)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 90, 40)])
def test_an_even_picture_stays_as_it_is(name: str, colour: tuple[int, int, int]) -> None:
    image = np.full((40, 30, 3), colour, dtype=np.uint8)
    # 2: OpenCV's way to CIELAB and back rounds
    assert np.abs(restored(name, image).astype(int) - image).max() <= (2 if name == "nlm" else 0)


@pytest.mark.parametrize("name", NAMES)
def test_batches_of_different_sizes_are_restored_one_by_one(name: str) -> None:
    images = [noisy()[:20, :20], noisy()[:31, :9]]
    together = builder(name)()(images)
    assert all(np.array_equal(restored(name, i), o) for i, o in zip(images, together, strict=True))


@pytest.mark.parametrize(("name", "sigma"), [("nlm", 8), ("bilateral", 8), ("tv", 20)])
def test_a_denoiser_takes_noise_away(name: str, sigma: float) -> None:
    assert psnr(face(), restored(name, noisy(sigma))) > psnr(face(), noisy(sigma)) + 1


@pytest.mark.parametrize("name", SHARPENERS)
def test_a_sharpener_takes_the_assumed_blur_away(name: str) -> None:
    assert psnr(face(), restored(name, blurred())) > psnr(face(), blurred()) + 0.1


@pytest.mark.parametrize("name", ["wiener", "richardson-lucy"])
def test_borders_do_not_ring(name: str) -> None:
    error = np.abs(restored(name, blurred()).astype(float) - face())
    border = np.ones(error.shape[:2], dtype=bool)
    border[6:-6, 6:-6] = False
    assert error[border].mean() < 1.5 * error[~border].mean()


def test_colours_keep_their_channels() -> None:
    image = np.zeros((48, 48, 3), dtype=np.uint8)
    image[:] = (180, 80, 30)
    for name in NAMES:
        assert np.allclose(restored(name, image).mean(axis=(0, 1)), (180, 80, 30), atol=2), name


def test_lq_is_the_input_itself() -> None:
    assert np.array_equal(restored("lq", noisy()), noisy())


def test_unsharp_agrees_with_its_formula_through_opencv() -> None:
    image = face().astype(np.float64)
    smooth = cv2.GaussianBlur(image, (0, 0), ASSUMED_BLUR_512 / 2, borderType=cv2.BORDER_REFLECT)
    expected = np.clip(np.rint(2 * image - smooth), 0, 255)
    assert np.abs(restored("unsharp", face()) - expected).max() <= 1


def test_richardson_lucy_agrees_with_five_steps_by_hand() -> None:
    # u ← u · (k̃ * (f / (k * u))), from u = 1/2 (Richardson 1972, Lucy 1974); away from the borders
    f = blurred() / 255.0
    offsets = np.arange(-10, 11)
    line = np.exp(-(offsets**2) / (2 * (ASSUMED_BLUR_512 / 2) ** 2))
    kernel = (np.outer(line, line) / line.sum() ** 2)[:, :, None]
    u = np.full_like(f, 0.5)
    for _ in range(5):
        ratio = f / (fftconvolve(u, kernel, mode="same", axes=(0, 1)) + 1e-12)
        u = u * fftconvolve(ratio, kernel, mode="same", axes=(0, 1))
    difference = np.abs(restored("richardson-lucy", blurred()) / 255.0 - np.clip(u, 0, 1))
    assert difference[60:-60, 60:-60].max() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_explained_and_its_builder_pickles(name: str) -> None:
    row = RESTORERS[name]
    assert row.title
    assert row.source
    assert pickle.loads(pickle.dumps(builder(name)))().name == name  # noqa: S301  # our own bytes
