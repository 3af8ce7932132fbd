"""One of our values beside another implementation's, and the page that shows many."""

from collections.abc import Sequence
from dataclasses import dataclass

from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.metric import ImageMetric
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of our values beside another implementation's."""

    what: str  # metric, or part of one
    subject: str  # image, or set of features
    ours: float
    theirs: float
    by: str
    tolerance: float  # greatest |ours - theirs| allowed

    @property
    def difference(self) -> float:
        """ours - theirs; 0 for equal infinities."""
        return 0.0 if self.ours == self.theirs else self.ours - self.theirs

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance


def value_of(metric: str, restored: Image, hq: Image | None) -> float:
    """One metric of the table on one aligned image, by the way that scoring takes."""
    row = METRICS[metric]
    if not isinstance(row, ImageMetric):
        raise TypeError(f"{metric} has no value for a single image.")
    pictures = [picture_of(image) for image in (restored, hq) if image is not None]
    return row.value(*pictures[: 1 + row.needs_hq])


def markdown(comparisons: Sequence[Comparison], *notes: str) -> str:
    """The page: a table of all comparisons, and notes below."""
    rows = [
        f"| {c.what} | {c.subject} | {c.ours:.9g} | {c.theirs:.9g} | {c.by} | {c.difference:.1e} "
        f"| {c.tolerance:.1e} | {'yes' if c.agrees else '**no**'} |"
        for c in comparisons
    ]
    agree = sum(c.agrees for c in comparisons)
    head = (
        "# Agreement of the metrics with other implementations\n\n"
        "Made by `python -m bfrbench.benchmark.agreement`; do not edit. "
        f"{agree} of {len(comparisons)} values are within their tolerance.\n\n"
        "| metric | of | ours | theirs | implementation | difference | tolerance | agrees |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n" + "".join(f"\n{note}\n" for note in notes)
