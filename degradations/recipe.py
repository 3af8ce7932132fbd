"""Recipes: the concrete steps that made one LQ, as data; enough to make it again bit for bit."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bfrbench import files, pixels
from bfrbench.degradations.kernels import effective_sigma
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.blur import Blur, blur, kernel_of
from bfrbench.degradations.ops.colour import (
    ColourJitter,
    ColourShift,
    Grey,
    colour_jitter,
    colour_shift,
    grey,
)
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg
from bfrbench.degradations.ops.noise import GaussianNoise, noise
from bfrbench.degradations.ops.resample import Resample, resample
from bfrbench.errors import InputError
from bfrbench.types import Image

Step = Annotated[
    Blur | Resample | GaussianNoise | Jpeg | Grey | ColourShift | ColourJitter, Field(discriminator="op")
]

STEPS: Mapping[str, Callable[[UnitImage, Any], UnitImage]] = {
    "blur": blur,
    "resample": resample,
    "noise": noise,
    "jpeg": jpeg,
    "grey": grey,
    "colour_shift": colour_shift,
    "colour_jitter": colour_jitter,
}

Value = str | int | float | bool


@dataclass(frozen=True, config=STEP)
class Recipe:
    """The steps that one LQ went through, in their order."""

    steps: tuple[Step, ...]


def apply(recipe: Recipe, image: Image) -> Image:
    """Degrade an image: the steps in float32, then one rounding to 8 bits, half to even."""
    values = pixels.to_unit(image)
    for step in recipe.steps:
        values = STEPS[step.op](values, step)
    return pixels.from_unit(values)


def to_json(recipe: Recipe) -> str:
    """Canonical JSON on one line: equal recipes give equal text, and every number comes back exactly."""
    return files.to_json(recipe, indent=None).rstrip("\n")


def from_json(text: str) -> Recipe:
    """Read a recipe; raises InputError, naming the first wrong field, when it is none."""
    try:
        return TypeAdapter(Recipe).validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole text"
        raise InputError(f"This is no recipe that bfrbench knows: {place}: {first['msg']}.") from error


def columns(recipe: Recipe) -> dict[str, Value]:
    """The recipe as flat values to slice results by: `jpeg.quality`, `blur.effective_sigma`, ...

    The second step of an op counts as `blur2.sigma_x`, the third as `blur3.…`. A step without
    parameters is `grey = True`.
    """
    flat: dict[str, Value] = {}
    seen: Counter[str] = Counter()
    for step in recipe.steps:
        seen[step.op] += 1
        prefix = step.op if seen[step.op] == 1 else f"{step.op}{seen[step.op]}"
        values = _values(step)
        flat |= {f"{prefix}.{field}": value for field, value in values.items()} or {prefix: True}
    return flat


def _values(step: Step) -> dict[str, Value]:
    values = {field.name: getattr(step, field.name) for field in fields(step) if field.name != "op"}
    if isinstance(step, Blur):
        values["effective_sigma"] = effective_sigma(kernel_of(step))
    return {field: " ".join(value) if isinstance(value, tuple) else value for field, value in values.items()}
