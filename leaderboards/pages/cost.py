"""Speed and memory of a run, from what `restore` measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bfrbench.leaderboards.records import Publication


@dataclass(frozen=True, slots=True)
class CostColumn:
    """A column of the table's last group; lower is better."""

    name: str
    unit: str
    meaning: str
    value: Callable[[Publication], float | None]


def _megabytes(publication: Publication) -> float | None:
    memory = publication.peak_memory_bytes
    return None if memory is None else memory / 1e6


COSTS: Final = (
    CostColumn(
        name="Time",
        unit="s/image",
        meaning="Restoring alone, without reading and writing, on the run's machine.",
        value=lambda publication: publication.seconds_per_image,
    ),
    CostColumn(
        name="Memory", unit="MB", meaning="The largest memory of all processes together.", value=_megabytes
    ),
)
