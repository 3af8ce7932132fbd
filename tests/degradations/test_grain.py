import numpy as np
import pytest
import scipy.ndimage

from bfrbench.degradations.ops.grain import FilmGrain, grain, grain_field


def flat(level: float, side: int = 256) -> np.ndarray:
    return np.full((side, side, 3), level, np.float32)


@pytest.mark.parametrize("size", [0.0, 0.001, 0.004])
@pytest.mark.parametrize("strength", [0.01, 0.05])
def test_the_deviation_at_mid_grey_is_the_strength(strength: float, size: float) -> None:
    grainy = grain(flat(0.5), FilmGrain(strength=strength, size=size, seed=1)) - 0.5
    assert grainy.std() == pytest.approx(strength, rel=0.03)
    assert abs(grainy.mean()) < 0.05 * strength


@pytest.mark.parametrize("level", [0.02, 0.1, 0.3, 0.8, 0.98])
def test_the_variance_over_tones_is_that_of_a_boolean_model(level: float) -> None:
    grainy = grain(flat(level), FilmGrain(strength=0.01, size=0.002, seed=1)) - np.float32(level)
    assert grainy.std() == pytest.approx(0.01 * 2 * np.sqrt(level * (1 - level)), rel=0.03)


def test_black_and_white_film_has_no_grain() -> None:
    step = FilmGrain(strength=0.3, size=0.002, seed=1)
    assert grain(flat(0), step).tobytes() == flat(0).tobytes()
    assert grain(flat(1), step).tobytes() == flat(1).tobytes()


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_neighbours_are_correlated_as_scipys_gaussian_filter_makes_them(sigma: float) -> None:
    field = grain_field(512, 512, FilmGrain(strength=1, size=sigma / 512, seed=1))[:, :, 0]
    white = np.random.default_rng(0).standard_normal((512, 512))
    theirs = scipy.ndimage.gaussian_filter(white, sigma, mode="wrap")
    for lag in (1, 3):
        # white noise through a Gaussian of sigma has the autocorrelation exp(-lag²/4sigma²)
        expected = np.exp(-(lag**2) / (4 * sigma**2))
        assert _correlation(field, lag) == pytest.approx(expected, abs=0.03)
        assert _correlation(theirs, lag) == pytest.approx(expected, abs=0.03)


def test_one_layer_is_grey_and_three_are_independent() -> None:
    one = grain(flat(0.5), FilmGrain(strength=0.05, size=0.002, seed=1))
    np.testing.assert_array_equal(one[:, :, 0], one[:, :, 2])
    three = grain(flat(0.5), FilmGrain(strength=0.05, size=0.002, colour=True, seed=1))
    assert np.abs(np.corrcoef(three.reshape(-1, 3).T) - np.eye(3)).max() < 0.05


def _correlation(field: np.ndarray, lag: int) -> float:
    return float(np.corrcoef(field[:, lag:].ravel(), field[:, :-lag].ravel())[0, 1])
