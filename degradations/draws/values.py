"""Single numbers and words at random, and the step that is made of them.

`step(MotionBlur, size=OddUp(5, 25), angle_degrees=Uniform(0, 360))` draws a step whose fields do not
depend on each other; what does depend is a spec of its own in the files beside this one.
"""
# ruff: noqa: ARG002  # every draw is handed the size; few need it

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bfrbench.degradations.draws.base import Size, pick
from bfrbench.degradations.recipe import Step


@dataclass(frozen=True, slots=True)
class Uniform:
    """A real number in low..high."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """One of them."""
        return rng.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class LogUniform:
    """A real number in low..high whose logarithm is uniform; low is above 0."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """One of them."""
        return float(self.low * (self.high / self.low) ** rng.random())


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in low..high, both ends included."""

    low: int
    high: int

    def draw(self, rng: np.random.Generator) -> int:
        """One of them."""
        return int(rng.integers(self.low, self.high, endpoint=True))


@dataclass(frozen=True, slots=True)
class OddUp:
    """A whole number in low..high of which even ones become the next odd one, as imgaug sizes kernels.

    So with odd ends, `low` comes half as often as each of the others.
    """

    low: int
    high: int

    def draw(self, rng: np.random.Generator) -> int:
        """One of them."""
        return int(rng.integers(self.low, self.high, endpoint=True)) | 1


@dataclass(frozen=True, slots=True)
class ImgaugQuality:
    """A JPEG quality from a compression strength c in low..high: round(1 + 99·(1 - c/101)), as imgaug 0.4."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> int:
        """One quality."""
        return round(1 + 99 * (1 - rng.uniform(self.low, self.high) / 101))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, as often as their weights say (none: all alike)."""

    values: tuple[Any, ...]
    weights: tuple[float, ...] = ()

    def draw(self, rng: np.random.Generator) -> Any:
        """One of them."""
        if self.weights:
            return self.values[pick(rng, self.weights)]
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True, slots=True)
class Chance:
    """True with a probability."""

    probability: float

    def draw(self, rng: np.random.Generator) -> bool:
        """True or False."""
        return rng.random() < self.probability


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed for what is random inside a step."""

    def draw(self, rng: np.random.Generator) -> int:
        """A whole number below 2⁵³."""
        return int(rng.integers(2**53))


Value: TypeAlias = Uniform | LogUniform | Whole | OddUp | ImgaugQuality | Choice | Chance | Seed


@dataclass(frozen=True, slots=True)
class DrawStep:
    """One step whose fields are drawn each by itself, in their order; plain values are taken as they are."""

    make: Callable[..., Step]
    fields: tuple[tuple[str, Any], ...]

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One step."""
        drawn = {name: value.draw(rng) if isinstance(value, Value) else value for name, value in self.fields}
        return (self.make(**drawn),)


def step(make: Callable[..., Step], **fields: Any) -> DrawStep:
    """A DrawStep, written like the step it draws."""
    return DrawStep(make, tuple(fields.items()))
