import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data

from bfrbench import files
from bfrbench.degradations.kernels import effective_sigma, plateau
from bfrbench.degradations.ops.blur import AverageBlur, Blur, MotionBlur, Sinc
from bfrbench.degradations.ops.colour import ColourJitter, ColourShift, Grey
from bfrbench.degradations.ops.diffjpeg import DiffJpeg
from bfrbench.degradations.ops.dust import Dust
from bfrbench.degradations.ops.exposure import Exposure
from bfrbench.degradations.ops.fade import Fade
from bfrbench.degradations.ops.grain import FilmGrain
from bfrbench.degradations.ops.halftone import Halftone
from bfrbench.degradations.ops.haze import Haze
from bfrbench.degradations.ops.iso_noise import IsoNoise
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.median import MedianBlur
from bfrbench.degradations.ops.noise import GaussianNoise, LaplaceNoise, PoissonNoise, SignedPoissonNoise
from bfrbench.degradations.ops.patch import Patch
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.ops.rounding import Round
from bfrbench.degradations.ops.scratches import Scratches
from bfrbench.degradations.ops.shift import Shift
from bfrbench.degradations.ops.tint import Tint
from bfrbench.degradations.ops.unsharp import UnsharpMask
from bfrbench.degradations.ops.webp import Webp
from bfrbench.degradations.presets import PRESETS, draw_recipe
from bfrbench.degradations.recipe import STEPS, Recipe, apply, columns, from_json, to_json
from bfrbench.errors import InputError

FACE = skimage.data.astronaut()[:96, 150:246]
EVERY_STEP = Recipe(
    steps=(
        Blur(kind="anisotropic", size=11, sigma_x=1.7, sigma_y=0.1 + 0.2, theta=-0.4),
        Resample(height=40, width=41, interpolation="area"),
        GaussianNoise(sigma=7.5, grey=True, seed=2**53 - 1),
        Jpeg(quality=61, chroma="4:4:4"),
        Blur(kind="isotropic", size=41, sigma_x=15, sigma_y=15),
        Resample(height=96, width=96),
        ColourShift(red=1 / 3, green=-20, blue=0),
        Grey(),
        ColourJitter(brightness=1.1, contrast=0.9, saturation=0, hue=-0.1, order=("hue", "contrast")),
        UnsharpMask(),
        Sinc(size=7, omega=6.3 / 3, pad_to=21),
        MotionBlur(size=5, angle_degrees=100 / 3, direction=-0.1),
        MedianBlur(size=3),
        AverageBlur(size=4, border="replicate"),
        Blur(kind="plateau_isotropic", size=7, sigma_x=0.7, sigma_y=0.7, beta=1.9),
        Resample(height=60, width=60, interpolation="cubic", factor=0.6251),
        PoissonNoise(scale=1 / 3, seed=2),
        LaplaceNoise(scale=2 / 3, seed=7),
        SignedPoissonNoise(rate=4 / 3, seed=8),
        IsoNoise(read=1e-5, shot=3e-4, grey=True, seed=3),
        DiffJpeg(quality=200 / 3),
        Webp(quality=80),
        Round(),
        Resample(height=96, width=96, interpolation="lanczos", antialias=True),
        Haze(alpha=0.9),
        Patch(top=3, left=5, height=40, width=40, steps=(Exposure(stops=-0.3), Jpeg(quality=40))),
        Shift(dx=-3, dy=2),
        Exposure(stops=0.1 + 0.2, linear=False),
        FilmGrain(strength=0.03, size=0.003, seed=4),
        Dust(specks=9, hairs=1, seed=5),
        Halftone(period=0.05, amount=0.5),
        Tint(kind="sepia", amount=0.7),
        Scratches(count=3, seed=6),
        Fade(black=0.1, white=0.9, yellowing=0.2),
    )
)


def test_every_op_of_the_table_has_a_step_here() -> None:
    assert {step.op for step in EVERY_STEP.steps} == set(STEPS)


def test_json_brings_back_the_same_recipe_to_the_last_bit() -> None:
    text = to_json(EVERY_STEP)
    assert "\n" not in text
    assert from_json(text) == EVERY_STEP
    assert to_json(from_json(text)) == text
    drawn = [
        draw_recipe(preset, 3, str(n), (512, 512), position=n)
        for preset in PRESETS.values()
        for n in range(25)
    ]
    assert [from_json(to_json(recipe)) for recipe in drawn] == drawn


def test_the_canonical_json_is_what_it_is() -> None:
    recipe = Recipe(steps=(Jpeg(quality=75), GaussianNoise(sigma=2.5, seed=9)))
    assert to_json(recipe) == (
        '{"steps":[{"op":"jpeg","quality":75,"chroma":"4:2:0"},'
        '{"op":"noise","sigma":2.5,"grey":false,"seed":9}]}'
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "the whole text"),
        ('{"steps":[{"op":"smear"}]}', "steps.0"),
        ('{"steps":[{"op":"jpeg","quality":101}]}', "steps.0.jpeg.quality"),
        ('{"steps":[{"op":"jpeg","quality":60,"tables":1}]}', "steps.0.jpeg.tables"),
        ('{"steps":[{"op":"noise","sigma":1,"seed":9007199254740992}]}', "steps.0.noise.seed"),
        ('{"steps":[],"extra":1}', "extra"),
    ],
)
def test_text_that_is_no_recipe_is_refused_with_the_place(text: str, place: str) -> None:
    with pytest.raises(InputError, match=f"{place}: "):
        from_json(text)


def test_the_same_recipe_gives_the_same_bytes() -> None:
    once, again = apply(EVERY_STEP, FACE), apply(from_json(to_json(EVERY_STEP)), FACE)
    assert once.dtype == np.uint8
    assert once.tobytes() == again.tobytes()


def test_no_steps_and_steps_of_no_strength_give_the_same_bytes() -> None:
    nothing = Recipe(
        steps=(
            Blur(kind="isotropic", size=41, sigma_x=0.1, sigma_y=0.1),
            Resample(height=96, width=96),
            GaussianNoise(sigma=0, seed=0),
            ColourShift(red=0, green=0, blue=0),
            ColourJitter(brightness=1, contrast=1, saturation=1, hue=0, order=("contrast", "hue")),
        )
    )
    assert apply(Recipe(steps=()), FACE).tobytes() == FACE.tobytes()
    assert apply(nothing, FACE).tobytes() == FACE.tobytes()


def test_the_last_rounding_is_half_to_even() -> None:
    image = np.full((1, 1, 3), 100, np.uint8)
    shifted = apply(Recipe(steps=(ColourShift(red=0.5, green=1.5, blue=0.51),)), image)
    assert shifted[0, 0].tolist() == [100, 102, 101]


def test_columns_number_the_second_step_of_an_op() -> None:
    flat = columns(EVERY_STEP)
    assert flat["blur.sigma_x"] == 1.7
    assert flat["blur2.sigma_x"] == 15
    assert flat["blur2.effective_sigma"] == pytest.approx(10.42, abs=5e-3)
    assert flat["resample.width"] == 41
    assert flat["resample2.width"] == 96
    assert flat["noise.seed"] == 2**53 - 1
    assert flat["grey"] is True
    assert flat["colour_jitter.order"] == "hue contrast"
    assert not any(key.endswith(".op") for key in flat)


def test_columns_have_the_effective_sigma_of_every_kernel_and_nothing_that_is_not_set() -> None:
    flat = columns(EVERY_STEP)
    assert flat["average.effective_sigma"] == pytest.approx(np.sqrt((4**2 - 1) / 12))
    assert flat["sinc.effective_sigma"] == 0
    assert flat["motion.effective_sigma"] == pytest.approx(1, abs=0.1)
    assert flat["blur3.effective_sigma"] == pytest.approx(effective_sigma(plateau(7, 0.7, 0.7, 0, 1.9)))
    assert flat["resample3.factor"] == 0.6251
    assert "resample.factor" not in flat
    assert flat["round"] is True
    assert not any(value is None for value in flat.values())


def test_parquet_keeps_columns_and_json_exactly(tmp_path: Path) -> None:
    row = columns(EVERY_STEP) | {"recipe": to_json(EVERY_STEP)}
    files.write_parquet(tmp_path / "rows.parquet", pd.DataFrame([row]))
    back = files.read_parquet(tmp_path / "rows.parquet", "rows").iloc[0].to_dict()
    assert back == row
    assert from_json(back["recipe"]) == EVERY_STEP
    csv = io.StringIO(pd.DataFrame([row]).to_csv(index=False))
    assert int(pd.read_csv(csv)["noise.seed"][0]) == 2**53 - 1
