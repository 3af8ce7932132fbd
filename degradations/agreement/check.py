"""How far our results are from another implementation's, and the page of all such checks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One difference beside the greatest that is allowed."""

    what: str  # operator, or stage of a pipeline
    subject: str  # image, kernel
    by: str  # the other implementation
    measure: str  # of the absolute differences: largest, mean, or a share of the values
    value: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance; NaN never is."""
        return self.value <= self.tolerance


@dataclass(frozen=True, slots=True)
class Against:
    """Makes the checks of one subject against one implementation."""

    by: str
    subject: str

    def largest(self, what: str, ours: Array, theirs: Array, tolerance: float) -> Check:
        """The largest absolute difference."""
        return Check(what, self.subject, self.by, "largest", float(off(ours, theirs).max()), tolerance)

    def mean(self, what: str, ours: Array, theirs: Array, tolerance: float) -> Check:
        """The mean absolute difference."""
        return Check(what, self.subject, self.by, "mean", float(off(ours, theirs).mean()), tolerance)

    def share(self, what: str, ours: Array, theirs: Array, *, beyond: float, tolerance: float) -> Check:
        """The share of values that are further off than `beyond`."""
        measure = f"share off by more than {beyond:g}"
        value = float((off(ours, theirs) > beyond).mean())
        return Check(what, self.subject, self.by, measure, value, tolerance)

    def levels(self, what: str, ours: Array, theirs: Array, share: float) -> Iterator[Check]:
        """8-bit images: at most one level off, on at most a share of the values."""
        yield self.largest(f"{what}, levels", ours, theirs, 1)
        yield self.share(f"{what}, levels", ours, theirs, beyond=0, tolerance=share)


def off(ours: Array, theirs: Array) -> NDArray[np.float64]:
    """Absolute differences."""
    difference: NDArray[np.float64] = np.abs(ours.astype(np.float64) - theirs)
    return difference


def markdown(checks: Sequence[Check]) -> str:
    """The page: a table of all checks."""
    rows = [
        f"| {c.what} | {c.subject} | {c.by} | {c.measure} | {c.value:.1e} | {c.tolerance:.1e} "
        f"| {'yes' if c.agrees else '**no**'} |"
        for c in checks
    ]
    return (
        "# Agreement of the degradations with other implementations\n\n"
        "Made by `python -m bfrbench.degradations.agreement`; do not edit. "
        f"{sum(c.agrees for c in checks)} of {len(checks)} values are within their tolerance.\n\n"
        "Differences are absolute, of values 0..1 unless the row says levels (of 255). Where a package is\n"
        "not installed, its version is that which made the stored arrays.\n\n"
        "| what | of | implementation | difference | value | tolerance | agrees |\n"
        "|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )
