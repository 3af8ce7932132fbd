"""Recipes: the concrete steps that made one LQ, as data; enough to make it again bit for bit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass, rebuild_dataclass

from bfrbench import files, pixels
from bfrbench.degradations.kernels import effective_sigma
from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.degradations.ops.blur import AverageBlur, Blur, KernelStep, MotionBlur, Sinc, blur, kernel_of
from bfrbench.degradations.ops.colour import (
    ColourJitter,
    ColourShift,
    Grey,
    colour_jitter,
    colour_shift,
    grey,
)
from bfrbench.degradations.ops.diffjpeg import DiffJpeg, diffjpeg
from bfrbench.degradations.ops.dust import Dust, dust
from bfrbench.degradations.ops.exposure import Exposure, exposure
from bfrbench.degradations.ops.fade import Fade, fade
from bfrbench.degradations.ops.grain import FilmGrain, grain
from bfrbench.degradations.ops.halftone import Halftone, halftone
from bfrbench.degradations.ops.haze import Haze, haze
from bfrbench.degradations.ops.iso_noise import IsoNoise, iso_noise
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg
from bfrbench.degradations.ops.median import MedianBlur, median
from bfrbench.degradations.ops.noise import (
    GaussianNoise,
    LaplaceNoise,
    PoissonNoise,
    SignedPoissonNoise,
    laplace,
    noise,
    poisson,
    signed_poisson,
)
from bfrbench.degradations.ops.patch import Patch, patch
from bfrbench.degradations.ops.resample import Resample, resample
from bfrbench.degradations.ops.rounding import Round, round_to_8_bits
from bfrbench.degradations.ops.scratches import Scratches, scratches
from bfrbench.degradations.ops.shift import Shift, shift
from bfrbench.degradations.ops.tint import Tint, tint
from bfrbench.degradations.ops.unsharp import UnsharpMask, unsharp
from bfrbench.degradations.ops.webp import Webp, webp
from bfrbench.errors import InputError
from bfrbench.types import Image

Step = Annotated[
    Blur
    | Resample
    | GaussianNoise
    | Jpeg
    | Grey
    | ColourShift
    | ColourJitter
    | Sinc
    | MotionBlur
    | MedianBlur
    | AverageBlur
    | UnsharpMask
    | PoissonNoise
    | LaplaceNoise
    | SignedPoissonNoise
    | IsoNoise
    | DiffJpeg
    | Webp
    | Round
    | Haze
    | Patch
    | Shift
    | Exposure
    | Scratches
    | Dust
    | Fade
    | Tint
    | FilmGrain
    | Halftone,
    Field(discriminator="op"),
]
# a patch holds steps, patches among them; mypy does not see pydantic's dataclasses as such
rebuild_dataclass(Patch, _types_namespace={"Step": Step})  # type: ignore[arg-type]


def run(image: UnitImage, steps: Sequence[Step]) -> UnitImage:
    """Take an image through steps, in float32."""
    for step in steps:
        image = STEPS[step.op](image, step)
    return image


STEPS: Mapping[str, Callable[[UnitImage, Any], UnitImage]] = {
    "blur": blur,
    "resample": resample,
    "noise": noise,
    "jpeg": jpeg,
    "grey": grey,
    "colour_shift": colour_shift,
    "colour_jitter": colour_jitter,
    "sinc": blur,
    "motion": blur,
    "median": median,
    "average": blur,
    "unsharp": unsharp,
    "poisson": poisson,
    "laplace": laplace,
    "signed_poisson": signed_poisson,
    "iso": iso_noise,
    "diffjpeg": diffjpeg,
    "webp": webp,
    "round": round_to_8_bits,
    "haze": haze,
    "patch": lambda image, step: patch(image, step, run),
    "shift": shift,
    "exposure": exposure,
    "scratches": scratches,
    "dust": dust,
    "fade": fade,
    "tint": tint,
    "grain": grain,
    "halftone": halftone,
}

Value = str | int | float | bool


@dataclass(frozen=True, config=STEP)
class Recipe:
    """The steps that one LQ went through, in their order."""

    steps: tuple[Step, ...]


def apply(recipe: Recipe, image: Image) -> Image:
    """Degrade an image: the steps in float32, then one rounding to 8 bits, half to even."""
    return pixels.from_unit(run(pixels.to_unit(image), recipe.steps))


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
    parameters is `grey = True`. Steps inside a patch are `patch.steps.jpeg.quality`.
    """
    return _columns(recipe.steps)


def _columns(steps: Sequence[Step]) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    seen: Counter[str] = Counter()
    for step in steps:
        seen[step.op] += 1
        prefix = step.op if seen[step.op] == 1 else f"{step.op}{seen[step.op]}"
        values = _values(step)
        flat |= {f"{prefix}.{field}": value for field, value in values.items()} or {prefix: True}
    return flat


def _values(step: Step) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name in (field.name for field in fields(step) if field.name != "op"):
        value = getattr(step, name)
        if isinstance(step, Patch) and isinstance(value, tuple):
            values |= {f"{name}.{column}": inner for column, inner in _columns(value).items()}
        elif value is not None:
            values[name] = " ".join(value) if isinstance(value, tuple) else value
    if isinstance(step, KernelStep):
        values["effective_sigma"] = effective_sigma(kernel_of(step))
    return values
