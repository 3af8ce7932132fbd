import numpy as np
import skimage.data

from bfrbench.degradations.ops.haze import Haze, haze

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)


def test_haze_is_restoreformer_plus_plus_formula() -> None:
    theirs = FACE * 0.8 + np.ones_like(FACE) * (1 - 0.8)
    np.testing.assert_allclose(haze(FACE, Haze(alpha=0.8)), theirs, atol=1e-7)


def test_haze_of_alpha_zero_is_the_veil_alone() -> None:
    np.testing.assert_array_equal(haze(FACE, Haze(alpha=0, level=0.25)), np.full_like(FACE, 0.25))


def test_contrast_falls_as_alpha_and_two_hazes_are_one_of_their_product() -> None:
    assert np.isclose(haze(FACE, Haze(alpha=0.6)).std(), 0.6 * FACE.std(), rtol=1e-4)
    twice = haze(haze(FACE, Haze(alpha=0.9)), Haze(alpha=0.5))
    np.testing.assert_allclose(twice, haze(FACE, Haze(alpha=0.45)), atol=1e-6)
