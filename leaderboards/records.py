"""What leaderboards hold in git: boards, published entries, tables that papers printed.

Some of these files are submitted by others, so every text has a limit, and no character that hides or turns
what stands around it. `leaderboards/schema/` holds the same rules as JSON Schema. What no schema can say (an
unreliable entry gives its reason) is checked as a record is made; then the error is a ValueError.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

import pandas as pd
from pydantic import ConfigDict, Field

from bfrbench.benchmark.compare import Comparison
from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.leaderboards.board import Board
from bfrbench.types import Direction

__all__ = [
    "BOARD_JSON",
    "ENTRY_JSON",
    "HIDDEN",
    "BoardDefinition",
    "Line",
    "Link",
    "Method",
    "Name",
    "Need",
    "Publication",
    "Published",
    "ReportedColumn",
    "ReportedRow",
    "ReportedTable",
    "Status",
]

BOARD_JSON: Final = "board.json"
ENTRY_JSON: Final = "entry.json"

# control characters, line breaks, what is invisible, what turns the direction of writing
_HIDDEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f"
    r"\ufeff\ufff0-\ufffb"
)
HIDDEN: Final = re.compile(f"[{_HIDDEN}]")
"""A character that no text of a record may have."""

Name: TypeAlias = Annotated[str, Field(max_length=80, pattern=rf"^[^=+@\s\-{_HIDDEN}][^{_HIDDEN}]*$")]
"""One to 80 characters; the first one does not make a formula of it where a table is opened as a sheet."""
Line: TypeAlias = Annotated[str, Field(max_length=1000, pattern=rf"^[^{_HIDDEN}]*$")]
Slug: TypeAlias = Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9][a-z0-9._+-]*$")]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Link: TypeAlias = Annotated[str, Field(max_length=300, pattern=r"^(https://[^\s\"'<>`\\^{|}]+)?$")]
"""An https address, or nothing."""
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Printed: TypeAlias = Annotated[str, Field(max_length=20, pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
"""A number with the digits that its source printed: "25.10" is not "25.1"."""

Lines: TypeAlias = Annotated[tuple[Line, ...], Field(max_length=100)]
_STRICT = ConfigDict(extra="forbid")

Status = Literal["measured", "reported", "unreliable", "superseded"]
"""Of an entry. One that turns out wrong, or old, keeps its place with the reason, and is not ranked."""


@dataclass(frozen=True, slots=True)
class BoardDefinition:
    """What a board compares, `board.json`: it never changes once it has entries."""

    __pydantic_config__ = _STRICT

    id: Slug
    title: Name
    summary: Line  # one sentence
    dataset: Name
    dataset_sha256: Sha256  # of the manifest
    protocol: Name  # strict@2
    headline: Annotated[tuple[Name, ...], Field(min_length=1)]  # metric ids; rows are sorted by the first
    make: Lines  # the shell commands that make the data set and a run
    by: Annotated[str, Field(max_length=80)] = ""  # the column that results are sliced by: severity
    licence: Line = ""  # of the faces
    attribution: Lines = ()


@dataclass(frozen=True, slots=True)
class Method:
    """What restored the images, in its authors' words."""

    __pydantic_config__ = _STRICT

    name: Name  # as its scores call it
    summary: Line = ""
    paper: Link = ""
    code: Link = ""
    licence: Line = ""
    parameters: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What stands beside an entry's scores, `entry.json`: what made it, and whether it still stands."""

    __pydantic_config__ = _STRICT

    board: Slug
    method: Method
    status: Status
    files: Mapping[Name, Sha256]  # of scores.json, scores.parquet and, where there is one, sets.parquet
    reason: Line = ""  # why it is unreliable or superseded
    superseded_by: Annotated[str, Field(max_length=80)] = ""  # name of the entry that replaces it
    trained: bool = True
    training_data: Lines = ()  # what it was trained on; () only where nothing was trained
    judges_used_in_training: Lines = ()  # networks (weights' names or metric families) that its losses used
    saw_test_people: bool | None = None  # whether people of the data set were among its training data
    spec: Line = ""  # what --restorer said
    weights_sha256: Mapping[Line, Line] = field(default_factory=dict)
    provenance: Mapping[Line, Line] = field(default_factory=dict)  # versions, device, code state
    cost: Mapping[Line, Finite] = field(default_factory=dict)  # seconds and bytes, by phase
    links: Mapping[Name, Link] = field(default_factory=dict)

    @property
    def seconds_per_image(self) -> float | None:
        """Of restoring alone, where that was measured."""
        seconds, images = self.cost.get("restore_seconds"), self.cost.get("images")
        return seconds / images if seconds is not None and images else None

    @property
    def peak_memory_bytes(self) -> float | None:
        """Of all its processes together, where that was measured."""
        return self.cost.get("peak_memory_bytes") or None

    def __post_init__(self) -> None:
        """Say what cannot be true together, as ValueError."""
        if self.status in ("unreliable", "superseded") and not self.reason:
            raise ValueError(f"an entry that is {self.status} gives its reason")
        if (self.status == "superseded") != bool(self.superseded_by):
            raise ValueError(
                "superseded_by names another entry where the status is superseded, and only there"
            )
        if self.trained and not self.training_data:
            raise ValueError("what was trained names its training_data; what was not says trained = false")
        if not self.trained and (self.training_data or self.judges_used_in_training):
            raise ValueError("what has training data or judges in its losses was trained")


NeedKind = Literal["test set", "checkpoint", "reference statistics", "judge"]


@dataclass(frozen=True, slots=True)
class Need:
    """Something that reproducing a reported table takes."""

    __pydantic_config__ = _STRICT

    kind: NeedKind
    name: Line
    licence: Line
    how: Line  # how to get it
    weights: Line = ""  # its name in `bfrbench weights list`, where it has one
    method: Line = ""  # the row that it is for; "": all


@dataclass(frozen=True, slots=True)
class ReportedColumn:
    """A measure as a paper's table names it."""

    __pydantic_config__ = _STRICT

    id: Line
    label: Line
    better: Direction
    metric: Line = ""  # our id, where ours is the same measure
    unit: Line = ""
    notes: Line = ""


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A method's numbers in a paper's table."""

    __pydantic_config__ = _STRICT

    method: Line
    values: Mapping[Line, Printed]  # by column; what was not printed is not there

    def value(self, column: str) -> float:
        """The number in a column; NaN where none was printed."""
        return float(self.values.get(column, math.nan))


@dataclass(frozen=True, slots=True)
class ReportedTable:
    """A table that a paper or its authors' repository printed, `reported/<table>.json`."""

    __pydantic_config__ = _STRICT

    id: Slug
    title: Line
    source: Line
    url: Link
    read: Line  # how the numbers were read
    confidence: Literal["high"]  # nothing else is printed
    protocol: Line  # the school whose rules come nearest; "": none of ours
    lq_set: Line
    reference_set: Line
    needs: tuple[Need, ...]
    columns: tuple[ReportedColumn, ...]
    rows: tuple[ReportedRow, ...]
    notes: Lines = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A board over some of its images: those with one value, or range of values, of `BoardDefinition.by`."""

    label: str
    board: Board  # without metrics of sets
    ranks: Mapping[str, Mapping[str, Rank]]  # by metric, then restorer


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """One board, read and checked: what tables, figures and the site are made from."""

    definition: BoardDefinition
    folder: Path
    publications: Mapping[str, Publication]  # by restorer's name
    board: Board
    comparison: Comparison | None
    """Every pair of measured entries, anchors too, over all images; its curves are over the levels of
    `definition.by`. None: fewer than two entries are measured."""
    sliced: Comparison | None  # the same by the slices of `definition.by`; None: the board has no slices
    ranks: Mapping[str, Mapping[str, Rank]]
    """By metric, then restorer: the places that the ranked rows may have. Of metrics of single images."""
    factors: pd.DataFrame  # a row for each pair, by name: the manifest's columns, and the levels of its grid
    values: Mapping[str, pd.DataFrame] = field(default_factory=lambda: MappingProxyType({}))
    """By restorer: image names × metrics, NaN where an image has no value."""
    levels: tuple[Level, ...] = ()  # of `definition.by`, in order
