"""What a protocol is."""

from dataclasses import dataclass

from bfrbench.benchmark.metrics.metric import Metric


@dataclass(frozen=True, slots=True)
class Protocol:
    """Which metrics, against what, and how the images are treated."""

    id: str
    version: int
    metrics: tuple[Metric, ...]
    headline: tuple[str, ...]  # ids of the metrics that sum it up, the first one first
    reference: str  # what the restored images are compared with
    alignment: str  # where faces are taken to be
    rules: str  # everything else, in words
    source: str
    beyond: tuple[str, ...] = ()  # what the school also reports, and why it is not among the metrics

    @property
    def name(self) -> str:
        """`strict@1`: what scores are labelled with."""
        return f"{self.id}@{self.version}"
