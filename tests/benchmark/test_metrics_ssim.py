"""SSIM and MS-SSIM: what scikit-image says, their edges, and a slow version straight from the formula."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import structural_similarity

from bfrbench.benchmark.metrics.luma import full_range, matlab_grey, y601
from bfrbench.benchmark.metrics.matching import matched
from bfrbench.benchmark.metrics.ms_ssim import MIN_SIZE, ms_ssim_luma
from bfrbench.benchmark.metrics.ssim import ssim_grey, ssim_rgb, ssim_rgb_matched, ssim_y601

ALL = [ssim_rgb, ssim_y601, ssim_grey, ms_ssim_luma]
HQ = np.ascontiguousarray(astronaut()[:200, 150:340])


def blurred(sigma: float, hq: np.ndarray = HQ) -> np.ndarray:
    return cv2.GaussianBlur(hq, (0, 0), sigma)


def theirs(x: np.ndarray, y: np.ndarray, **options: object) -> float:
    return structural_similarity(
        x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, **options
    )


@pytest.mark.parametrize("sigma", [0.8, 2.0, 6.0])
def test_scikit_image_says_the_same(sigma) -> None:  # type: ignore[no-untyped-def]
    restored = blurred(sigma)
    assert ssim_rgb(restored, HQ) == pytest.approx(theirs(restored, HQ, channel_axis=2), abs=1e-10)
    assert ssim_y601(restored, HQ) == pytest.approx(theirs(y601(restored), y601(HQ)), abs=1e-10)
    assert ssim_grey(restored, HQ) == pytest.approx(theirs(matlab_grey(restored), matlab_grey(HQ)), abs=1e-10)
    cast = (restored * 0.8 + 20).astype(np.uint8)
    expected = theirs(matched(cast, HQ), HQ.astype(np.float64), channel_axis=2)
    assert ssim_rgb_matched(cast, HQ) == pytest.approx(expected, abs=1e-10)
    assert ssim_rgb_matched(cast, HQ) > ssim_rgb(cast, HQ)


@pytest.mark.parametrize("function", ALL)
def test_the_same_image_scores_one(function) -> None:  # type: ignore[no-untyped-def]
    assert function(HQ, HQ) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("function", ALL)
def test_it_is_symmetric_and_falls_with_blur(function) -> None:  # type: ignore[no-untyped-def]
    assert function(blurred(2.0), HQ) == pytest.approx(function(HQ, blurred(2.0)), abs=1e-14)
    values = [function(blurred(sigma), HQ) for sigma in (0.7, 1.5, 3.0, 6.0, 12.0)]
    assert values == sorted(values, reverse=True)
    assert 0.0 < values[-1] < values[0] < 1.0


@pytest.mark.parametrize("function", ALL)
def test_an_inverted_image_is_far_from_one_and_is_a_number(function) -> None:  # type: ignore[no-untyped-def]
    assert -1.0 <= function(255 - HQ, HQ) < 0.5


def test_ssim_is_defined_where_the_window_fits_once() -> None:
    piece = HQ[:11, :11]
    assert ssim_rgb(piece, piece) == pytest.approx(1.0)


def slow_ms_ssim(x: np.ndarray, y: np.ndarray) -> float:
    """Equation 7, with scikit-image's gradient-free SSIM maps and a loop over pixels for halving."""
    product = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        kernel = np.exp(-((np.arange(11) - 5.0) ** 2) / 4.5)
        window = np.outer(kernel, kernel) / kernel.sum() ** 2
        patches_x = np.lib.stride_tricks.sliding_window_view(x, (11, 11))
        patches_y = np.lib.stride_tricks.sliding_window_view(y, (11, 11))
        mean_x, mean_y = ((p * window).sum(axis=(2, 3)) for p in (patches_x, patches_y))
        dx, dy = patches_x - mean_x[..., None, None], patches_y - mean_y[..., None, None]
        covariance = (dx * dy * window).sum(axis=(2, 3))
        variances = ((dx * dx + dy * dy) * window).sum(axis=(2, 3))
        factor = np.maximum(0, (2 * covariance + 58.5225) / (variances + 58.5225))
        if scale == 4:
            factor = factor * (2 * mean_x * mean_y + 6.5025) / (mean_x**2 + mean_y**2 + 6.5025)
        product *= factor.mean() ** weight
        x, y = (np.array([[p[i : i + 2, j : j + 2].mean() for j in range(0, p.shape[1], 2)]
                          for i in range(0, p.shape[0], 2)]) for p in (x, y))  # fmt: skip
    return product


def test_ms_ssim_is_its_formula_at_odd_sizes_too() -> None:
    # 165 = 83 = 42 = 21 = 11: an odd side at three of the scales, whose last pixels stand alone
    hq = HQ[:176, :165]
    restored = blurred(1.5, hq)
    assert ms_ssim_luma(restored, hq) == pytest.approx(
        slow_ms_ssim(full_range(restored), full_range(hq)), abs=1e-9
    )


def test_ms_ssim_is_defined_from_its_smallest_size() -> None:
    piece = HQ[:MIN_SIZE, :MIN_SIZE]
    assert 0.0 < ms_ssim_luma(blurred(1.0, piece), piece) < 1.0
    assert MIN_SIZE == 161
