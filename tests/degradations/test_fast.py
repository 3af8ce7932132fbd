"""The fast mode: how far from the exact one it may be."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
import skimage.data

from bfrbench import pixels
from bfrbench.degradations.fast import LEFT_OUT, apply_fast, blur_and_resize, halvings, separable
from bfrbench.degradations.kernels import gaussian
from bfrbench.degradations.ops.blur import Blur, blur, kernel_of
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.resample import Resample, resample
from bfrbench.degradations.presets import PRESETS, draw_recipe
from bfrbench.degradations.recipe import Recipe, apply

FACE = skimage.data.astronaut()


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    square = np.mean((a.astype(np.float64) - b) ** 2)
    return float("inf") if square == 0 else 10 * np.log10(255**2 / square)


def agree_over(preset: str, numbers: range) -> None:
    """The tolerance of the fast mode: before JPEG, which makes more of a rounded level, and at the end."""
    size = PRESETS[preset].size
    image = np.asarray(cv2.resize(FACE[:300, 80:380], (size, size), interpolation=cv2.INTER_AREA))
    for number in numbers:
        recipe = draw_recipe(PRESETS[preset], 0, f"fast-{number}", (size, size))
        before = next(i for i, step in enumerate(recipe.steps) if step.op == "jpeg")
        unpacked = Recipe(steps=recipe.steps[:before])
        off = apply_fast(unpacked, image).astype(np.float64) - apply(unpacked, image)
        assert np.abs(off).max() <= 6, recipe
        assert np.sqrt(np.mean(off**2)) <= 0.7, recipe
        assert abs(off.mean()) <= 0.05, recipe
        exact, fast = apply(recipe, image), apply_fast(recipe, image)
        assert psnr(fast, exact) >= 30, recipe
        assert np.abs(fast.astype(int) - exact).max() <= 40, recipe


@pytest.mark.parametrize("preset", ["gfpgan-release", "gfpgan-release-128", "codeformer-stage2"])
def test_the_fast_mode_stays_within_its_tolerance(preset: str) -> None:
    agree_over(preset, range(5))


@pytest.mark.slow
@pytest.mark.parametrize(
    "preset", ["codeformer-stage2", "difface", "gfpgan-paper-128", "gfpgan-release", "vqfr-v2"]
)
def test_the_fast_mode_stays_within_its_tolerance_on_200_recipes(preset: str) -> None:
    agree_over(preset, range(200))


@pytest.mark.parametrize(("height", "width"), [(37, 120), (40, 60), (1, 1)])
@pytest.mark.parametrize("sigmas", [(0.6, 0.6, 0), (2.5, 2.5, 0), (9, 9, 0), (7, 3, 0.7)])
def test_blur_and_resize_at_once_is_blur_and_then_resize(
    height: int, width: int, sigmas: tuple[float, float, float]
) -> None:
    kernel = gaussian(41, *sigmas)
    face = FACE[40:200, 120:300]
    small = blur_and_resize(face, kernel, height, width)
    assert small is not None
    planes = (face / 255).transpose(2, 0, 1)
    # another blur than ours: scipy's, in double precision; a Gaussian does not notice that it flips
    blurred = np.stack([scipy.ndimage.convolve(plane, kernel, mode="mirror") for plane in planes], axis=2)
    expected = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
    assert np.abs(small - expected).max() * 255 <= 6
    assert np.sqrt(np.mean((small - expected) ** 2)) * 255 <= 0.75


@pytest.mark.parametrize("shape", [(512, 512), (97, 301), (1, 9), (5, 5), (64, 2)])
def test_a_kernel_of_rank_one_that_halves_nothing_is_exact(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    step = Blur(kind="isotropic", size=21, sigma_x=1.2, sigma_y=1.2)
    target = Resample(height=max(1, shape[0] // 3), width=max(1, shape[1] // 2))
    small = blur_and_resize(image, kernel_of(step), target.height, target.width)
    if small is not None:
        np.testing.assert_allclose(small, resample(blur(pixels.to_unit(image), step), target), atol=2e-6)


def test_what_is_dear_to_separate_is_left_to_the_exact_steps() -> None:
    assert blur_and_resize(FACE, gaussian(41, 9, 0.4, 0.7), 200, 200) is None
    assert blur_and_resize(FACE, gaussian(41, 0.1, 0.1), 200, 200) is None  # changes nothing at all


def test_a_flat_picture_stays_flat() -> None:
    flat = np.full((128, 128, 3), 77, np.uint8)
    small = blur_and_resize(flat, gaussian(41, 7, 3, 0.7), 30, 30)
    assert small is not None
    np.testing.assert_allclose(small * 255, 77, atol=0.001)


def test_separable_terms_add_up_to_the_kernel_and_keep_its_sum() -> None:
    kernel = gaussian(41, 8, 2.5, 0.4)
    columns, rows = separable(kernel)
    total = np.einsum("ri,rj->ij", columns, rows)
    assert 1 < len(rows) < 12
    assert total.sum() == pytest.approx(1)
    assert np.abs(total - kernel).sum() <= 2 * LEFT_OUT
    assert len(separable(gaussian(41, 3, 9))[0]) == 1


def test_only_what_a_kernel_takes_away_is_halved() -> None:
    assert halvings(gaussian(41, 0.8, 0.8)) == (0, 0)
    assert halvings(gaussian(41, 2, 2)) == (1, 1)
    assert halvings(gaussian(41, 9, 0.8)) == (0, 2)
    assert halvings(gaussian(41, 9, 9)) == (2, 2)


def test_recipes_without_what_is_done_quicker_are_exact() -> None:
    recipe = Recipe(steps=(Jpeg(quality=60), Blur(kind="isotropic", size=11, sigma_x=2, sigma_y=2)))
    np.testing.assert_array_equal(apply_fast(recipe, FACE[:64, :64]), apply(recipe, FACE[:64, :64]))
    small = Resample(height=40, width=40, interpolation="area")
    recipe = Recipe(steps=(Blur(kind="isotropic", size=41, sigma_x=3, sigma_y=3), small))
    np.testing.assert_array_equal(apply_fast(recipe, FACE[:99, :99]), apply(recipe, FACE[:99, :99]))
    np.testing.assert_array_equal(apply_fast(Recipe(steps=()), FACE), FACE)


def test_the_same_recipe_gives_the_same_bytes_and_leaves_the_image_alone() -> None:
    recipe, before = draw_recipe(PRESETS["gfpgan-release"], 0, "twice", (512, 512)), FACE.copy()
    assert apply_fast(recipe, FACE).tobytes() == apply_fast(recipe, FACE).tobytes()
    np.testing.assert_array_equal(FACE, before)
