import numpy as np
import pytest
import skimage.color
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.ops.fade import STAIN, Fade, fade

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)


def test_black_and_white_become_the_levels_asked_for() -> None:
    ends = np.array([[[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]]], np.float32)
    faded = fade(ends, Fade(black=0.2, white=0.8))
    np.testing.assert_allclose(faded[0, :, 0], [0.2, 0.8, 0.5], atol=1e-6)
    np.testing.assert_allclose(fade(FACE, Fade(black=0.2, white=0.8)).std(), 0.6 * FACE.std(), rtol=1e-4)


def test_yellowing_is_a_layer_of_its_optical_density() -> None:
    white = np.ones((2, 2, 3), np.float32)
    yellow = fade(white, Fade(yellowing=0.7))
    np.testing.assert_allclose(-np.log10(yellow[0, 0]), 0.7 * STAIN, atol=1e-6)
    twice = fade(fade(white, Fade(yellowing=0.3)), Fade(yellowing=0.4))
    np.testing.assert_allclose(twice, yellow, atol=1e-6)


def test_yellowed_white_is_yellow_to_scikit_image() -> None:
    lab = skimage.color.rgb2lab(fade(np.ones((1, 1, 3), np.float32), Fade(yellowing=0.5)))[0, 0]
    hue = np.degrees(np.arctan2(lab[2], lab[1]))
    assert 75 < hue < 105
    assert 10 < np.hypot(lab[1], lab[2]) < 40


def test_black_above_white_is_refused() -> None:
    with pytest.raises(ValidationError, match="black must not be lighter"):
        Fade(black=0.6, white=0.5)
