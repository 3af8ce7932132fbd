"""Axes of drawings: round numbers for ticks, and pixels for values."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, in pixels, and the number that stands there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `first` to `last` on pixels from `start` to `end`, which may run backwards."""

    first: float
    last: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value, to a tenth."""
        share = (value - self.first) / (self.last - self.first)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int = 6) -> tuple[Tick, ...]:
        """Round numbers on the axis, `most` of them or fewer."""
        step = _step((self.last - self.first) / most)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        first = math.ceil(self.first / step - 1e-9)
        last = math.floor(self.last / step + 1e-9)
        return tuple(Tick(self.at(n * step), f"{n * step + 0.0:.{digits}f}") for n in range(first, last + 1))


def axis(values: Iterable[float], start: float, end: float) -> Axis:
    """An axis that holds the values, with a little air at both ends."""
    every = list(values)
    low, high = min(every), max(every)
    air = 0.06 * (high - low) or abs(high) * 0.05 or 0.5
    return Axis(low - air, high + air, start, end)


def _step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= least * (1 - 1e-9))
