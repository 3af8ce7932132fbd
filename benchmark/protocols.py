"""PROTOCOLS: named, versioned sets of metrics with the rules of one school. A protocol never changes."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from bfrbench.benchmark.metrics.metric import FolderOf, Metric, SetMetric, StatisticsFile
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.schools import SCHOOLS
from bfrbench.benchmark.strict import STRICT
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import images_in, sha256_file, sha256_json

PROTOCOLS: Final[dict[str, Protocol]] = {protocol.name: protocol for protocol in (*STRICT, *SCHOOLS)}


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
