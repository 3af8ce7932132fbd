import numpy as np
import pytest
import skimage.color
import skimage.data

from bfrbench.degradations.ops.iso_noise import IsoNoise, gamma_encoded, iso_noise, linear_light

FACE = (skimage.data.astronaut()[:128, 130:258] / 255).astype(np.float32)


def test_linear_light_is_scikit_images() -> None:
    # their linear RGB is hidden inside XYZ: take it out again
    to_rgb = np.linalg.inv(skimage.color.colorconv.xyz_from_rgb)
    theirs = skimage.color.rgb2xyz(FACE.astype(np.float64)) @ to_rgb.T
    np.testing.assert_allclose(linear_light(FACE), theirs, atol=1e-6)
    np.testing.assert_allclose(gamma_encoded(linear_light(FACE)), FACE, atol=1e-6)


@pytest.mark.parametrize("level", [0.2, 0.5, 0.8])
def test_the_variance_in_linear_light_is_read_plus_shot_times_intensity(level: float) -> None:
    flat = np.full((300, 300, 3), level, np.float32)
    linear = float(linear_light(flat[:1, :1])[0, 0, 0])
    noisy = linear_light(iso_noise(flat, IsoNoise(read=1e-5, shot=4e-4, seed=6))).astype(np.float64)
    assert noisy.mean() == pytest.approx(linear, abs=2e-4)
    assert noisy.var() == pytest.approx(1e-5 + 4e-4 * linear, rel=0.02)


def test_the_dark_is_noisier_than_the_light_on_screen_where_read_noise_rules() -> None:
    dark, light = (np.full((200, 200, 3), level, np.float32) for level in (0.25, 0.8))
    step = IsoNoise(read=1e-4, shot=0, seed=1)
    assert iso_noise(dark, step).std() > 2 * iso_noise(light, step).std()


def test_no_noise_gives_the_picture_back_and_a_seed_is_a_seed() -> None:
    np.testing.assert_allclose(iso_noise(FACE, IsoNoise(read=0, shot=0, seed=1)), FACE, atol=1e-6)
    first = iso_noise(FACE, IsoNoise(read=1e-3, shot=0.01, seed=1))
    assert first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1
    assert first.tobytes() == iso_noise(FACE, IsoNoise(read=1e-3, shot=0.01, seed=1)).tobytes()
    assert first.tobytes() != iso_noise(FACE, IsoNoise(read=1e-3, shot=0.01, seed=2)).tobytes()


def test_grey_noise_keeps_grey_pixels_grey() -> None:
    grey = np.repeat(FACE[:, :, :1], 3, axis=2)
    one = iso_noise(grey, IsoNoise(read=1e-3, shot=0.01, grey=True, seed=1))
    np.testing.assert_array_equal(one[:, :, 0], one[:, :, 2])
    three = iso_noise(grey, IsoNoise(read=1e-3, shot=0.01, seed=1))
    assert np.abs(three[:, :, 0] - three[:, :, 2]).max() > 0.01
