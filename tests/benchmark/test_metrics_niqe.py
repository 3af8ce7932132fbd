"""NIQE: the fit against a plain search, the half scale against its definition, and what degradation does."""

import cv2
import numpy as np
import pytest
from scipy.special import gamma
from skimage.data import astronaut

from bfrbench.benchmark.metrics import niqe
from bfrbench.benchmark.metrics.luma import matlab_grey
from bfrbench.benchmark.metrics.natural_scenes import fit_asymmetric, fit_symmetric, halved
from bfrbench.benchmark.metrics.niqe import block_features, niqe_grey, niqe_y601

HQ = np.ascontiguousarray(astronaut()[:384, 64:448])


def fit_one_block(values: np.ndarray) -> tuple[float, float, float]:
    """The moment-matching fit as the literature writes it, by searching the whole grid."""
    grid = np.arange(0.2, 10.001, 0.001)
    ratios = gamma(2 / grid) ** 2 / (gamma(1 / grid) * gamma(3 / grid))
    left = np.sqrt((values[values < 0] ** 2).mean())
    right = np.sqrt((values[values > 0] ** 2).mean())
    g = left / right
    ratio = np.abs(values).mean() ** 2 / (values**2).mean() * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    shape = grid[np.abs(ratios - ratio).argmin()]
    scale = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    return shape, left * scale, right * scale


def test_fits_are_those_of_a_search_over_the_whole_grid() -> None:
    rng = np.random.default_rng(0)
    blocks = np.stack(
        [
            rng.normal(0, 1, (24, 24)),
            rng.laplace(0.1, 2, (24, 24)),
            rng.uniform(-1, 3, (24, 24)),
            rng.standard_t(1.5, (24, 24)),
            np.where(rng.random((24, 24)) < 0.5, -1.0, 1.0),  # flatter than the grid goes
        ]
    )
    fits = fit_asymmetric(blocks)
    for block, *ours in zip(blocks, fits.shape, *fits.scales, strict=True):
        assert ours == pytest.approx(fit_one_block(block.ravel()), rel=1e-12)


def test_symmetric_fits_know_the_gaussian_and_the_laplacian() -> None:
    rng = np.random.default_rng(0)
    shape, variance = fit_symmetric(rng.normal(0, 3, (512, 512)))
    assert (shape, variance) == pytest.approx((2.0, 9.0), rel=0.02)
    shape, variance = fit_symmetric(rng.laplace(0, 2, (512, 512)))
    assert (shape, variance) == pytest.approx((1.0, 8.0), rel=0.02)
    values, grid = rng.uniform(-1, 1, (16, 16)), np.arange(0.2, 10.001, 0.001)
    ratios = gamma(1 / grid) * gamma(3 / grid) / gamma(2 / grid) ** 2
    nearest = np.abs(ratios - (values**2).mean() / np.abs(values).mean() ** 2).argmin()
    assert fit_symmetric(values)[0] == grid[nearest]


def test_a_block_without_values_on_one_side_has_no_fit() -> None:
    fit = fit_asymmetric(np.zeros((1, 8, 8)))
    assert np.isnan([fit.shape, fit.left, fit.right, fit.mean, *fit.scales]).all()


def test_the_half_scale_is_antialiased_bicubic_with_mirrored_edges() -> None:
    def cubic(x: float) -> float:
        x = abs(x)
        if x <= 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    line = np.random.default_rng(1).uniform(0, 255, 16)
    mirrored = np.concatenate([line[::-1], line, line[::-1]])
    expected = []
    for i in range(8):
        centre = 2 * i + 0.5
        weights = np.array([cubic((j - 16 - centre) / 2) for j in range(48)])
        expected.append((weights * mirrored).sum() / weights.sum())
    ours = halved(np.tile(line, (16, 1)))
    assert ours.shape == (8, 8)
    assert halved(np.tile(line[:15], (15, 1))).shape == (8, 8)  # upwards, as MATLAB
    assert ours == pytest.approx(np.tile(expected, (8, 1)), abs=1e-10)


def test_blocks_do_not_look_at_each_other_nor_at_what_is_left_over() -> None:
    _, _, window = niqe._pristine()
    luma = np.random.default_rng(2).uniform(0, 255, (192 + 40, 192 + 7))
    features = block_features(luma, window)
    assert features.shape == (4, 36)
    changed = luma.copy()
    changed[192:], changed[:, 192:] = 0, 255
    assert np.array_equal(block_features(changed, window), features)


def test_degradation_makes_it_worse_step_by_step() -> None:
    values = [niqe_y601(cv2.GaussianBlur(HQ, (0, 0), sigma)) for sigma in (0.5, 1.5, 3.0)]
    assert niqe_y601(HQ) < values[1] < values[2]
    coarse = cv2.imdecode(cv2.imencode(".jpg", HQ, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], cv2.IMREAD_COLOR)
    assert niqe_y601(coarse) > niqe_y601(HQ)


def test_a_uniform_image_has_no_value_and_says_why() -> None:
    for function in (niqe_y601, niqe_grey):
        with pytest.raises(ValueError, match="two 96×96 blocks that are not uniform; this image has 0"):
            function(np.full((192, 192, 3), 128, np.uint8))


def test_colour_of_equal_luma_is_not_seen() -> None:
    assert niqe_y601(HQ) != niqe_y601(np.ascontiguousarray(HQ[:, :, ::-1]))
    grey = np.repeat(HQ[:, :, 1:2], 3, axis=2)
    assert niqe_y601(grey) == niqe_y601(np.ascontiguousarray(grey[:, :, ::-1]))


def test_the_grey_variant_is_another_number_for_the_same_picture() -> None:
    assert niqe_grey(HQ) == niqe.niqe(matlab_grey(HQ))
    assert niqe_grey(HQ) != niqe_y601(HQ)
    assert niqe_grey(HQ) == pytest.approx(niqe_y601(HQ), rel=0.1)
    assert niqe_grey(cv2.GaussianBlur(HQ, (0, 0), 2.0)) > niqe_grey(HQ)
