from math import pi

import numpy as np
import pandas as pd
import pytest

from bfrbench.degradations.draws import DrawDownsample, DrawNoise
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.presets import PRESETS, draw_recipe, find_preset
from bfrbench.degradations.recipe import columns
from bfrbench.errors import UnknownName

MANY = 2000

# preset: kernel, sigma, scale, noise, quality; written down again from the papers and yml files
EXPECTED = {
    "gfpgan-paper": (512, 41, (0.2, 10), (1, 8), (0, 15), (60, 99)),
    "gfpgan-release": (512, 41, (0.1, 10), (0.8, 8), (0, 20), (60, 99)),
    "gfpgan-paper-128": (128, 11, (0.05, 2.5), (1, 4), (0, 15), (60, 99)),
    "gfpgan-release-128": (128, 11, (0.025, 2.5), (0.8, 4), (0, 20), (60, 99)),
}


@pytest.fixture(scope="module", params=list(PRESETS))
def drawn(request: pytest.FixtureRequest) -> tuple[str, pd.DataFrame]:
    preset = PRESETS[request.param]
    size = (preset.size, preset.size)
    return preset.id, pd.DataFrame(columns(draw_recipe(preset, 0, str(n), size)) for n in range(MANY))


def assert_fills(values: pd.Series, low: float, high: float, what: str) -> None:
    """All within the range, and as near to its ends as 2,000 uniform draws come (1 in 10⁸ misses)."""
    values = values.dropna()
    gap = (high - low) * 20 / len(values)
    assert low <= values.min() <= low + gap, what
    assert high - gap <= values.max() <= high, what


def assert_share(share: float, expected: float, what: str) -> None:
    assert abs(share - expected) < 4.5 * np.sqrt(expected * (1 - expected) / MANY), what


def test_drawn_values_fill_the_ranges_of_the_source(drawn: tuple[str, pd.DataFrame]) -> None:
    name, rows = drawn
    size, kernel, sigma, scale, noise, quality = EXPECTED[name]
    turned = rows[rows["blur.kind"] == "anisotropic"]
    assert set(rows["blur.size"]) == {kernel}
    assert_fills(rows["blur.sigma_x"], *sigma, "sigma_x")
    assert_fills(turned["blur.sigma_y"], *sigma, "sigma_y")
    assert_fills(turned["blur.theta"], -pi, pi, "theta")
    assert abs(np.corrcoef(turned["blur.sigma_x"], turned["blur.sigma_y"])[0, 1]) < 0.15
    assert_fills(rows["noise.sigma"], *noise, "noise")
    assert_fills(rows["jpeg.quality"], *quality, "quality")
    assert rows["resample.width"].min() in (int(size // scale[1]), int(size // scale[1]) + 1)
    assert rows["resample.width"].max() == pytest.approx(size / scale[0], rel=0.02)
    assert (rows["resample2.width"] == size).all()
    assert (rows["resample.height"] == rows["resample.width"]).all()
    assert not rows["noise.grey"].any()
    assert rows["noise.seed"].is_unique


def test_colour_and_kernels_come_as_often_as_the_released_code_has_them(
    drawn: tuple[str, pd.DataFrame],
) -> None:
    _, rows = drawn
    assert_share((rows["blur.kind"] == "anisotropic").mean(), 0.5, "anisotropic")
    assert_share(rows["colour_shift.red"].notna().mean(), 0.3, "shift")
    assert_share(rows["grey"].notna().mean(), 0.01, "grey")
    assert_share(rows["colour_jitter.hue"].notna().mean(), 0.3, "jitter")
    for channel in ("red", "green", "blue"):
        assert_fills(rows[f"colour_shift.{channel}"], -20, 20, channel)
    for factor, low, high in (("brightness", 0.5, 1.5), ("saturation", 0, 1.5), ("hue", -0.1, 0.1)):
        assert_fills(rows[f"colour_jitter.{factor}"], low, high, factor)
    assert rows["colour_jitter.order"].nunique() == 24


def test_a_recipe_depends_on_preset_seed_and_name_and_on_nothing_else() -> None:
    paper, release = PRESETS["gfpgan-paper"], PRESETS["gfpgan-release"]
    first = draw_recipe(paper, 0, "a", (512, 512))
    assert first == draw_recipe(paper, 0, "a", (512, 512))
    others = [
        draw_recipe(paper, 1, "a", (512, 512)),
        draw_recipe(paper, 0, "b", (512, 512)),
        draw_recipe(release, 0, "a", (512, 512)),
    ]
    seeds = {columns(recipe)["noise.seed"] for recipe in [first, *others]}
    assert len(seeds) == 4


def test_a_recipe_drawn_today_is_drawn_again_tomorrow() -> None:
    flat = columns(draw_recipe(PRESETS["gfpgan-release"], 0, "face-07", (512, 512)))
    assert {key: flat[key] for key in ("blur.sigma_x", "resample.width", "jpeg.quality", "noise.seed")} == {
        "blur.sigma_x": 9.66033298627466,
        "resample.width": 268,
        "jpeg.quality": 83,
        "noise.seed": 4736280624551983,
    }


def test_heights_and_widths_are_cut_and_never_below_one() -> None:
    rng = np.random.default_rng(0)
    fixed = DrawDownsample(scale=(2.7, 2.7))
    assert fixed.draw(rng, (256, 512)) == (Resample(height=94, width=189),)
    assert fixed.draw(rng, (2, 1)) == (Resample(height=1, width=1),)


def test_grey_noise_comes_as_often_as_its_probability_says() -> None:
    rng = np.random.default_rng(0)
    steps = [DrawNoise(sigma=(1, 2), grey=0.4).draw(rng, (8, 8))[0] for _ in range(MANY)]
    assert_share(np.mean([isinstance(step, GaussianNoise) and step.grey for step in steps]), 0.4, "grey")


def test_presets_are_found_by_id_and_by_version() -> None:
    assert find_preset("gfpgan-release") is find_preset("gfpgan-release@1")
    assert all(preset.full_name == f"{key}@{preset.version}" for key, preset in PRESETS.items())
    with pytest.raises(UnknownName, match=r"Did you mean gfpgan-release\?.*gfpgan-paper@1"):
        find_preset("gfpgan-relaese")
    with pytest.raises(UnknownName):
        find_preset("gfpgan-release@2")


def test_every_preset_says_where_it_is_from_and_what_is_uncertain() -> None:
    for preset in PRESETS.values():
        assert preset.title
        assert preset.source
        assert "int()" in preset.notes
