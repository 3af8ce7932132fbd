"""Every op on images of any size and with parameters of any strength: a valid image or a sentence."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bfrbench.degradations.ops.blur import BORDERS, KERNELS
from bfrbench.degradations.ops.jpeg import SAMPLING_FACTORS
from bfrbench.degradations.ops.resample import INTERPOLATIONS
from bfrbench.degradations.recipe import STEPS, Recipe, Step, apply, columns, from_json, to_json
from bfrbench.errors import BfrError
from bfrbench.types import Image

STEP: TypeAdapter[Step] = TypeAdapter(Step)
MAX_AREA = 2**14

Fields = Mapping[str, st.SearchStrategy[Any]]
seeds, sizes, booleans = st.integers(0, 2**53 - 1), st.integers(1, 41), st.booleans()
share = st.floats(0, 1)
border = st.sampled_from(list(BORDERS))
sides = st.sampled_from([1, 2, 3, 7, 16, 61, 128])

# what a recipe from elsewhere may say: within the bounds, on them, and past them here and there
FIELDS: Mapping[str, Fields] = {
    "blur": {
        "kind": st.sampled_from(list(KERNELS)),
        "size": sizes,
        "sigma_x": st.floats(0, 50),
        "sigma_y": st.floats(0, 50),
        "theta": st.floats(-1e6, 1e6),
        "beta": st.floats(0, 20),
        "border": border,
    },
    "sinc": {"size": sizes, "omega": st.floats(0, 3.15), "pad_to": st.integers(0, 41), "border": border},
    "motion": {
        "size": sizes,
        "angle_degrees": st.floats(-1e6, 1e6),
        "direction": st.floats(-1.01, 1.01),
        "border": border,
    },
    "median": {"size": sizes},
    "average": {"size": sizes, "border": border},
    "unsharp": {"weight": st.floats(0, 10), "radius": st.integers(0, 60), "threshold": st.floats(0, 300)},
    "resample": {
        "height": sides,
        "width": sides,
        "interpolation": st.sampled_from([*INTERPOLATIONS, "adaptive"]),
        "antialias": booleans,
        "factor": st.none() | st.floats(0, 5000),
    },
    "noise": {"sigma": st.floats(0, 1e4), "grey": booleans, "seed": seeds},
    "poisson": {"scale": st.floats(0, 1000), "grey": booleans, "seed": seeds},
    "laplace": {"scale": st.floats(0, 1e4), "seed": seeds},
    "signed_poisson": {"rate": st.floats(0, 1e4), "seed": seeds},
    "iso": {"read": share, "shot": share, "grey": booleans, "seed": seeds},
    "jpeg": {"quality": st.integers(0, 101), "chroma": st.sampled_from(list(SAMPLING_FACTORS))},
    "diffjpeg": {"quality": st.floats(0, 100)},
    "webp": {"quality": st.integers(0, 101)},
    "round": {},
    "grey": {},
    "colour_shift": dict.fromkeys(("red", "green", "blue"), st.floats(-256, 256)),
    "colour_jitter": {
        **dict.fromkeys(("brightness", "contrast", "saturation"), st.floats(-0.1, 1001)),
        "hue": st.floats(-0.5, 0.5),
        "order": st.permutations(["brightness", "contrast", "saturation", "hue"]).map(tuple),
    },
    "haze": {"alpha": share, "level": share},
    "shift": {"dx": st.integers(-5000, 5000), "dy": st.integers(-5000, 5000)},
    "exposure": {"stops": st.floats(-16, 16), "linear": booleans},
    "scratches": {
        "count": st.integers(0, 5),
        "length": st.floats(0, 2),
        "width": st.floats(0, 0.1),
        "opacity": share,
        "level": share,
        "seed": seeds,
    },
    "dust": {
        "specks": st.integers(0, 20),
        "hairs": st.integers(0, 3),
        "radius": st.floats(0, 0.1),
        "opacity": share,
        "level": share,
        "seed": seeds,
    },
    "fade": {"black": share, "white": share, "yellowing": st.floats(0, 2)},
    "tint": {"kind": st.sampled_from(["sepia", "warm", "green", "purple", "cyanotype"]), "amount": share},
    "grain": {"strength": share, "size": st.floats(0, 0.05), "colour": booleans, "seed": seeds},
    "halftone": {
        "period": share,
        "angle_degrees": st.floats(-1e6, 1e6),
        "amount": share,
        "colour": booleans,
    },
    "patch": {
        "top": st.integers(0, 200),
        "left": st.integers(0, 5000),
        "height": st.integers(0, 200),
        "width": st.integers(0, 5000),
        "steps": st.sampled_from([(), ({"op": "grey"},), ({"op": "resample", "height": 9, "width": 9},)]),
    },
}


@st.composite
def images(draw: st.DrawFn) -> Image:
    """Random, black, white or of one colour; sides 1 to 4096, mostly small."""
    height = draw(st.integers(1, 40) | st.integers(1, 4096))
    width = draw(st.integers(1, max(1, min(4096, MAX_AREA // height))))
    height, width = draw(st.sampled_from([(height, width), (width, height)]))
    kind = draw(st.sampled_from(["random", "black", "white", "flat"]))
    random = np.random.default_rng(draw(st.integers(0, 3)))
    if kind == "random":
        return random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    level = {"black": 0, "white": 255, "flat": random.integers(0, 256, 3)}[kind]
    return np.full((height, width, 3), level, dtype=np.uint8)


def test_every_op_is_fuzzed() -> None:
    assert set(FIELDS) == set(STEPS)


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.mark.parametrize("op", list(FIELDS))
@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_an_op_gives_a_valid_image_or_says_why_not(op: str, data: st.DataObject) -> None:
    values = data.draw(st.fixed_dictionaries(dict(FIELDS[op])))
    step = made(op, values)
    if step is not None:
        check(step, values, data.draw(images()))


@pytest.mark.slow
@pytest.mark.parametrize("op", list(FIELDS))
@pytest.mark.parametrize("shape", [(4096, 1), (1, 4096), (1024, 1025)])
@settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_an_op_takes_large_images(op: str, shape: tuple[int, int], data: st.DataObject) -> None:
    values = data.draw(
        st.fixed_dictionaries(dict(FIELDS[op])).filter(lambda values: made(op, values) is not None)
    )
    step = made(op, values)
    assert step is not None
    check(step, values, np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8))


def made(op: str, values: Mapping[str, Any]) -> Step | None:
    """The step, or none when it is refused as it should be."""
    try:
        return STEP.validate_python({"op": op, **values})
    except ValidationError:
        return None


def check(step: Step, values: Mapping[str, Any], image: Image) -> None:
    """The step survives as data, and what it does to the image is a valid image or a sentence."""
    recipe = Recipe(steps=(step,))
    assert from_json(to_json(recipe)) == recipe
    assert not any(isinstance(value, float) and np.isnan(value) for value in columns(recipe).values())
    before, outcome = image.copy(), applied(recipe, image)
    np.testing.assert_array_equal(image, before)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
        return
    assert outcome.dtype == np.uint8
    height, width = (values["height"], values["width"]) if step.op == "resample" else image.shape[:2]
    if step.op != "patch":  # the steps in it may resize
        assert outcome.shape == (height, width, 3)
    floats = STEPS[step.op]((image / np.float32(255)).astype(np.float32), step)
    assert floats.dtype == np.float32
    assert np.isfinite(floats).all()


def applied(recipe: Recipe, image: Image) -> Image | str:
    """The degraded image, or the sentence that says why there is none."""
    try:
        return apply(recipe, image)
    except BfrError as error:
        return str(error)
