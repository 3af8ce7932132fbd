import cv2
import numpy as np
import pytest

from bfrbench.degradations.kernels import (
    Kernel,
    axis_sigmas,
    box,
    effective_sigma,
    gaussian,
    generalised_gaussian,
    motion,
    plateau,
    sinc,
    untruncated_size,
)

ALL = {
    "gaussian": gaussian(21, 3.0, 1.1, 0.4),
    "generalised": generalised_gaussian(21, 3.0, 1.1, 0.4, 0.6),
    "plateau": plateau(21, 3.0, 1.1, 0.4, 1.7),
    "sinc": sinc(21, 1.2),
    "motion": motion(21, 30, 0),
    "box": box(9),
}


@pytest.mark.parametrize("name", list(ALL))
def test_kernels_are_float64_of_sum_one_and_point_symmetric(name: str) -> None:
    kernel = ALL[name]
    assert kernel.dtype == np.float64
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    # imgaug's line is rounded to 8 bits, one half up and the other down
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-3 if name == "motion" else 1e-15)


def test_an_isotropic_kernel_is_opencvs() -> None:
    column = cv2.getGaussianKernel(41, 4.3, cv2.CV_64F)
    np.testing.assert_allclose(gaussian(41, 4.3, 4.3), column @ column.T, atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.4, -2.6, np.pi / 2])
def test_turned_kernels_are_point_symmetric(theta: float) -> None:
    kernel = gaussian(21, 3.0, 1.1, theta)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-15)


def test_positive_theta_turns_the_long_axis_from_x_towards_y_which_points_down() -> None:
    kernel = gaussian(21, 5.0, 0.5, np.pi / 4)
    assert kernel[15, 15] > 100 * kernel[5, 15]


def test_beta_one_is_the_gaussian_and_other_betas_change_tails_and_top() -> None:
    plain = gaussian(41, 3.0, 2.0, 0.3)
    np.testing.assert_allclose(generalised_gaussian(41, 3.0, 2.0, 0.3, 1.0), plain, atol=1e-17)
    heavy, flat = (generalised_gaussian(41, 3.0, 2.0, 0.3, beta) for beta in (0.5, 4.0))
    assert heavy[0, 20] > plain[0, 20] > flat[0, 20]
    assert flat[20, 22] / flat[20, 20] > plain[20, 22] / plain[20, 20] > heavy[20, 22] / heavy[20, 20]


def test_a_plateau_is_at_half_its_height_one_sigma_out_whatever_beta() -> None:
    for beta in (0.7, 1.0, 3.0):
        kernel = plateau(21, 4.0, 4.0, 0.0, beta)
        assert kernel[10, 14] == pytest.approx(kernel[10, 10] / 2)
        assert kernel[14, 10] == pytest.approx(kernel[10, 10] / 2)


def test_sinc_passes_what_is_below_its_cut_off_and_stops_what_is_above() -> None:
    response = np.abs(np.fft.fft(sinc(255, 1.2).sum(axis=0)))
    frequency = 2 * np.pi * np.arange(255) / 255
    assert np.abs(response[frequency < 1.0] - 1).max() < 0.1
    assert response[(frequency > 1.4) & (frequency < np.pi)].max() < 0.1


def test_padding_a_sinc_changes_nothing_inside() -> None:
    padded = sinc(7, 2.1, pad_to=21)
    np.testing.assert_array_equal(padded[7:14, 7:14], sinc(7, 2.1))
    assert np.count_nonzero(padded) == 49
    assert sinc(21, 2.1, pad_to=7).shape == (21, 21)


@pytest.mark.parametrize(
    ("size", "angle", "direction"), [(3, 0, 0), (25, 33, 0.3), (15, 90, 1), (21, 200, -0.7), (9, -45, 0)]
)
def test_motion_is_imgaugs_line_turned_by_opencv(size: int, angle: float, direction: float) -> None:
    top = (direction + 1) / 2
    line = np.zeros((size, size), np.float32)
    line[:, size // 2] = np.linspace(top, 1 - top, size)
    turn = cv2.getRotationMatrix2D((size // 2, size // 2), -angle, 1)  # OpenCV turns the other way
    turned = cv2.warpAffine((255 * line).astype(np.uint8), turn, (size, size)).astype(np.float64)
    # OpenCV 4 interpolates on a grid of 1/32 pixel: 1 of 255 levels or two
    np.testing.assert_allclose(motion(size, angle, direction), turned / turned.sum(), atol=3 / turned.sum())


def test_even_motion_upright_is_one_column_and_a_quarter_turn_one_row() -> None:
    upright = np.zeros((9, 9))
    upright[:, 4] = 1 / 9
    np.testing.assert_allclose(motion(9, 0, 0), upright, atol=1e-12)
    np.testing.assert_allclose(motion(9, 90, 0), upright.T, atol=1e-12)


def test_motion_turns_clockwise_and_direction_one_is_strongest_at_the_top() -> None:
    np.testing.assert_allclose(motion(9, 90, 1), np.rot90(motion(9, 0, 1), -1), atol=1e-12)
    column = motion(9, 0, 1)[:, 4]
    assert (np.diff(column) < 0).all()
    assert column[-1] == 0
    np.testing.assert_allclose(motion(9, 180, 1)[::-1], motion(9, 0, 1), atol=1e-12)


def test_the_width_of_uneven_motion_is_about_its_own_mean() -> None:
    assert effective_sigma(motion(25, 0, 1)) < effective_sigma(motion(25, 0, 0))
    assert axis_sigmas(motion(25, 0, 0)) == pytest.approx((0, np.sqrt((25**2 - 1) / 12)))


def test_an_even_box_leans_to_the_upper_left_of_an_odd_square() -> None:
    assert box(3).shape == (3, 3)
    even = box(4)
    assert even.shape == (5, 5)
    np.testing.assert_array_equal(even[:4, :4], 1 / 16)
    assert effective_sigma(even) == pytest.approx(np.sqrt((4**2 - 1) / 12))


@pytest.mark.parametrize(
    ("nominal", "effective"), [(5, 5.00), (8, 7.68), (10, 8.90), (12, 9.70), (15, 10.42), (16, 10.58)]
)
def test_the_cut_at_41_pixels_narrows_wide_kernels(nominal: float, effective: float) -> None:
    assert effective_sigma(gaussian(41, nominal, nominal)) == pytest.approx(effective, abs=5e-3)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 1.7, 7.0, 10.0, 15.0, 16.0])
def test_the_untruncated_size_is_odd_at_least_six_sigma_and_keeps_the_width(sigma: float) -> None:
    size = untruncated_size(sigma)
    assert size % 2 == 1
    assert 6 * sigma + 1 <= size < 6 * sigma + 3
    if sigma > 0.5:  # below, the grid itself is too coarse
        assert effective_sigma(gaussian(size, sigma, sigma)) == pytest.approx(sigma, rel=0.015)


def test_effective_sigma_does_not_depend_on_the_direction() -> None:
    upright, turned = gaussian(41, 4.0, 2.0), gaussian(41, 4.0, 2.0, 0.9)
    assert effective_sigma(turned) == pytest.approx(effective_sigma(upright), abs=1e-4)
    assert effective_sigma(upright) == pytest.approx(np.sqrt((4.0**2 + 2.0**2) / 2), abs=1e-4)


def test_negative_lobes_leave_a_width_of_zero_not_an_imaginary_one() -> None:
    assert effective_sigma(sinc(41, 0.9)) == 0


@pytest.mark.parametrize("sigma", [5e-324, 1e-9, 1e300])
@pytest.mark.parametrize("beta", [1e-3, 1.0, 1e3])
def test_extreme_parameters_still_give_kernels(sigma: float, beta: float) -> None:
    for family in (generalised_gaussian, plateau):
        kernel: Kernel = family(21, sigma, sigma, 0.3, beta)
        assert np.isfinite(kernel).all()
        assert kernel.sum() == pytest.approx(1)


def test_an_even_size_is_refused() -> None:
    with pytest.raises(ValueError, match="odd size"):
        gaussian(40, 1.0, 1.0)
    with pytest.raises(ValueError, match="odd size"):
        sinc(40, 1.0)
    with pytest.raises(ValueError, match="odd size"):
        sinc(7, 1.0, pad_to=20)
    with pytest.raises(ValueError, match="odd size"):
        motion(0, 0, 0)
