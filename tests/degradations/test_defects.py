"""What holds for every defect of old photographs and for RestoreFormer++'s extras alike."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import skimage.data

from bfrbench.degradations.ops.dust import Dust
from bfrbench.degradations.ops.exposure import Exposure
from bfrbench.degradations.ops.fade import Fade
from bfrbench.degradations.ops.grain import FilmGrain
from bfrbench.degradations.ops.halftone import Halftone
from bfrbench.degradations.ops.haze import Haze
from bfrbench.degradations.ops.patch import Patch
from bfrbench.degradations.ops.scratches import Scratches
from bfrbench.degradations.ops.shift import Shift
from bfrbench.degradations.ops.tint import Tint
from bfrbench.degradations.recipe import Recipe, Step, columns, from_json, run, to_json

FACE = (skimage.data.astronaut()[20:148, 150:279] / 255).astype(np.float32)

# op: nothing of it, then more and more
STRENGTHS: dict[str, tuple[Step, ...]] = {
    "haze": tuple(Haze(alpha=alpha) for alpha in (1, 0.9, 0.5, 0)),
    "patch": tuple(
        Patch(top=30, left=40, height=side, width=side, steps=(Haze(alpha=1 - side / 100),))
        for side in (1, 20, 60, 90)
    ),
    "shift": tuple(Shift(dx=by, dy=-by) for by in (0, 1, 3, 9)),
    "exposure": tuple(Exposure(stops=stops) for stops in (0, -0.5, -1, -3)),
    "scratches": tuple(Scratches(count=count, seed=5) for count in (0, 2, 10, 40)),
    "dust": tuple(Dust(specks=count, hairs=count // 4, radius=0.01, seed=5) for count in (0, 4, 40, 200)),
    "fade": tuple(Fade(black=f / 2, white=1 - f / 3, yellowing=f) for f in (0, 0.1, 0.3, 0.8)),
    "tint": tuple(Tint(kind="cyanotype", amount=amount) for amount in (0, 0.2, 0.6, 1)),
    "grain": tuple(FilmGrain(strength=s, size=0.005, seed=5) for s in (0, 0.01, 0.05, 0.2)),
    "halftone": tuple(Halftone(period=0.04, amount=amount) for amount in (0, 0.2, 0.6, 1)),
}
STRENGTHS["patch"] = (replace(STRENGTHS["patch"][0], steps=()), *STRENGTHS["patch"][1:])
SEEDED = ("scratches", "dust", "grain")
every_op = pytest.mark.parametrize("op", STRENGTHS)


@every_op
def test_no_strength_gives_the_same_bytes(op: str) -> None:
    assert run(FACE, STRENGTHS[op][:1]).tobytes() == FACE.tobytes()


@every_op
def test_more_strength_does_more(op: str) -> None:
    change = [float(np.abs(run(FACE, (step,)) - FACE).mean()) for step in STRENGTHS[op]]
    assert all(less < more for less, more in pairwise(change)), change


@every_op
def test_the_same_step_gives_the_same_bytes_and_leaves_its_image_alone(op: str) -> None:
    image = FACE.copy()
    first, again = (run(image, STRENGTHS[op][2:3]) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert image.tobytes() == FACE.tobytes()


@every_op
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 2), (31, 64)])
def test_any_size_keeps_its_shape_and_type_and_range(op: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).random((*size, 3)).astype(np.float32)
    for image in (noise, np.zeros_like(noise), np.ones_like(noise)):
        for step in STRENGTHS[op]:
            result = run(image, (step,))
            assert result.shape == image.shape
            assert result.dtype == np.float32
            assert -1e-6 <= result.min() <= result.max() <= 1 + 1e-6


@pytest.mark.parametrize("op", SEEDED)
def test_another_seed_gives_another_and_unrelated_defect(op: str) -> None:
    grey = np.full((128, 128, 3), 0.5, np.float32)
    one, other = (run(grey, (replace(STRENGTHS[op][2], seed=seed),))[:, :, 0] - 0.5 for seed in (1, 2))
    assert np.abs(one).max() > 0.05
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.1


@every_op
def test_a_recipe_of_it_survives_json(op: str) -> None:
    recipe = Recipe(steps=STRENGTHS[op])
    assert from_json(to_json(recipe)) == recipe
    assert all(isinstance(value, (str, int, float)) for value in columns(recipe).values())
