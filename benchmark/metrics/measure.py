"""What a metric is, and how one is at work: image by image or over a whole set, through one loop."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, Self

from bfrbench.types import Direction, Image, Pair


class Measure(Protocol):
    """One metric at work on some of the images. Small, and able to travel between processes."""

    def add(self, restored: Image, hq: Image | None, pair: Pair) -> float | None:
        """Take in one image; returns its value, or None when only the whole set has one.

        Raises ValueError, with the reason as a sentence, when the metric is not defined on this image.
        """
        ...

    def merge(self, other: Self) -> None:
        """Take in what another measure of this metric has seen, as if it came after."""
        ...

    def result(self) -> float | None:
        """The value over all images seen; None when they are too few to have one."""
        ...


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: what a number called `name/variant` means."""

    id: str  # name/variant
    version: int  # goes up whenever a number can change
    better: Direction
    needs_hq: bool
    start: Callable[[], Measure]
    title: str
    source: str  # paper and equation, or the implementation that defines the variant
    min_size: int = 1  # shortest side in px on which it is defined
    perfect: float | None = None  # its value on the HQ itself; None: there is no such value
    weights: tuple[str, ...] = ()  # what its judge needs, by name in the weights table


@dataclass(slots=True)
class PerImage:
    """The measure of a metric that is a function of single images; its result is their mean."""

    function: Callable[..., float]
    arguments: int  # how many of (restored, hq, pair) the function takes
    values: list[float] = field(default_factory=list)

    def add(self, restored: Image, hq: Image | None, pair: Pair) -> float:
        """The image's value."""
        value = self.function(*(restored, hq, pair)[: self.arguments])
        if math.isnan(value):
            raise ValueError("The value is not a number on this image.")
        self.values.append(value)
        return value

    def merge(self, other: Self) -> None:
        """Append the other's values."""
        self.values.extend(other.values)

    def result(self) -> float | None:
        """The mean, correctly rounded, so that the images' order does not matter."""
        return math.fsum(self.values) / len(self.values) if self.values else None
