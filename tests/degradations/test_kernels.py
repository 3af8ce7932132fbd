import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bfrbench.degradations.kernels import axis_sigmas, effective_sigma, gaussian


def test_golden_gaussian_kernels(shared: Path) -> None:
    folder = shared / "golden" / "degradations"
    rows = json.loads((folder / "kernels.json").read_text())
    gaussians = {name: row for name, row in rows.items() if row["type"] in ("iso", "aniso")}
    assert len(gaussians) == 11
    with np.load(folder / "kernels.npz") as golden:
        for name, row in gaussians.items():
            kernel = gaussian(
                row["size"], row["sigma_x"], row.get("sigma_y", row["sigma_x"]), row.get("theta", 0)
            )
            np.testing.assert_allclose(kernel, golden[name], atol=1e-9, rtol=0, err_msg=name)
            expected = row["effective_sigma_x"], row["effective_sigma_y"]
            np.testing.assert_allclose(axis_sigmas(kernel), expected, atol=1e-9, err_msg=name)


def test_an_isotropic_kernel_is_opencvs() -> None:
    column = cv2.getGaussianKernel(41, 4.3, cv2.CV_64F)
    np.testing.assert_allclose(gaussian(41, 4.3, 4.3), column @ column.T, atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.4, -2.6, np.pi / 2])
def test_kernels_sum_to_one_and_are_point_symmetric(theta: float) -> None:
    kernel = gaussian(21, 3.0, 1.1, theta)
    assert kernel.dtype == np.float64
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-15)


def test_positive_theta_turns_the_long_axis_from_x_towards_y_which_points_down() -> None:
    kernel = gaussian(21, 5.0, 0.5, np.pi / 4)
    assert kernel[15, 15] > 100 * kernel[5, 15]


@pytest.mark.parametrize(
    ("nominal", "effective"), [(5, 5.00), (8, 7.68), (10, 8.90), (12, 9.70), (15, 10.42), (16, 10.58)]
)
def test_the_cut_at_41_pixels_narrows_wide_kernels(nominal: float, effective: float) -> None:
    assert effective_sigma(gaussian(41, nominal, nominal)) == pytest.approx(effective, abs=5e-3)


def test_effective_sigma_does_not_depend_on_the_direction() -> None:
    upright, turned = gaussian(41, 4.0, 2.0), gaussian(41, 4.0, 2.0, 0.9)
    assert effective_sigma(turned) == pytest.approx(effective_sigma(upright), abs=1e-4)
    assert effective_sigma(upright) == pytest.approx(np.sqrt((4.0**2 + 2.0**2) / 2), abs=1e-4)


def test_an_even_size_is_refused() -> None:
    with pytest.raises(ValueError, match="odd size"):
        gaussian(40, 1.0, 1.0)
