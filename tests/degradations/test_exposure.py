import numpy as np
import pytest
import skimage.color
import skimage.data
import skimage.exposure

from bfrbench.degradations.ops.exposure import Exposure, exposure

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)
GREYS = np.repeat(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16, 1), 3, axis=2)


@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.3, 1.0])
def test_light_is_multiplied_between_scikit_images_srgb_curves(stops: float) -> None:
    # XYZ is linear in light, so scaling it there and back scales the light of each channel
    xyz = skimage.color.rgb2xyz(FACE.astype(np.float64) * 0.5) * 2**stops
    theirs = np.clip(skimage.color.xyz2rgb(xyz), 0, 1)
    np.testing.assert_allclose(exposure(FACE * np.float32(0.5), Exposure(stops=stops)), theirs, atol=2e-4)


def test_stored_values_can_be_scaled_instead_as_restoreformer_plus_plus_would() -> None:
    ours = exposure(FACE, Exposure(stops=np.log2(0.7), linear=False))
    np.testing.assert_allclose(ours, FACE * 0.7, atol=1e-6)
    bright = exposure(FACE, Exposure(stops=np.log2(1.1), linear=False))
    np.testing.assert_allclose(bright, np.clip(FACE * 1.1, 0, 1), atol=1e-6)


def test_black_stays_and_greys_keep_their_order() -> None:
    for stops in (-3, 2):
        exposed = exposure(GREYS, Exposure(stops=stops))[:, :, 0].ravel()
        assert exposed[0] == 0
        assert (np.diff(exposed) >= 0).all()


def test_down_and_up_again_gives_the_picture_back() -> None:
    back = exposure(exposure(FACE, Exposure(stops=-2)), Exposure(stops=2))
    np.testing.assert_allclose(back, FACE, atol=1e-5)
