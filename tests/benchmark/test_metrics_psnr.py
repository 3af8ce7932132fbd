"""PSNR: its formula, its edges, and what scikit-image says."""

import math

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from bfrbench.benchmark.metrics.luma import full_range, matlab_grey, y601
from bfrbench.benchmark.metrics.matching import matched
from bfrbench.benchmark.metrics.psnr import psnr_rgb, psnr_rgb_matched, psnr_y601


def noisy(sigma: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.clip(np.rint(astronaut() + rng.normal(0, sigma, (512, 512, 3))), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [1.0, 12.0, 60.0])
def test_scikit_image_says_the_same(sigma) -> None:  # type: ignore[no-untyped-def]
    theirs = peak_signal_noise_ratio(astronaut(), noisy(sigma), data_range=255)
    assert psnr_rgb(noisy(sigma), astronaut()) == pytest.approx(theirs, abs=1e-9)
    theirs = peak_signal_noise_ratio(y601(astronaut()), y601(noisy(sigma)), data_range=255)
    assert psnr_y601(noisy(sigma), astronaut()) == pytest.approx(theirs, abs=1e-9)


def test_one_level_everywhere_is_20_log_255() -> None:
    grey = np.full((5, 7, 3), 100, np.uint8)
    assert psnr_rgb(grey + np.uint8(1), grey) == pytest.approx(20 * math.log10(255))


def test_black_against_white_is_zero() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert psnr_rgb(black, 255 - black) == 0.0


@pytest.mark.parametrize("function", [psnr_rgb, psnr_y601, psnr_rgb_matched])
def test_the_same_image_is_infinitely_good(function) -> None:  # type: ignore[no-untyped-def]
    assert function(astronaut(), astronaut()) == math.inf


@pytest.mark.parametrize("function", [psnr_rgb, psnr_y601])
def test_it_is_symmetric_and_falls_with_noise(function) -> None:  # type: ignore[no-untyped-def]
    assert function(noisy(9.0), astronaut()) == function(astronaut(), noisy(9.0))
    values = [function(noisy(sigma), astronaut()) for sigma in (2.0, 5.0, 10.0, 20.0, 40.0)]
    assert values == sorted(values, reverse=True)


def test_limited_range_luma_runs_from_16_to_235_and_agrees_with_opencv() -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    assert y601(ends).ravel() == pytest.approx([16.0, 235.0])
    theirs = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2YCrCb)[:, :, 0]  # full range, rounded
    assert np.abs(full_range(astronaut()) - theirs).max() <= 1.0
    assert full_range(ends).ravel().tolist() == [0.0, 255.0]


def test_luma_is_exact_so_that_rounding_a_half_falls_the_same_way_everywhere() -> None:
    half = np.array([[[0, 0, 250]]], np.uint8)  # 0.114 · 250 = 28.5
    assert full_range(half) == 28.0
    grid = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    exact = (grid.astype(object) * np.array([65481, 128553, 24966], object)).sum(axis=2)
    assert np.array_equal(y601(grid), 16.0 + exact.astype(np.float64) / 255000.0)


def test_matlabs_grey_keeps_grey_and_rounds_halves_up() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(matlab_grey(np.repeat(levels[:, :, None], 3, axis=2)), levels)
    # rgb2gray(uint8(cat(3, 255, 0, 0))) and the like in MATLAB
    pure = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert matlab_grey(pure).ravel().tolist() == [76.0, 150.0, 29.0]
    assert np.abs(matlab_grey(astronaut()) - full_range(astronaut())).max() <= 1.0


def by_vqfrs_steps(restored: np.ndarray, hq: np.ndarray) -> np.ndarray:
    """Twice in a row: the mean moved, then all divided by the deviation and multiplied by the HQ's."""
    x = restored.astype(np.float64)
    for channel in range(3):
        y = hq[:, :, channel].astype(np.float64)
        for _ in range(2):
            x[:, :, channel] += y.mean() - x[:, :, channel].mean()
            x[:, :, channel] *= y.std() / x[:, :, channel].std()
    return x


def test_matching_is_what_vqfrs_two_rounds_come_to() -> None:
    restored = np.clip(noisy(20.0) * 0.8 + 30, 0, 255).astype(np.uint8)
    difference = matched(restored, astronaut()) - by_vqfrs_steps(restored, astronaut())
    assert np.abs(difference).max() < 1e-9


def test_matching_forgives_a_colour_cast_and_is_not_symmetric() -> None:
    cast = (noisy(5.0) * np.array([0.7, 0.8, 0.6]) + 20).astype(np.uint8)
    assert psnr_rgb_matched(cast, astronaut()) > psnr_rgb(cast, astronaut()) + 10
    assert psnr_rgb_matched(cast, astronaut()) != psnr_rgb_matched(astronaut(), cast)
    values = [psnr_rgb_matched(noisy(sigma), astronaut()) for sigma in (2.0, 10.0, 40.0)]
    assert values == sorted(values, reverse=True)


def test_a_uniform_channel_cannot_be_matched() -> None:
    flat = astronaut().copy()
    flat[:, :, 2] = 7
    with pytest.raises(ValueError, match="A channel of this image is uniform"):
        psnr_rgb_matched(flat, astronaut())
    assert psnr_rgb_matched(astronaut(), flat) > 0.0
