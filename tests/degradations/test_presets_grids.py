"""DifFace's grids: every combination once, in the published order or crossed."""

from itertools import pairwise, product
from math import pi

import numpy as np
import pandas as pd
import pytest

from bfrbench.degradations.presets import PRESETS, draw_recipe, find_preset
from bfrbench.errors import InputError

# the loops of DifFace's script, outermost first: quality, scale, noise, sigma_x, theta
JOURNAL = tuple(
    product(
        (30, 40, 50, 60, 70),
        (4, 8, 12, 16, 20, 24, 28, 32, 36, 40),
        (1, 5, 10, 15, 20),
        (4, 8, 12, 16),
        (0, 0.25 * pi, 0.5 * pi, 0.75 * pi),
    )
)
NAMES = ("quality", "scale", "noise", "sigma_x", "theta", "sigma_y")


def walk(name: str, count: int, seed: int = 0) -> pd.DataFrame:
    rows = []
    for position in range(count):
        recipe = draw_recipe(PRESETS[name], seed, f"face-{position}", (512, 512), position)
        blur, down, noise, jpeg, back = recipe.steps
        assert (blur.size, blur.kind, down.interpolation, back.height) == (41, "anisotropic", "linear", 512)
        scale = next(s for s in (4, 8, 12, 16, 20, 24, 28, 30, 32, 36, 40) if 512 // s == down.height)
        rows.append((jpeg.quality, scale, noise.sigma, blur.sigma_x, blur.theta, blur.sigma_y))
    return pd.DataFrame(rows, columns=NAMES)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return walk("difface-test", 4000)


@pytest.fixture(scope="module")
def crossed() -> pd.DataFrame:
    grid = PRESETS["difface-test-crossed"].draws
    return pd.DataFrame([grid.combination(position, key=0) for position in range(4000)], columns=NAMES[:5])


def combinations(rows: pd.DataFrame) -> list[tuple[float, ...]]:
    return [tuple(row) for row in rows[list(NAMES[:5])].itertuples(index=False)]


def test_the_published_grid_has_its_4000_combinations_in_their_order(published: pd.DataFrame) -> None:
    assert len(JOURNAL) == 4000
    assert combinations(published) == list(JOURNAL)


def test_sigma_y_is_any_of_the_levels_and_goes_with_nothing(published: pd.DataFrame) -> None:
    shares = published["sigma_y"].value_counts(normalize=True)
    assert set(shares.index) == {4, 8, 12, 16}
    assert shares.between(0.22, 0.28).all()
    assert abs(published["sigma_y"].corr(published["sigma_x"])) < 0.07


def test_the_earlier_grid_has_its_3500_combinations_in_their_order() -> None:
    expected = product(
        (30, 40, 50, 60, 70),
        (4, 8, 16, 24, 30),
        (1, 5, 10, 15, 20),
        (2, 4, 6, 8, 10, 12, 14),
        (0, 0.25 * pi, 0.5 * pi, 0.75 * pi),
    )
    grid = PRESETS["difface-test-first"].draws
    assert [grid.combination(position, key=0) for position in range(len(grid))] == list(expected)
    levels = set(walk("difface-test-first", 300)["sigma_y"])
    assert levels == {2, 4, 6, 8, 10, 12, 14}


def test_the_crossed_grid_has_each_combination_once(crossed: pd.DataFrame) -> None:
    assert sorted(combinations(crossed)) == sorted(JOURNAL)


def test_in_the_crossed_grid_no_level_goes_with_a_place(
    published: pd.DataFrame, crossed: pd.DataFrame
) -> None:
    """Correlation with the place: 4.5 standard deviations of chance at 4,000."""
    place = np.arange(4000)
    assert np.corrcoef(published["quality"], place)[0, 1] > 0.97
    for axis in NAMES[:5]:
        assert abs(np.corrcoef(crossed[axis], place)[0, 1]) < 4.5 / np.sqrt(4000), axis
        first = crossed[axis][:800].value_counts(normalize=True)
        assert first.min() > 0.55 * first.max(), axis


def test_recipes_of_the_crossed_grid_are_balanced_in_any_stretch() -> None:
    rows = walk("difface-test-crossed", 400)
    assert rows["quality"].value_counts().between(50, 115).all()
    assert rows["quality"].nunique() == 5
    assert len(set(combinations(rows))) == 400


def test_another_seed_crosses_otherwise_and_another_round_too() -> None:
    grid = PRESETS["difface-test-crossed"].draws
    first = [grid.combination(position, key=1) for position in range(50)]
    assert first != [grid.combination(position, key=2) for position in range(50)]
    assert first != [grid.combination(position + 4000, key=1) for position in range(50)]
    assert first == [grid.combination(position, key=1) for position in range(50)]


def test_the_published_grid_starts_anew_past_its_end() -> None:
    grid = PRESETS["difface-test"].draws
    assert len(grid) == 4000
    assert grid.combination(4000 + 7, key=0) == grid.combination(7, key=0) == JOURNAL[7]


def test_a_grid_without_a_position_is_refused() -> None:
    with pytest.raises(InputError, match=r"difface-test@1.*position"):
        draw_recipe(PRESETS["difface-test"], 0, "a", (512, 512))


FACTORS = ("blur", "downsample", "noise", "jpeg", "all")
# blur at 512 px, sides at 512, 256 and 128 px, noise, quality: the table of docs/presets.md
ALONE = {"blur": (2, 4, 7, 11, 16), "noise": (5, 10, 20, 35, 50), "jpeg": (75, 50, 30, 15, 8)}
TOGETHER = {"blur": (1, 2.5, 5, 7.5, 10), "noise": (2, 5, 10, 15, 20), "jpeg": (90, 75, 60, 45, 30)}
SIDES = {512: (256, 128, 64, 32, 16), 256: (160, 128, 64, 32, 16), 128: (96, 64, 48, 32, 16)}


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_ladder_gives_each_face_its_five_levels(factor: str, size: int) -> None:
    suffix = "" if size == 512 else f"-{size}"
    ladder = PRESETS[f"ladder-{factor}{suffix}"]
    assert (ladder.per_face, ladder.size) == (5, size)
    levels = TOGETHER if factor == "all" else ALONE
    for face in range(3):
        for severity in range(1, 6):
            name, position = f"{face}-{severity}", face * 5 + severity - 1
            steps = {step.op: step for step in draw_recipe(ladder, 0, name, (size, size), position).steps[:4]}
            assert set(steps) == (
                {"blur", "resample", "noise", "jpeg"}
                if factor == "all"
                else {"resample" if factor == "downsample" else factor}
            )
            if "blur" in steps:
                sigma = levels["blur"][severity - 1] * size / 512
                assert (steps["blur"].sigma_x, steps["blur"].kind) == (sigma, "isotropic")
                assert steps["blur"].size >= 6 * sigma
            if factor == "all":
                assert steps["resample"].height == SIDES[size][severity - 1]
            if "noise" in steps:
                assert steps["noise"].sigma == levels["noise"][severity - 1]
            if "jpeg" in steps:
                assert steps["jpeg"].quality == levels["jpeg"][severity - 1]


@pytest.mark.parametrize("size", SIDES)
def test_fewer_pixels_alone_are_averaged_and_brought_back(size: int) -> None:
    suffix = "" if size == 512 else f"-{size}"
    for place, side in enumerate(SIDES[size]):
        down, back = draw_recipe(PRESETS[f"ladder-downsample{suffix}"], 0, "a", (size, size), place).steps
        assert (down.height, down.width, down.interpolation) == (side, side, "area")
        assert (back.height, back.width) == (size, size)


@pytest.mark.parametrize("ladder", ["ladder-blur", "ladder-all", "ladder-all-128"])
def test_one_severity_is_a_preset_of_its_own_that_cards_can_name(ladder: str) -> None:
    for severity in range(1, 6):
        level = find_preset(f"{ladder}-{severity}")
        assert find_preset(level.full_name) is level
        assert (level.per_face, level.size) == (1, PRESETS[ladder].size)
        size = (level.size, level.size)
        alone = draw_recipe(level, 0, "a", size)
        inside = draw_recipe(PRESETS[ladder], 0, "a", size, severity - 1)
        assert [step.op for step in alone.steps] == [step.op for step in inside.steps]
        assert alone.steps[0] == inside.steps[0]


# sigma, side, noise, quality: half way between the levels, below the first a whole face
BETWEEN = {
    "ladder-all-train": ((0.5, 1.75, 3.75, 6.25, 8.75, 11.25), (384, 192, 96, 48, 24, 12)),
    "ladder-all-256-train": ((0.25, 0.875, 1.875, 3.125, 4.375, 5.625), (208, 144, 96, 48, 24, 12)),
    "ladder-all-128-train": ((0.125, 0.4375, 0.9375, 1.5625, 2.1875, 2.8125), (112, 80, 56, 40, 24, 12)),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_training_for_a_ladder_draws_all_factors_around_one_level(name: str) -> None:
    preset, (sigmas, sides) = PRESETS[name], BETWEEN[name]
    noises, qualities = (1, 3.5, 7.5, 12.5, 17.5, 22.5), (95, 82, 67, 52, 37, 22)
    found = []
    for n in range(1000):
        size = (preset.size, preset.size)
        blur, down, noise, jpeg, back = draw_recipe(preset, 0, f"face-{n}", size).steps
        level = int(np.searchsorted(sigmas, blur.sigma_x))
        found.append(level)
        assert sides[level - 1] >= down.height >= sides[level], (level, down)
        assert noises[level - 1] <= noise.sigma <= noises[level], (level, noise)
        assert qualities[level - 1] >= jpeg.quality >= qualities[level], (level, jpeg)
        assert (down.width, back.height, back.width) == (down.height, *size)
    assert sorted(set(found)) == [1, 2, 3, 4, 5]
    assert all(found.count(level) > 150 for level in range(1, 6))  # 200 of each expected, sd 12.6


def test_each_severity_is_worse_than_the_one_before(astronaut_face: np.ndarray) -> None:
    from bfrbench.degradations.recipe import apply

    for factor in FACTORS:
        ladder = PRESETS[f"ladder-{factor}-128"]
        errors = []
        for place in range(5):
            lq = apply(draw_recipe(ladder, 0, "a", (128, 128), place), astronaut_face)
            errors.append(np.square(lq.astype(float) - astronaut_face).mean())
        assert all(after > before for before, after in pairwise(errors)), (factor, errors)


@pytest.fixture(scope="module")
def astronaut_face() -> np.ndarray:
    import skimage.data

    return np.ascontiguousarray(skimage.data.astronaut()[30:158, 160:288])
