"""The nouns that all parts share. Small, frozen, and free of behaviour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""H×W×3, RGB, 0..255: what a file holds. Floats live only inside ops, metrics and networks."""

Landmarks = NDArray[np.float64]
"""5×2, (x, y) in pixels: the eye at the left of the picture, the eye at the right, nose tip, mouth
corner at the left, mouth corner at the right. A pixel's centre is at its integer coordinate."""

State = Literal[
    "ok",
    "missing",
    "unreadable",
    "wrong_size",
    "no_face",
    "restorer_error",
    "metric_error",
    "weights_unavailable",
]
"""What became of an image, or of one metric on one image. Nothing is skipped in silence."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a data set: an LQ image, its HQ (or none), and what is known of the person."""

    name: str
    lq: str  # path relative to the data set's folder
    hq: str | None
    lq_sha256: str
    hq_sha256: str | None
    person_id: str  # the unit of independence: intervals are clustered by it
    landmarks: tuple[float, ...] | None  # x0, y0, ... x4, y4 in HQ pixels; None: aligned to the template


@dataclass(frozen=True, slots=True)
class Card:
    """What a data set is and how it was made, as `dataset.json` holds it."""

    name: str
    count: int  # pairs
    people: int
    preset: str | None  # id@version; None: degraded elsewhere
    preset_source: str
    seed: int | None
    copies: int  # LQ images made of each HQ
    source: str  # where the HQ faces come from
    licence: str  # of the HQ faces
    manifest_sha256: str
    tools: Mapping[str, str] = field(default_factory=dict)  # versions that the bytes may depend on


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder of pairs with its card."""

    folder: Path
    card: Card
    pairs: tuple[Pair, ...]


class Restorer(Protocol):
    """Anything that turns LQ images into restored ones.

    `name` is what the board shows. A call gets LQ images and returns as many images, each of the size
    that its HQ has (for aligned data sets: the LQ's own size).
    """

    @property
    def name(self) -> str:
        """What the board shows."""
        ...

    def __call__(self, batch: Sequence[Image]) -> Sequence[Image]:
        """Restore a batch, in order."""
        ...


@dataclass(frozen=True, slots=True)
class ImageState:
    """What became of one image of a run."""

    name: str
    state: State
    sha256: str | None = None  # of the restored file, when there is one
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One restorer over one data set, as `run.json` holds it."""

    restorer: str  # the name that the board shows
    spec: str  # what --restorer said; '' for a folder made elsewhere
    dataset_sha256: str  # of the data set's manifest
    images: tuple[ImageState, ...]
    weights_sha256: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""  # over all of the above: the same outputs give the same run
    provenance: Mapping[str, str] = field(default_factory=dict)  # versions, device, code state
    cost: Mapping[str, float] = field(default_factory=dict)  # seconds and bytes, by phase


Direction = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric's value for a run."""

    metric: str  # name/variant
    version: int
    better: Direction
    n: int  # images that have a value
    expected: int  # images that should have one
    mean: float | None  # None: no image has a value, or the metric could not be computed
    median: float | None = None
    p5: float | None = None
    p95: float | None = None
    low: float | None = None  # 95 % interval of the mean, clustered by person
    high: float | None = None
    state: State = "ok"
    reason: str = ""  # why it is not computed, or not on all images

    @property
    def coverage(self) -> float:
        """Share of the expected images that have a value, 0..1."""
        return self.n / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A run's row on a board."""

    restorer: str
    status: Literal["measured", "reported"]
    scores: tuple[Score, ...]
    states: Mapping[str, int]  # how many images are in which state
    people: int  # independent units behind the intervals
    protocol: str
    dataset: str
    dataset_sha256: str
    run_sha256: str
    judge_weights_sha256: Mapping[str, str] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
