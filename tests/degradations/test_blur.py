import cv2
import numpy as np
import pytest
import scipy.ndimage
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.kernels import gaussian
from bfrbench.degradations.ops.blur import (
    AverageBlur,
    Blur,
    Border,
    MotionBlur,
    Sinc,
    blur,
    convolve,
    kernel_of,
)

FACE = (skimage.data.astronaut()[:200, 150:301] / 255).astype(np.float32)


def step(sigma: float, size: int = 41) -> Blur:
    return Blur(kind="isotropic", size=size, sigma_x=sigma, sigma_y=sigma)


@pytest.mark.parametrize("size", [11, 13, 41])
def test_blur_agrees_with_scipy_and_with_filter2d(size: int) -> None:
    kernel = gaussian(size, 2.9, 0.8, 0.7)
    ours = convolve(FACE, kernel)
    assert ours.dtype == np.float32
    # scipy's "mirror" is reflect-101; its convolution flips, which a Gaussian does not notice
    theirs = np.stack(
        [scipy.ndimage.convolve(plane, kernel, mode="mirror") for plane in FACE.transpose(2, 0, 1)], axis=2
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-6)
    np.testing.assert_allclose(ours, cv2.filter2D(FACE, -1, kernel), atol=2e-6)


@pytest.mark.parametrize("size", [11, 13])
def test_an_asymmetric_kernel_is_correlated_not_convolved(size: int) -> None:
    kernel = np.zeros((size, size))
    kernel[size // 2, size // 2 + 1] = 1  # takes each pixel from its right neighbour
    np.testing.assert_allclose(convolve(FACE, kernel)[:, :-1], FACE[:, 1:], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 50, 3), (7, 5, 3)])
def test_images_smaller_than_the_kernel_are_mirrored_again_and_again(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    np.testing.assert_allclose(blur(image, step(6)), cv2.filter2D(image, -1, gaussian(41, 6, 6)), atol=2e-6)


def test_a_constant_image_stays_constant_up_to_its_border() -> None:
    np.testing.assert_allclose(blur(np.full((60, 60, 3), 0.7, np.float32), step(8)), 0.7, atol=1e-6)


def test_sigma_a_tenth_changes_nothing_at_all() -> None:
    assert blur(FACE, step(0.1)).tobytes() == FACE.tobytes()


def test_a_wider_kernel_leaves_less_detail() -> None:
    spread = [blur(FACE, step(sigma)).std() for sigma in (0.1, 1, 2, 4, 8)]
    assert spread == sorted(spread, reverse=True)


@pytest.mark.parametrize("size", [3, 15])
@pytest.mark.parametrize(
    ("border", "mode"),
    [("reflect-101", "mirror"), ("reflect", "reflect"), ("replicate", "nearest"), ("zero", "constant")],
)
def test_borders_are_scipys_of_other_names(border: Border, mode: str, size: int) -> None:
    ours = blur(FACE, AverageBlur(size=size, border=border))
    theirs = scipy.ndimage.uniform_filter(FACE, size, mode=mode, axes=(0, 1))
    np.testing.assert_allclose(ours, theirs, atol=3e-6)


@pytest.mark.parametrize("size", [1, 2, 4, 9, 14])
def test_average_is_opencvs_blur_at_odd_and_even_sizes(size: int) -> None:
    ours = blur(FACE, AverageBlur(size=size))
    np.testing.assert_allclose(ours, cv2.blur(FACE, (size, size)), atol=2e-6)


def test_every_kernel_step_is_a_correlation_with_its_kernel() -> None:
    steps = (
        Sinc(size=7, omega=2.1, pad_to=21),
        MotionBlur(size=15, angle_degrees=20, direction=0.5),
        Blur(kind="plateau_anisotropic", size=21, sigma_x=2.5, sigma_y=0.8, theta=2.2, beta=1.6),
        Blur(kind="generalised_isotropic", size=21, sigma_x=2.5, sigma_y=2.5, beta=0.5),
    )
    for one in steps:
        np.testing.assert_allclose(blur(FACE, one), cv2.filter2D(FACE, -1, kernel_of(one)), atol=3e-6)


def test_uneven_motion_moves_towards_its_strong_end() -> None:
    dot = np.zeros((31, 31, 3), np.float32)
    dot[15, 15] = 1
    trail = blur(dot, MotionBlur(size=15, angle_degrees=0, direction=1))[:, 15, 0]
    assert trail.sum() == pytest.approx(1, abs=1e-5)
    assert trail[15 + 7] > trail[15] > trail[15 - 6] > 0  # what lies above is seen: the dot shows below


def test_the_image_handed_in_is_not_changed() -> None:
    before = FACE.copy()
    blur(FACE, step(3, size=11))
    blur(FACE, step(3))
    np.testing.assert_array_equal(FACE, before)


@pytest.mark.parametrize("threads", [1, 2])
def test_bytes_do_not_depend_on_threads_or_memory_alignment(threads: int) -> None:
    expected = blur(FACE, step(5)).tobytes()
    raw = np.empty(FACE.size + 16, np.float32)
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        for offset in range(0, 16, 3):
            shifted = raw[offset : offset + FACE.size].reshape(FACE.shape)
            shifted[...] = FACE
            assert blur(shifted, step(5)).tobytes() == expected
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 40},
        {"sigma_x": 0.0, "sigma_y": 0.0},
        {"sigma_y": 3.0},
        {"theta": 0.5},
        {"sigma_x": float("nan")},
        {"kind": "motion"},
        {"beta": 2.0},
        {"kind": "plateau_isotropic", "sigma_y": 3.0},
        {"kind": "plateau_isotropic", "beta": 0.0},
        {"border": "wrap"},
    ],
)
def test_steps_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Blur(**({"kind": "isotropic", "size": 41, "sigma_x": 2.0, "sigma_y": 2.0} | wrong))  # type: ignore[arg-type]


def test_other_kernel_steps_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValidationError, match="padded size must be odd"):
        Sinc(size=7, omega=1, pad_to=20)
    with pytest.raises(ValidationError, match=r"less than or equal to 3\.14"):
        Sinc(size=7, omega=3.2)
    with pytest.raises(ValidationError, match="greater than or equal to 3"):
        MotionBlur(size=1, angle_degrees=0)
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        MotionBlur(size=5, angle_degrees=0, direction=1.5)
