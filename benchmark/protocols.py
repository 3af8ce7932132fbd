"""Protocols: named, versioned sets of metrics with the rules of one school. A protocol never changes."""

from dataclasses import dataclass

from bfrbench.benchmark.metrics.metric import Metric
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.errors import UnknownName


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

    @property
    def name(self) -> str:
        """`strict@1`: what scores are labelled with."""
        return f"{self.id}@{self.version}"


_ROWS = (
    Protocol(
        id="strict",
        version=1,
        metrics=tuple(
            METRICS[name]
            for name in (
                "psnr/rgb",
                "psnr/y601",
                "ssim/rgb",
                "ssim/y601",
                "ms-ssim/luma",
                "lpips/alex",
                "identity/dlib",
                "niqe/y601",
                "fid/clean",
            )
        ),
        headline=("lpips/alex", "identity/dlib", "psnr/rgb"),
        reference="The HQ of each pair; for set metrics, the HQ of all pairs.",
        alignment="The pair's own landmarks, or the template; never detected on a restored image.",
        rules=(
            "Images are paired by name. Whole images as stored: 8-bit RGB, no border cropped, no mean or "
            "deviation matched, no file re-encoded. A missing, unreadable or wrongly sized image has a "
            "state and no value; means are over the images that have one, and an entry that lacks any "
            "takes no rank."
        ),
        source="bfrbench",
    ),
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ROWS}


def protocol(name: str) -> Protocol:
    """Look up `strict@1`, or `strict` for its newest version; raises UnknownName with those there are."""
    matching = [row for row in PROTOCOLS.values() if name in (row.name, row.id)]
    if not matching:
        raise UnknownName(f"No protocol is called {name!r}. There are: {', '.join(PROTOCOLS)}.")
    return max(matching, key=lambda row: row.version)
