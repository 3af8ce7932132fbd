"""What a metric is: a function of single images, or of two sets of feature vectors."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from bfrbench.benchmark.features import Features, Gaussian
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.types import Direction, Image
from bfrbench.weights import WEIGHTS, locate

Group = Literal["fidelity", "perception", "identity", "landmarks", "distribution"]


@dataclass(frozen=True, slots=True)
class ImageMetric:
    """One row of the table: a number that each image has; a run's value is their mean."""

    id: str  # name/variant
    version: int  # goes up whenever a number can change
    better: Direction
    group: Group
    value: Callable[..., float]  # of Pictures: (restored) or (restored, hq); ValueError where undefined
    needs_hq: bool
    title: str
    source: str  # paper and equation, or the implementation that defines the variant
    judges: tuple[Judge[Any], ...] = ()
    weights: tuple[str, ...] = ()  # besides its judges', by name in the weights table
    min_size: int = 1  # shortest side in px on which it is defined
    perfect: float | None = None  # its value on the HQ itself; None: there is no such value
    licence: str = ""  # of what computes it, where that restricts use
    missing: Callable[[], str] | None = None  # why it cannot be computed here, besides weights; "" if it can


@dataclass(frozen=True, slots=True)
class SetValue:
    """A distance of two sets."""

    value: float
    error: float | None = None  # standard error over people, by delete-one-person jackknife
    without: Mapping[str, float] = field(default_factory=dict)  # the value without each person


@dataclass(frozen=True, slots=True)
class Statistics:
    """A reference whose mean and covariance somebody published, by name in the weights table."""

    weights: str


@dataclass(frozen=True, slots=True)
class StatisticsFile:
    """A reference whose mean and covariance are in a file of the user's."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class FolderOf:
    """A reference that is a folder of images."""

    path: Path
    sha256: str  # over names and files


@dataclass(frozen=True, slots=True)
class SetMetric:
    """One row of the table: a number that only a set of images has."""

    id: str
    version: int
    better: Direction
    group: Group
    judge: Judge[Vector]
    distance: Callable[[Features, Features | Gaussian], SetValue]  # ValueError when images are too few
    title: str
    source: str
    against: Statistics | StatisticsFile | FolderOf | None = None  # None: the HQ of the data set's pairs
    bounds: tuple[float, float] = (0.0, math.inf)  # of its values, and so of their intervals
    min_size: int = 1
    perfect: float | None = None
    licence: str = ""
    missing: Callable[[], str] | None = None

    @property
    def needs_hq(self) -> bool:
        """Whether pairs must have an HQ."""
        return self.against is None


Metric = ImageMetric | SetMetric


def weights_of(metric: Metric) -> tuple[str, ...]:
    """All weight files that the metric needs, by name in the weights table."""
    if isinstance(metric, ImageMetric):
        return (*metric.weights, *(name for judge in metric.judges for name in judge.weights))
    stored = (metric.against.weights,) if isinstance(metric.against, Statistics) else ()
    return (*metric.judge.weights, *stored)


def why_not(metric: Metric) -> str:
    """Why the metric cannot be computed here, a sentence without any path of this machine; "" if it can."""
    for name in weights_of(metric):
        if locate(name) is None:
            row = WEIGHTS[name]
            get = f"`bfrbench weights get {name}` downloads it" if row.url else row.by_hand
            return f"{metric.id} needs the weights {row.file}, which are not here: {get}."
    return metric.missing() if metric.missing else ""


def of_images(function: Callable[..., float]) -> Callable[..., float]:
    """A function of uint8 H×W×3 images as one of Pictures."""
    return partial(_of_images, function)


def _of_images(function: Callable[..., float], *pictures: Picture) -> float:
    images: tuple[Image, ...] = tuple(picture.image for picture in pictures)
    return function(*images)
