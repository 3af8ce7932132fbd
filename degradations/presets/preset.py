"""What a preset is, and how a recipe is drawn from one.

A preset never changes: another range or another order of drawing is a new version, for the version is
part of every seed. It makes LQs and nothing else: what a training set does to its HQs as well (a flip,
a shift, a grey face as target) is left out and told in the notes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import TypeAlias

import numpy as np

from bfrbench import seeds
from bfrbench.degradations.draws import Draw, OneOf, Size
from bfrbench.degradations.draws.base import draw_all
from bfrbench.degradations.recipe import Recipe
from bfrbench.errors import InputError


@dataclass(frozen=True, slots=True)
class Grid:
    """Every combination of some levels, each the share of one place in the sorted list of pairs.

    `axes` are names and levels, outermost first and the last changing fastest; `cell` turns one
    combination into draws. As published, place k gets combination k. Crossed, each round through all
    combinations is shuffled by the root seed, so that no level goes with particular faces.
    """

    axes: tuple[tuple[str, tuple[float, ...]], ...]
    cell: Callable[..., tuple[Draw, ...]]
    crossed: bool = False

    def __len__(self) -> int:
        """How many combinations there are."""
        return prod(len(levels) for _, levels in self.axes)

    def combination(self, position: int, key: int) -> tuple[float, ...]:
        """The levels of a place from 0; past the last combination it starts anew. `key` seeds the shuffle."""
        turn, place = divmod(position, len(self))
        if self.crossed:
            place = int(seeds.generator(seeds.key(key, turn)).permutation(len(self))[place])
        shape = tuple(len(levels) for _, levels in self.axes)
        places = np.unravel_index(place, shape)
        return tuple(levels[at] for (_, levels), at in zip(self.axes, places, strict=True))


Draws: TypeAlias = tuple[Draw, ...] | Grid


@dataclass(frozen=True, slots=True)
class Preset:
    """Ranges to draw recipes from, and where they come from."""

    id: str
    version: int
    title: str
    source: str
    size: int  # the side in pixels that the ranges are meant for
    notes: str  # what is uncertain or differs from the source
    draws: Draws
    per_face: int = 1  # LQs that a face needs to see all of the preset: five for a ladder
    stands_in_for: str = ""  # the paper whose tracks these are, with ranges that are not its own

    @property
    def full_name(self) -> str:
        """`id@version`, as cards and seeds know it."""
        return f"{self.id}@{self.version}"


def mixed(preset: Preset, also: Mapping[Preset, float]) -> Preset:
    """The preset, but for the part of the LQs (0 to 1) that each of the others makes, by lot; for training.

    Raises InputError for parts that leave the preset nothing, for another size, and for grids, which give
    each place in a list a combination of its own.
    """
    if not also:
        return preset
    rest = 1 - sum(also.values())
    if not (rest > 0 and all(part > 0 for part in also.values())):  # so written, it refuses NaN as well
        raise InputError(
            f"{', '.join(f'{part:g} of {other.full_name}' for other, part in also.items())} leaves "
            f"{preset.full_name} {rest:g}: each part must be more than 0, and all together less than 1."
        )
    options = []
    for one in (preset, *also):
        if isinstance(one.draws, Grid):
            raise InputError(f"{one.full_name} is a grid, a test set: it cannot be mixed with others.")
        if one.size != preset.size:
            raise InputError(
                f"{one.full_name} is for {one.size} px and {preset.full_name} for {preset.size}: only "
                "presets for one size can be mixed."
            )
        options.append(one.draws)
    names = (f"{part:g} {other.full_name}" for other, part in also.items())
    return replace(
        preset, id=" + ".join((preset.id, *names)), draws=(OneOf(tuple(options), (rest, *also.values())),)
    )


def draw_recipe(preset: Preset, seed: int, name: str, size: Size, position: int | None = None) -> Recipe:
    """Draw the recipe of one pair: a function of the preset, the root seed, the pair's name and its size.

    Grids and ladders also ask for the pair's position, its place from 0 in the sorted list of all pairs;
    for others it changes nothing. Raises InputError when it is missing.
    """
    rng = seeds.generator(seeds.key(seed, preset.full_name, name))
    return Recipe(steps=draw_all(_draws_at(preset, seed, position), rng, size))


def _draws_at(preset: Preset, seed: int, position: int | None) -> tuple[Draw, ...]:
    if not isinstance(preset.draws, Grid):
        return preset.draws
    if position is None:
        raise InputError(
            f"{preset.full_name} gives each place in a list a combination of its own: "
            "say at which position of the sorted list the pair is."
        )
    key = seeds.key(seed, preset.full_name, "grid")
    return preset.draws.cell(*preset.draws.combination(position, key))
