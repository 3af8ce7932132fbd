import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from bfrbench.degradations.ops.colour import (
    ColourJitter,
    ColourShift,
    Grey,
    change_brightness,
    change_contrast,
    change_hue,
    change_saturation,
    colour_jitter,
    colour_shift,
    grey,
)

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)
NAMES = ("brightness", "contrast", "saturation", "hue")


@pytest.mark.parametrize("turns", [-0.1, 0.03, 0.5])
def test_hue_is_turned_as_scikit_image_would(turns: float) -> None:
    hsv = skimage.color.rgb2hsv(FACE.astype(np.float64))
    hsv[:, :, 0] = (hsv[:, :, 0] + turns) % 1
    np.testing.assert_allclose(change_hue(FACE, turns), skimage.color.hsv2rgb(hsv), atol=2e-5)


def test_grey_and_black_pixels_have_no_hue_to_turn() -> None:
    greys = np.repeat(np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4, 1), 3, axis=2)
    np.testing.assert_allclose(change_hue(greys, 0.3), greys, atol=1e-7)


def test_zero_strength_changes_nothing() -> None:
    none = ColourJitter(brightness=1, contrast=1, saturation=1, hue=0, order=("brightness", "contrast"))
    assert colour_jitter(FACE, none).tobytes() == FACE.tobytes()
    assert colour_shift(FACE, ColourShift(red=0, green=0, blue=0)).tobytes() == FACE.tobytes()
    np.testing.assert_allclose(change_hue(FACE, 0), FACE, atol=3e-7)


def test_each_change_does_what_its_name_says() -> None:
    luma = FACE @ np.array([0.2989, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(change_brightness(FACE, 0.5), FACE / 2, atol=1e-7)
    np.testing.assert_allclose(change_contrast(FACE, 0), luma.mean(), atol=1e-6)
    np.testing.assert_allclose(change_saturation(FACE, 0), np.repeat(luma[:, :, None], 3, 2), atol=1e-6)


def test_the_order_of_changes_matters() -> None:
    factors = {"brightness": 1.5, "contrast": 0.5, "saturation": 1.0, "hue": 0.0}
    one = colour_jitter(FACE, ColourJitter(**factors, order=("brightness", "contrast")))
    other = colour_jitter(FACE, ColourJitter(**factors, order=("contrast", "brightness")))
    assert np.abs(one - other).max() > 0.05


def test_grey_is_opencvs_and_has_three_equal_channels() -> None:
    ours = grey(FACE, Grey())
    theirs = cv2.cvtColor(np.ascontiguousarray(FACE[:, :, ::-1]), cv2.COLOR_BGR2GRAY)
    for channel in range(3):
        np.testing.assert_allclose(ours[:, :, channel], theirs, atol=1e-6)


def test_shifts_are_in_levels_by_channel_and_clipped() -> None:
    image = np.full((2, 2, 3), 0.5, np.float32)
    shifted = colour_shift(image, ColourShift(red=20, green=-20, blue=200))
    np.testing.assert_allclose(shifted[0, 0], [0.5 + 20 / 255, 0.5 - 20 / 255, 1], atol=1e-7)
