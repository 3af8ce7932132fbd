import numpy as np
import pytest
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.ops.blur import Blur
from bfrbench.degradations.ops.colour import Grey
from bfrbench.degradations.ops.haze import Haze
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.patch import Patch
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.recipe import Recipe, columns, from_json, run, to_json
from bfrbench.errors import InputError

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)
SOFT = (Blur(kind="isotropic", size=9, sigma_x=2, sigma_y=2), Jpeg(quality=60))
HARD = (
    Resample(height=24, width=30),
    Jpeg(quality=30),
    Resample(height=96, width=120),
)


def test_uneven_degradation_is_restoreformer_plus_plus_mask_of_two_chains() -> None:
    mask = np.zeros_like(FACE)
    mask[20 : 20 + 40, 31 : 31 + 40] = 1
    theirs = run(FACE, SOFT) * mask + run(FACE, HARD) * (1 - mask)
    step = Patch(top=20, left=31, height=40, width=40, steps=SOFT, outside=HARD)
    np.testing.assert_array_equal(run(FACE, (step,)), theirs)


def test_outside_the_rectangle_nothing_changes_unless_asked() -> None:
    patched = run(FACE, (Patch(top=10, left=20, height=30, width=50, steps=(Haze(alpha=0),)),))
    inside = np.zeros(FACE.shape[:2], bool)
    inside[10:40, 20:70] = True
    assert (patched[inside] == 1).all()
    np.testing.assert_array_equal(patched[~inside], FACE[~inside])


def test_a_rectangle_over_the_edge_is_cut_off_and_one_beyond_it_does_nothing() -> None:
    over = run(FACE, (Patch(top=90, left=110, height=50, width=50, steps=(Haze(alpha=0),)),))
    assert (over[90:, 110:] == 1).all()
    beyond = Patch(top=96, left=0, height=5, width=5, steps=(Haze(alpha=0),))
    assert run(FACE, (beyond,)).tobytes() == FACE.tobytes()


def test_patches_hold_patches() -> None:
    inner = Patch(top=0, left=0, height=10, width=10, steps=(Haze(alpha=0, level=0),))
    outer = Patch(top=5, left=5, height=20, width=20, steps=(Grey(), inner))
    patched = run(FACE, (outer,))
    assert (patched[5:10, 5:10] == 0).all()
    assert (np.ptp(patched[10:25, 10:25], axis=2) == 0).all()
    recipe = Recipe(steps=(outer,))
    assert from_json(to_json(recipe)) == recipe
    assert columns(recipe)["patch.steps.patch.steps.haze.level"] == 0


def test_chains_that_end_at_two_sizes_are_refused_in_words() -> None:
    step = Patch(top=0, left=0, height=5, width=5, steps=(Resample(height=10, width=20),))
    with pytest.raises(InputError, match="20×10 pixels inside and 120×96 outside"):
        run(FACE, (step,))


def test_what_is_no_step_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r"steps\.0\.patch\.steps\.0"):
        from_json('{"steps":[{"op":"patch","top":0,"left":0,"height":1,"width":1,"steps":[{"op":"smear"}]}]}')
    with pytest.raises(ValidationError):
        Patch(top=-1, left=0, height=1, width=1, steps=())
