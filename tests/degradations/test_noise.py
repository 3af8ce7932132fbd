import numpy as np
import pytest
from pydantic import ValidationError

from bfrbench.degradations.ops.noise import GaussianNoise, add_field, noise, noise_field

GREY = np.full((256, 256, 3), 0.5, np.float32)


def test_no_strength_gives_the_same_bytes() -> None:
    assert noise(GREY, GaussianNoise(sigma=0, seed=1)).tobytes() == GREY.tobytes()


def test_the_same_step_gives_the_same_bytes_and_another_seed_does_not() -> None:
    first = noise(GREY, GaussianNoise(sigma=10, seed=1))
    assert first.tobytes() == noise(GREY, GaussianNoise(sigma=10, seed=1)).tobytes()
    assert first.tobytes() != noise(GREY, GaussianNoise(sigma=10, seed=2)).tobytes()


@pytest.mark.parametrize("sigma", [1.0, 11.3, 20.0])
def test_mean_and_deviation_are_the_ones_asked_for(sigma: float) -> None:
    field = noise_field(256, 256, GaussianNoise(sigma=sigma, seed=7)) * 255
    assert field.dtype == np.float32
    assert abs(field.mean()) < 4 * sigma / field.size**0.5
    assert field.std() == pytest.approx(sigma, rel=4 / (2 * field.size) ** 0.5)


def test_colour_noise_is_independent_by_channel_and_grey_noise_is_one_field() -> None:
    colour = noise_field(256, 256, GaussianNoise(sigma=10, seed=3)).reshape(-1, 3)
    assert np.abs(np.corrcoef(colour.T) - np.eye(3)).max() < 0.02
    grey = noise(GREY, GaussianNoise(sigma=10, grey=True, seed=3))
    np.testing.assert_array_equal(grey[:, :, 0], grey[:, :, 1])
    np.testing.assert_array_equal(grey[:, :, 0], grey[:, :, 2])


def test_the_sum_is_clipped_and_not_rounded() -> None:
    field = np.array([[[-0.7, 0.001, 0.7]]], np.float32)
    np.testing.assert_array_equal(add_field(GREY[:1, :1], field), np.array([[[0, 0.501, 1]]], np.float32))


@pytest.mark.parametrize("seed", [-1, 2**53])
def test_a_seed_that_json_would_lose_is_refused(seed: int) -> None:
    with pytest.raises(ValidationError):
        GaussianNoise(sigma=1, seed=seed)
