import numpy as np
import pytest
import scipy.ndimage
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.ops.median import MedianBlur, median
from bfrbench.degradations.ops.rounding import Round, round_to_8_bits

FACE = (skimage.data.astronaut()[:96, 150:251] / 255).astype(np.float32)


@pytest.mark.parametrize("size", [3, 5, 15])
def test_median_is_scipys_with_the_border_replicated(size: int) -> None:
    theirs = scipy.ndimage.median_filter(FACE, size=(size, size, 1), mode="nearest")
    np.testing.assert_array_equal(median(FACE, MedianBlur(size=size)), theirs)


def test_salt_and_pepper_goes_and_edges_stay() -> None:
    step = np.zeros((40, 40, 3), np.float32)
    step[:, 20:] = 1
    salted = step.copy()
    salted[10, 5], salted[30, 35] = 1, 0
    np.testing.assert_array_equal(median(salted, MedianBlur(size=3)), step)


def test_a_single_pixel_only_rounds() -> None:
    values = np.array([[[0.1, 0.5, 1.3]]], np.float32)
    expected = np.array([[[26, 128, 255]]], np.float32) / np.float32(255)
    np.testing.assert_array_equal(median(values, MedianBlur(size=1)), expected)
    np.testing.assert_array_equal(round_to_8_bits(values, Round()), expected)


def test_rounding_is_half_to_even_and_leaves_8_bit_values_alone() -> None:
    levels = np.array([[[100.5, 101.5, 102.49]]], np.float32) / np.float32(255)
    np.testing.assert_array_equal(np.rint(round_to_8_bits(levels, Round()) * 255), [[[100, 102, 102]]])
    assert round_to_8_bits(FACE, Round()).tobytes() == FACE.tobytes()


@pytest.mark.parametrize("size", [0, 4, 257])
def test_a_size_without_a_middle_is_refused(size: int) -> None:
    with pytest.raises(ValidationError):
        MedianBlur(size=size)
