"""Rows of METRICS: whether the parts of the face are where they belong."""

from typing import Final

from bfrbench.benchmark.metrics.metric import Metric

LANDMARKS: Final[tuple[Metric, ...]] = ()
