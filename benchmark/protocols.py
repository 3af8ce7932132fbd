"""Protocols: named, versioned sets of metrics with the rules of one school. A protocol never changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bfrbench.benchmark.metrics.metric import FolderOf, Metric, SetMetric, StatisticsFile
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import images_in, sha256_file, sha256_json


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


def choice(metrics: Iterable[Metric]) -> Protocol:
    """The strict rules with chosen metrics; the name has all versions, so that boards can tell."""
    rows = tuple(dict.fromkeys(metrics))
    return replace(
        protocol("strict"),
        id="+".join(sorted(f"{row.id}@{row.version}" for row in rows)),
        metrics=rows,
        headline=tuple(row.id for row in rows[:3]),
    )


def with_reference(base: Protocol, path: Path) -> Protocol:
    """A protocol whose set metrics are also taken against a folder of images, or a file of statistics.

    They are called `fid/clean@NAME`, after the folder or file. Raises InputError where neither is there.
    """
    if path.is_dir():
        files = {name: sha256_file(file) for name, file in images_in(path).items()}
        reference: FolderOf | StatisticsFile = FolderOf(path, sha256_json(files))
    elif path.is_file():
        reference = StatisticsFile(path, sha256_file(path))
    else:
        raise InputError(f"{path} is neither a folder of images nor a file of statistics (.npz, .pth).")
    more = tuple(
        replace(row, id=f"{row.id}@{path.stem}", against=reference, title=f"{row.title}; against {path.name}")
        for row in base.metrics
        if isinstance(row, SetMetric) and row.against is None
    )
    if not more:
        raise InputError(
            f"{base.name} has no metric of sets that could be taken against {path}: add `-m fid/clean`."
        )
    return replace(base, id=f"{base.id}+{path.stem}", metrics=(*base.metrics, *more))
