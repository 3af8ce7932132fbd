"""A rectangle that went through other steps than its surroundings."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage
from bfrbench.errors import InputError

if TYPE_CHECKING:
    from bfrbench.degradations.recipe import Step

Run: TypeAlias = "Callable[[UnitImage, Sequence[Step]], UnitImage]"
"""What takes an image through steps."""

Offset = Annotated[int, Field(ge=0, lt=2**20)]
Pixels = Annotated[int, Field(ge=1, le=2**20)]


@dataclass(frozen=True, kw_only=True, config=STEP)
class Patch:
    """The steps inside a rectangle, and those of the rest (none: it stays as it is).

    The rectangle is in pixels of the image that comes out; whatever of it is outside is cut off.
    """

    op: Literal["patch"] = "patch"
    top: Offset
    left: Offset
    height: Pixels
    width: Pixels
    steps: "tuple[Step, ...]"
    outside: "tuple[Step, ...]" = ()


def patch(image: UnitImage, step: Patch, run: Run) -> UnitImage:
    """Take the whole image through both lists of steps, and the rectangle from the first.

    That is RestoreFormer++'s uneven degradation: two of a face, of which one shows in a square. The
    whole image goes through both, so no border of the rectangle bends a blur or a JPEG block.
    Raises InputError when the two results differ in size.
    """
    inside, outside = run(image, step.steps), run(image, step.outside)
    if inside.shape != outside.shape:
        raise InputError(
            f"A patch's steps give {inside.shape[1]}×{inside.shape[0]} pixels inside and "
            f"{outside.shape[1]}×{outside.shape[0]} outside; both must end at one size."
        )
    area = slice(step.top, step.top + step.height), slice(step.left, step.left + step.width)
    patched = outside.copy()
    patched[area] = inside[area]
    return patched
