import numpy as np
import pytest
import scipy.stats
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.ops.noise import (
    GaussianNoise,
    LaplaceNoise,
    PoissonNoise,
    SignedPoissonNoise,
    add_field,
    laplace,
    noise,
    noise_field,
    poisson,
    poisson_peak,
    rounded_for_poisson,
    signed_poisson,
)

GREY = np.full((256, 256, 3), 0.5, np.float32)
FACE = (skimage.data.astronaut()[:128, 130:258] / 255).astype(np.float32)


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


@pytest.mark.parametrize(("values", "peak"), [(1, 1), (2, 2), (3, 4), (64, 64), (65, 128), (256, 256)])
def test_the_peak_is_the_number_of_values_rounded_up_to_a_power_of_two(values: int, peak: int) -> None:
    ramp = np.repeat(np.arange(values, dtype=np.float32)[:, None, None] / 255, 3, axis=2)
    assert poisson_peak(ramp) == peak


def test_poisson_noise_has_no_mean_and_the_variance_of_counts() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    image = np.repeat(np.tile(ramp, (256, 1))[:, :, None], 3, axis=2)
    rounded = rounded_for_poisson(image, False)
    step = PoissonNoise(scale=1, seed=4)
    middle = slice(64, 160)  # where nothing is clipped
    off = (poisson(image, step) - rounded)[:, middle].astype(np.float64)
    assert abs(off.mean()) < 1e-3
    expected = rounded[:, middle] / 256
    assert (off**2).mean() == pytest.approx(expected.mean(), rel=0.02)
    twice = (poisson(image, PoissonNoise(scale=2, seed=4)) - rounded)[:, middle]
    assert twice.std() == pytest.approx(2 * off.std(), rel=0.01)


def test_grey_poisson_noise_is_one_field_and_no_scale_none() -> None:
    step = PoissonNoise(scale=1, grey=True, seed=3)
    off = poisson(FACE, step) - FACE
    inside = (poisson(FACE, step) > 0).all(axis=2) & (poisson(FACE, step) < 1).all(axis=2)
    np.testing.assert_allclose(off[inside][:, 0], off[inside][:, 2], atol=1e-6)
    assert poisson(FACE, step).tobytes() == poisson(FACE, step).tobytes()
    assert poisson(FACE, PoissonNoise(scale=0, seed=3)).tobytes() == FACE.tobytes()


def test_an_image_of_one_value_counts_in_ones() -> None:
    noisy = poisson(GREY, PoissonNoise(scale=1, seed=0))
    # 0.5 is rounded to 128/255 for the counts alone, so a count of 1 misses 1 by half a level
    np.testing.assert_allclose(np.unique(noisy), [0, 1 - 0.5 / 255, 1], atol=1e-6)


def test_laplace_noise_has_laplace_s_distribution_in_each_channel() -> None:
    off = (laplace(GREY, LaplaceNoise(scale=6, seed=2)) - GREY) * 255
    assert scipy.stats.kstest(off.ravel(), scipy.stats.laplace(scale=6).cdf).pvalue > 0.001
    assert np.abs(np.corrcoef(off.reshape(-1, 3).T) - np.eye(3)).max() < 0.02


def test_signed_poisson_noise_is_counts_with_the_sign_by_lot() -> None:
    off = np.rint((signed_poisson(GREY, SignedPoissonNoise(rate=20, seed=2)) - GREY) * 255).astype(int)
    counts = np.bincount(np.abs(off).ravel(), minlength=60)[:60]
    expected = off.size * scipy.stats.poisson(20).pmf(np.arange(60))
    common = expected > 50
    assert (
        scipy.stats.chisquare(
            counts[common], expected[common] * counts[common].sum() / expected[common].sum()
        ).pvalue
        > 0.001
    )
    assert (off > 0).mean() == pytest.approx(0.5, abs=0.005)
    assert np.abs(np.corrcoef(off.reshape(-1, 3).T) - np.eye(3)).max() < 0.02


@pytest.mark.parametrize("op", [laplace, signed_poisson])
def test_noise_of_no_strength_changes_nothing_and_a_seed_is_one_field(op: object) -> None:
    make = {laplace: lambda x, seed: LaplaceNoise(scale=x, seed=seed)}.get(
        op, lambda x, seed: SignedPoissonNoise(rate=x, seed=seed)
    )
    assert op(FACE, make(0, 1)).tobytes() == FACE.tobytes()
    first = op(FACE, make(9, 1))
    assert first.dtype == np.float32
    assert first.tobytes() == op(FACE, make(9, 1)).tobytes() != op(FACE, make(9, 2)).tobytes()
    assert 0 <= first.min() < first.max() <= 1
