"""What presets draw, against the papers' and configurations' ranges written down a second time."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from math import pi
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bfrbench.degradations.presets import (
    GROUPS,
    LEFT_OUT,
    PRESETS,
    Grid,
    draw_recipe,
    find_preset,
)
from bfrbench.degradations.recipe import Step, apply, columns, from_json, to_json
from bfrbench.errors import UnknownName
from bfrbench.files import write_parquet

Range = tuple[float, float]


@dataclass(frozen=True)
class Chain:
    """Blur, shrink, noise, JPEG, back."""

    size: int
    kernels: set[int]
    sigma: Range
    scale: Range
    noise: Range
    quality: tuple[int, int]  # both come up
    colour: bool = False


# from section 3 of the notes, read again: kernel, sigma, scale, noise, JPEG
CHAINS = {
    "gfpgan-paper": Chain(512, {41}, (0.2, 10), (1, 8), (0, 15), (60, 99), colour=True),
    "gfpgan-release": Chain(512, {41}, (0.1, 10), (0.8, 8), (0, 20), (60, 99), colour=True),
    "gfpgan-paper-128": Chain(128, {11}, (0.05, 2.5), (1, 4), (0, 15), (60, 99), colour=True),
    "gfpgan-release-128": Chain(128, {11}, (0.025, 2.5), (0.8, 4), (0, 20), (60, 99), colour=True),
    "gfpgan-nocolour": Chain(512, {41}, (0.1, 10), (0.8, 8), (0, 20), (60, 99)),
    "vqfr-v2": Chain(512, {41}, (1, 15), (1, 30), (0, 20), (30, 89)),
    "codeformer-stage2": Chain(512, {41}, (1, 15), (4, 30), (0, 20), (30, 79)),
    "codeformer-stage3-small": Chain(512, {41}, (0.1, 10), (1, 12), (0, 15), (60, 99)),
    "codeformer-colourisation": Chain(512, {41}, (1, 15), (4, 30), (0, 20), (30, 79), colour=True),
    "restoreformer": Chain(512, {39, 41}, (0.1, 10), (0.8, 8), (0, 20), (60, 99)),
    "daefr": Chain(512, {39, 41}, (0.1, 15), (0.8, 30), (0, 20), (30, 99)),
    "difface": Chain(512, {41}, (0.1, 15), (0.8, 32), (0, 20), (30, 99)),
    "difface-128": Chain(128, {11}, (0.025, 3.75), (0.8, 8), (0, 20), (30, 99)),
    "gpen-release": Chain(512, {41}, (0.1, 10), (0.8, 8), (0, 20), (60, 99)),
    "diffbir-v1-general": Chain(512, {41}, (0.1, 12), (1, 12), (0, 15), (30, 99)),
    "bfrffusion": Chain(512, {41}, (0.1, 10), (0.8, 8), (0, 20), (60, 99)),
    "faceme": Chain(512, {41}, (0.2, 10), (1, 16), (0, 15), (30, 99)),
}

ALIASES = {
    "gfpgan-nocolour": ("vqfr-v1", "diffbir-v1-face"),
    "codeformer-stage2": ("codeformer-stage3-large",),
    "restoreformer": ("daefr-codebooks",),
    "difface": ("pmrf", "stablesr-face", "resshift-faceir", "fos-syn"),
    "realesrgan": ("diffbir-v2",),
}


def flat(steps: Iterable[Step]) -> dict[str, object]:
    """Like recipe.columns, without the effective sigmas, which take a kernel each."""
    values: dict[str, object] = {}
    seen: dict[str, int] = {}
    for step in steps:
        seen[step.op] = seen.get(step.op, 0) + 1
        prefix = step.op if seen[step.op] == 1 else f"{step.op}{seen[step.op]}"
        values[prefix] = True
        values |= {f"{prefix}.{field.name}": getattr(step, field.name) for field in fields(step)}
    return values


def drawn(name: str, count: int, size: int | None = None) -> pd.DataFrame:
    preset = find_preset(name)
    side = size or preset.size
    return pd.DataFrame(flat(draw_recipe(preset, 0, str(n), (side, side), n).steps) for n in range(count))


def assert_fills(values: pd.Series, low: float, high: float) -> None:
    """All within the range, and as near to its ends as uniform draws come (1 in 10⁸ misses)."""
    values = values.dropna().astype(float)
    gap = (high - low) * 20 / len(values)
    assert low <= values.min() <= low + gap, (values.name, values.min())
    assert high - gap <= values.max() <= high, (values.name, values.max())


def assert_share(hits: pd.Series, expected: float) -> None:
    assert abs(hits.mean() - expected) < 4.5 * np.sqrt(expected * (1 - expected) / len(hits)), hits.name


def assert_chain(rows: pd.DataFrame, chain: Chain) -> None:
    turned = rows[rows["blur.kind"] == "anisotropic"]
    straight = rows[rows["blur.kind"] == "isotropic"]
    assert len(turned) + len(straight) == rows["blur"].notna().sum()
    assert_share((rows["blur.kind"] == "anisotropic"), 0.5)
    assert set(rows["blur.size"].dropna()) == chain.kernels
    assert_fills(rows["blur.sigma_x"], *chain.sigma)
    assert_fills(turned["blur.sigma_y"], *chain.sigma)
    assert_fills(turned["blur.theta"], -pi, pi)
    assert (straight["blur.sigma_y"] == straight["blur.sigma_x"]).all()
    assert_fills(rows["noise.sigma"], *chain.noise)
    assert not rows["noise.grey"].dropna().any()
    assert rows["noise.seed"].dropna().is_unique
    assert_fills(rows["jpeg.quality"], *chain.quality)
    widths = rows["resample.width"].dropna()
    low, high = chain.scale
    gap = (high - low) * 20 / len(widths)
    assert int(chain.size // high) <= widths.min() <= chain.size // (high - gap)
    assert chain.size // (low + gap) <= widths.max() <= chain.size / low
    assert (rows["resample2.width"].dropna() == chain.size).all()
    assert (rows["resample.height"] == rows["resample.width"]).sum() == len(widths)
    assert {*rows["resample.interpolation"].dropna(), *rows["resample2.interpolation"].dropna()} == {"linear"}


def assert_colour(rows: pd.DataFrame, *, colour: bool) -> None:
    changes = {"colour_shift", "grey", "colour_jitter"}
    if not colour:
        assert not changes & set(rows.columns)
        return
    for change, share in (("colour_shift", 0.3), ("colour_jitter", 0.3), ("grey", 0.01)):
        assert_share(rows.get(change, pd.Series(np.nan, rows.index, name=change)).notna(), share)
    for channel in ("red", "green", "blue"):
        assert_fills(rows[f"colour_shift.{channel}"], -20, 20)
    for factor, low, high in (
        ("brightness", 0.5, 1.5),
        ("contrast", 0.5, 1.5),
        ("saturation", 0, 1.5),
        ("hue", -0.1, 0.1),
    ):
        assert_fills(rows[f"colour_jitter.{factor}"], low, high)


MANY = (500, pytest.param(10_000, marks=pytest.mark.slow))


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize("name", CHAINS)
def test_drawn_values_fill_the_ranges_of_the_source(name: str, many: int) -> None:
    rows = drawn(name, many)
    assert_chain(rows, CHAINS[name])
    assert_colour(rows, colour=CHAINS[name].colour)
    if name == "bfrffusion":
        assert_share(rows["blur"].isna(), 0.01)
    else:
        assert rows["blur"].notna().all()


def test_a_face_that_bfrffusion_leaves_alone_has_an_empty_recipe() -> None:
    lengths = {len(draw_recipe(PRESETS["bfrffusion"], 0, str(n), (512, 512)).steps) for n in range(600)}
    assert lengths == {0, 5}


def test_gpen_rounds_before_the_last_resize() -> None:
    ops = [step.op for step in draw_recipe(PRESETS["gpen-release"], 0, "a", (512, 512)).steps]
    assert ops == ["blur", "resample", "noise", "jpeg", "round", "resample"]


@pytest.mark.parametrize("many", [1500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_tenth_of_restoreformer_plus_plus_is_uneven_and_few_are_hazy(many: int) -> None:
    preset = PRESETS["restoreformer++"]
    chains, patches = [], []
    for n in range(many):
        steps = draw_recipe(preset, 0, str(n), (512, 512)).steps
        if steps[0].op != "patch":
            chains.append(flat(steps))
            continue
        assert len(steps) == 1
        patches.append(flat(steps))
        chains += [flat(steps[0].steps), flat(steps[0].outside)]
    assert_share(pd.Series([True] * len(patches) + [False] * (many - len(patches))), 0.1)
    rows = pd.DataFrame(chains)
    assert_chain(rows, CHAINS["restoreformer"])
    assert_share(rows["haze"].notna(), 0.008)
    assert rows["haze.alpha"].dropna().between(0.75, 0.95).all()
    squares = pd.DataFrame(patches)
    assert_fills(squares["patch.height"], 128, 256)
    assert (squares["patch.height"] == squares["patch.width"]).all()
    assert (squares["patch.top"] + squares["patch.height"]).between(128, 512).all()
    assert (squares["patch.left"] + squares["patch.width"]).between(128, 512).all()
    hazy = next(chain for chain in chains if "haze" in chain)
    assert list(dict.fromkeys(key.split(".")[0] for key in hazy))[:3] == ["blur", "haze", "resample"]


@pytest.mark.parametrize("many", [1500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_psfrgan_draws_what_imgaug_draws(many: int) -> None:
    rows = drawn("psfrgan", many)
    for blur, share in (("blur", 1 / 8), ("average", 1 / 8), ("median", 1 / 8), ("motion", 1 / 8)):
        assert_share(rows[blur].notna(), share)
    assert_fills(rows["blur.sigma_x"], 3, 15)
    wide = rows[rows["blur.sigma_x"] >= 5]
    assert set((2.6 * wide["blur.sigma_x"] - wide["blur.size"]).round(6).between(-1, 2)) == {True}
    assert set(rows["average.size"].dropna()) == set(range(3, 16))
    assert set(rows["median.size"].dropna()) == set(range(3, 16, 2))
    assert set(rows["motion.size"].dropna()) == set(range(5, 26, 2))
    assert_fills(rows["motion.angle_degrees"], 0, 360)
    assert_fills(rows["motion.direction"], -1, 1)
    assert_fills(rows["resample.width"], 32, 255)
    assert set(rows["resample.interpolation"]) == {"nearest", "linear", "area", "cubic"}
    assert_share(rows["noise"].notna(), 0.2)
    assert_fills(rows["noise.sigma"], 0, 25.5)
    assert_share(rows["noise.grey"].dropna().astype(float), 0.5)
    assert_share(rows["jpeg"].notna(), 0.7)
    assert_fills(rows["jpeg.quality"], 36, 90)
    assert (rows["resample2.width"] == 512).all()
    assert set(rows["resample2.interpolation"]) == {"cubic"}


@pytest.mark.parametrize("many", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_real_esrgan_draws_two_orders(many: int) -> None:
    rows = drawn("realesrgan", many)
    assert rows["unsharp"].all()
    assert (rows["unsharp.weight"] == 0.5).all()
    assert set(rows["blur.size"].dropna()) == set(range(7, 22, 2))
    assert rows["blur.sigma_x"].max() < 3
    kinds = rows.loc[rows["blur"].notna(), "blur.kind"]
    for kind, share in (
        ("isotropic", 0.45),
        ("anisotropic", 0.25),
        ("generalised_isotropic", 0.12),
        ("generalised_anisotropic", 0.03),
        ("plateau_isotropic", 0.12),
        ("plateau_anisotropic", 0.03),
    ):
        assert_share((kinds == kind).rename(kind), share)
    generalised = rows.loc[kinds.index[kinds.str.startswith("generalised")], "blur.beta"]
    assert_fills(generalised, 0.5, 4)
    assert_share(generalised < 1, 0.5)
    assert rows.loc[kinds.index[kinds.str.startswith("plateau")], "blur.beta"].between(1, 2).all()
    assert_share(rows["noise"].isna(), 0.25)  # Poisson twice
    assert_share(rows["poisson"].notna(), 0.75)
    assert_share(rows["noise.grey"].dropna().astype(float), 0.4)
    assert_fills(rows["diffjpeg.quality"], 30, 95)
    assert_fills(rows["diffjpeg2.quality"], 30, 95)
    assert_fills(rows["resample.width"], 76, 768)
    assert_share((rows["resample.width"] == 512).rename("kept"), 0.1)
    assert_fills(rows["resample2.width"], 38, 153)
    assert (rows["resample3.width"] == 128).all()
    assert (rows["resample4.width"] == 512).all()
    for number in ("", "2", "3"):
        assert set(rows[f"resample{number}.interpolation"]) == {"adaptive", "linear", "cubic"}


def test_real_esrgan_compresses_before_or_after_its_last_sinc() -> None:
    preset = PRESETS["realesrgan"]
    ends = {
        tuple(step.op for step in draw_recipe(preset, 0, str(n), (512, 512)).steps[-4:]) for n in range(200)
    }
    assert ends >= {
        ("diffjpeg", "resample", "sinc", "resample"),
        ("resample", "sinc", "diffjpeg", "resample"),
    }


def test_real_esrgan_cuts_sinc_lower_for_large_kernels() -> None:
    recipes = [draw_recipe(PRESETS["realesrgan"], 0, str(n), (512, 512)) for n in range(600)]
    first = [recipe.steps[1] for recipe in recipes if recipe.steps[1].op == "sinc"]
    assert_share(pd.Series([1.0] * len(first) + [0.0] * (len(recipes) - len(first))), 0.1)
    assert all(step.omega >= (pi / 3 if step.size < 13 else pi / 5) for step in first)
    assert any(step.omega < pi / 3 for step in first)


@pytest.mark.parametrize("many", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_old_photographs_have_the_defects_that_the_preset_names(many: int) -> None:
    rows = drawn("old-photo", many)
    assert_share(rows["grey"].notna(), 0.95)
    assert rows["blur.sigma_x"].between(0.0008 * 512, 0.005 * 512).all()
    assert (rows["blur.size"] >= 6 * rows["blur.sigma_x"]).all()
    assert_share(rows["exposure"].notna(), 0.4)
    assert_fills(rows["exposure.stops"], -0.8, 0.6)
    assert_share(rows["halftone"].notna(), 0.12)
    assert set(rows["halftone.angle_degrees"].dropna()) == {0, 15, 45, 75}
    assert_share(rows["tint"].notna(), 0.4)
    assert set(rows["tint.kind"].dropna()) == {"sepia", "warm", "green", "purple", "cyanotype"}
    assert_fills(rows["tint.amount"], 0.1, 0.8)
    assert_fills(rows["resample.width"], 102, 511)
    assert_fills(rows["noise.sigma"], 0, 3)
    assert_fills(rows["jpeg.quality"], 50, 95)
    assert (rows["resample2.width"] == 512).all()
    assert not rows.filter(like=".seed").stack().dropna().duplicated().any()


def test_defects_of_an_old_photograph_keep_their_share_of_another_size() -> None:
    small, large = (draw_recipe(PRESETS["old-photo"], 0, "a", (side, side)).steps for side in (256, 512))
    (blur_small,) = [step for step in small if step.op == "blur"][:1]
    (blur_large,) = [step for step in large if step.op == "blur"][:1]
    assert blur_large.sigma_x == pytest.approx(2 * blur_small.sigma_x)


@pytest.mark.parametrize(
    ("suffix", "sigma", "lengths"), [("", (3, 8), (11, 21)), ("-128", (0.75, 2), (3, 5))]
)
def test_the_blur_track_is_half_motion_half_gaussian(suffix: str, sigma: Range, lengths: Range) -> None:
    rows = drawn(f"bfr-benchmark-blur{suffix}", 600)
    assert_share(rows["motion"].notna(), 0.5)
    assert_share(rows["blur"].notna(), 0.5)
    assert_fills(rows["blur.sigma_x"], *sigma)
    assert set(rows["motion.size"].dropna()) == set(range(lengths[0], lengths[1] + 1, 2))
    assert_fills(rows["motion.angle_degrees"], 0, 360)
    assert_fills(rows["motion.direction"], -1, 1)


@pytest.mark.parametrize("suffix", ["", "-128"])
def test_the_other_tracks_are_what_hifacegan_s_script_and_the_folders_say(suffix: str) -> None:
    rows = drawn(f"bfr-benchmark-noise{suffix}", 900)
    for op, field, low, high in (
        ("noise", "sigma", 20, 40),
        ("laplace", "scale", 20, 40),
        ("signed_poisson", "rate", 15, 30),
    ):
        assert_share(rows[op].notna(), 1 / 3)
        assert_fills(rows[f"{op}.{field}"], low, high)
    assert not rows["noise.grey"].dropna().any()
    assert_fills(drawn(f"bfr-benchmark-jpeg{suffix}", 900)["jpeg.quality"], 17, 51)
    rows, side = drawn(f"bfr-benchmark-lr{suffix}", 900), find_preset(f"bfr-benchmark-lr{suffix}").size
    for scale in (2, 4, 8):
        assert_share((rows["resample.width"] == side // scale).rename(str(scale)), 1 / 3)
    assert (rows["resample2.width"] == side).all()


def test_the_full_track_takes_all_four_in_every_order() -> None:
    preset = PRESETS["bfr-benchmark-full"]
    part = {"blur": "b", "motion": "b", "noise": "n", "laplace": "n", "signed_poisson": "n", "jpeg": "j"}
    orders = [
        "".join(
            part.get(step.op, "r" if step.op == "resample" and step.width < 512 else "")
            for step in draw_recipe(preset, 0, str(number), (512, 512)).steps
        )
        for number in range(600)
    ]
    assert {"".join(sorted(order)) for order in orders} == {"bjnr"}
    assert len(set(orders)) == 24


def test_tracks_with_other_ranges_than_their_paper_s_say_so_wherever_they_are_named() -> None:
    stand_ins = [preset for preset in PRESETS.values() if preset.stands_in_for]
    assert [preset.id for preset in stand_ins] == [
        name for name in PRESETS if name.startswith("bfr-benchmark")
    ]
    for preset in stand_ins:
        assert "not the paper's" in preset.title
        assert preset.source.startswith("bfrbench")
        assert "do not compare with the paper's" in preset.notes


@pytest.mark.parametrize("name", ALIASES)
def test_aliases_draw_alike_and_are_told_apart(name: str) -> None:
    preset = PRESETS[name]
    for alias in (PRESETS[other] for other in ALIASES[name]):
        assert alias.draws == preset.draws
        assert alias.id != preset.id
        assert alias.source != preset.source
        renamed = replace(preset, id=alias.id)
        assert draw_recipe(alias, 0, "a", (512, 512)) == draw_recipe(renamed, 0, "a", (512, 512))


def test_every_preset_is_checked_here_or_is_an_alias() -> None:
    aliases = {alias for others in ALIASES.values() for alias in others}
    own = {"restoreformer++", "psfrgan", "realesrgan", "old-photo"}
    own |= {name for name, preset in PRESETS.items() if preset.stands_in_for}
    designs = {name for name, preset in PRESETS.items() if isinstance(preset.draws, Grid)}
    designs |= {preset.id for preset in GROUPS["Around the ladders"]}
    assert set(PRESETS) == aliases | set(CHAINS) | own | designs


def test_a_recipe_depends_on_preset_seed_and_name_and_on_nothing_else() -> None:
    paper, release = PRESETS["gfpgan-paper"], PRESETS["gfpgan-release"]
    first = draw_recipe(paper, 0, "a", (512, 512))
    assert first == draw_recipe(paper, 0, "a", (512, 512))
    assert first == draw_recipe(paper, 0, "a", (512, 512), position=7)
    others = [
        draw_recipe(paper, 1, "a", (512, 512)),
        draw_recipe(paper, 0, "b", (512, 512)),
        draw_recipe(release, 0, "a", (512, 512)),
    ]
    seeds = {flat(recipe.steps)["noise.seed"] for recipe in [first, *others]}
    assert len(seeds) == 4


@pytest.mark.parametrize("name", PRESETS)
def test_recipes_survive_json_and_parquet(name: str, tmp_path: Path) -> None:
    preset = PRESETS[name]
    recipes = [draw_recipe(preset, 0, str(n), (preset.size, preset.size), n) for n in range(5)]
    assert [from_json(to_json(recipe)) for recipe in recipes] == recipes
    values = [columns(recipe) for recipe in recipes]
    rows = pd.DataFrame(values).convert_dtypes().assign(recipe=[to_json(recipe) for recipe in recipes])
    write_parquet(tmp_path / "rows.parquet", rows)
    back = pd.read_parquet(tmp_path / "rows.parquet")
    assert [from_json(text) for text in back["recipe"]] == recipes
    assert [{key: back.loc[n, key] for key in flat} for n, flat in enumerate(values)] == values


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(33, 51), (1, 1)])
def test_faces_of_any_size_keep_their_size(name: str, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for n in range(2):
        lq = apply(draw_recipe(PRESETS[name], 0, str(n), shape, n), image)
        assert (lq.shape, lq.dtype) == (image.shape, np.uint8)


def test_presets_are_found_by_id_and_by_version() -> None:
    assert find_preset("gfpgan-release") is find_preset("gfpgan-release@1")
    assert all(preset.full_name == f"{key}@{preset.version}" for key, preset in PRESETS.items())
    assert sum(len(rows) for rows in GROUPS.values()) == len(PRESETS)
    with pytest.raises(UnknownName, match=r"Did you mean gfpgan-release\?.*gfpgan-paper@1"):
        find_preset("gfpgan-relaese")
    with pytest.raises(UnknownName):
        find_preset("gfpgan-release@2")


@pytest.mark.parametrize("name", LEFT_OUT)
def test_asking_for_what_is_left_out_gets_the_reason(name: str) -> None:
    assert name not in PRESETS
    with pytest.raises(UnknownName, match="no preset") as caught:
        find_preset(name)
    assert LEFT_OUT[name] in str(caught.value)


def test_every_preset_says_where_it_is_from_and_how_jpeg_qualities_became_whole() -> None:
    for preset in PRESETS.values():
        assert preset.title
        assert preset.source
        imgaug = preset.id == "psfrgan" or preset.stands_in_for  # its compression is whole anyway
        assert "int()" in preset.notes or imgaug
