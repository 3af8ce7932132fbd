"""Write docs/metrics-by-severity.md: how every metric moves when real faces are degraded more and more.

    python docs/metrics_by_severity.py FACES [--write]

FACES is a folder of aligned faces with an index.csv (columns file, person_id, split); its `val` split is
degraded by the ladders, and the LQs themselves are scored, beside the HQ as severity 0. Without --write the
page is printed.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from scipy.stats import spearmanr

from bfrbench.benchmark.factors import read_factors
from bfrbench.benchmark.metrics.metric import Metric, SetMetric, why_not
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import choice
from bfrbench.benchmark.restored import Restored
from bfrbench.benchmark.score import score_all
from bfrbench.benchmark.statistics.severity import curve
from bfrbench.degradations.synthesis import make_dataset
from bfrbench.engine import LocalEngine
from bfrbench.files import sha256_json, write_text
from bfrbench.parallel import default_workers
from bfrbench.types import DataSet

PAGE = Path(__file__).parent / "metrics-by-severity.md"


@dataclass(frozen=True, slots=True)
class Movement:
    """One metric over severity 0 (the HQ) to 5."""

    metric: Metric
    means: tuple[float, ...]
    faces: float | None  # share of faces on which it falls or rises at every step; None: a metric of sets
    correlation: float | None  # Spearman's, of severity and value over all images

    @property
    def wrong_steps(self) -> tuple[int, ...]:
        """The severities at which it says "better" than at the step before."""
        sign = 1.0 if self.metric.better == "lower" else -1.0
        steps = zip(self.means, self.means[1:], strict=False)
        return tuple(n for n, (before, after) in enumerate(steps, 1) if sign * (after - before) < 0.0)


def measure(faces: Path, preset: str, metrics: Sequence[Metric], folder: Path) -> Iterator[Movement]:
    """Degrade, score LQ and HQ with the metrics, and follow each over severity."""
    data = make_dataset(
        faces, folder / "data", preset=preset, copies=5, index=faces / "index.csv", split="val",
        engine=LocalEngine(default_workers()),
    )  # fmt: skip
    protocol = choice(metrics)
    found = [_as_restored(data, kind) for kind in ("lq", "hq")]
    outs = [folder / "lq", folder / "hq"]
    score_all(
        found,
        data,
        outs,
        protocol=protocol,
        engine=LocalEngine(default_workers()),
        memory=folder / "memory.sqlite",
    )
    rows = [pd.read_parquet(out / "scores.parquet") for out in outs]
    _, factors = read_factors(data.folder)
    severity = factors["severity"].astype(float)
    for metric in metrics:
        if isinstance(metric, SetMetric):
            continue  # one value a set: `of_sets` follows them level by level
        lq, hq = (table[table["metric"] == metric.id].set_index("name") for table in rows)
        yield _movement(metric, lq, hq, severity, factors["source_file"])
    yield from of_sets(data, severity, [m for m in metrics if isinstance(m, SetMetric)], folder)


def _movement(
    metric: Metric, lq: pd.DataFrame, hq: pd.DataFrame, severity: "pd.Series[float]", face: "pd.Series[str]"
) -> Movement:
    every = pd.concat([hq.assign(severity=0.0), lq.assign(severity=severity)])
    every["face"] = face.reindex(every.index).to_numpy()
    known = every[every["state"] == "ok"]
    finite = known[known["value"].map(math.isfinite)]
    means = curve(list(known["value"]), list(known["person_id"]), list(known["severity"])).points
    table = known.drop_duplicates(["face", "severity"]).pivot(
        index="face", columns="severity", values="value"
    )
    sign = 1.0 if metric.better == "lower" else -1.0
    steady = (sign * table.dropna()).diff(axis=1).iloc[:, 1:].ge(0.0).all(axis=1)
    correlation = float(spearmanr(finite["severity"], finite["value"]).statistic)
    return Movement(metric, tuple(p.mean for p in means), float(steady.mean()), correlation)


def of_sets(
    data: DataSet, severity: "pd.Series[float]", metrics: Sequence[SetMetric], folder: Path
) -> Iterator[Movement]:
    """Each metric of sets at each severity by itself: the LQs of one level against their HQs."""
    if not metrics:
        return
    means: dict[str, list[float]] = {metric.id: [] for metric in metrics}
    for level in range(6):
        chosen = severity.index[severity == max(1, level)]
        part = replace(data, pairs=tuple(pair for pair in data.pairs if pair.name in set(chosen)))
        found = _as_restored(part, "hq" if level == 0 else "lq")
        entry = score_all(
            [found],
            part,
            [folder / f"sets-{level}"],
            protocol=choice(metrics),
            memory=folder / "memory.sqlite",
        )[0]
        for score in entry.scores:
            means[score.metric].append(math.nan if score.mean is None else score.mean)
    for metric in metrics:
        yield Movement(metric, tuple(means[metric.id]), None, None)


def _as_restored(data: DataSet, kind: str) -> Restored:
    """The data set's own LQ or HQ images, as if a restorer had made them."""
    files = {pair.name: data.folder / str(getattr(pair, kind)) for pair in data.pairs}
    hashes = {pair.name: getattr(pair, f"{kind}_sha256") for pair in data.pairs}
    return Restored(kind, files, {}, hashes, sha256_json(hashes))


def page(
    movements: Sequence[Movement], alone: Mapping[str, Sequence[Movement]], faces: int, people: int
) -> str:
    """The page in Markdown; `alone` has the metrics without a reference, one factor at a time."""
    wrong = [m for m in movements if m.wrong_steps]
    head = f"""# Do the metrics move the right way?

Made by `python docs/metrics_by_severity.py`; do not edit. {faces} real faces of {people} people (512 px, the
development set's `val` split), degraded by `ladder-all`: severity 0 is the HQ itself, 5 the hardest. A metric
moves the right way when it says "worse" at every step. `faces` is the share of faces on which it does so at
each step; ρ is Spearman's correlation of severity and value.

"""
    if wrong:
        names = ", ".join(f"`{m.metric.id}` (at {' and '.join(map(str, m.wrong_steps))})" for m in wrong)
        head += (
            f"**These do not**, at the severities named: {names}. What that means stands below the table.\n\n"
        )
    else:
        head += "All do.\n\n"
    parts = [head + _table(movements), NOTES]
    parts += [f"## `ladder-{factor}`: {factor} alone\n\n{_table(rows)}" for factor, rows in alone.items()]
    return "\n".join(parts)


def _table(movements: Sequence[Movement]) -> str:
    head = (
        "| metric | better | 0 | 1 | 2 | 3 | 4 | 5 | faces | ρ |\n|---|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(_row(m) for m in movements) + "\n"


NOTES = """
`fd/alexnet` and `kd/alexnet` call the hardest levels better than the middle ones: nothing is left in those
pictures that AlexNet's last features tell apart. They are not part of `strict` for that reason.

Metrics without a reference judge how natural a picture looks, not whether it is right: a restorer can be
tuned to them without restoring anybody, and none is a headline metric of `strict`. What they make of one
factor at a time stands below; bold is where they call the harder level better.
"""


def _row(m: Movement) -> str:
    values = " | ".join(
        f"**{_number(v)}**" if level in m.wrong_steps else _number(v) for level, v in enumerate(m.means)
    )
    faces = "–" if m.faces is None else f"{m.faces:.0%}"
    rho = "–" if m.correlation is None else f"{m.correlation:+.2f}"
    return f"| `{m.metric.id}` | {m.metric.better} | {values} | {faces} | {rho} |"


def _number(value: float) -> str:
    if math.isinf(value):
        return "∞"
    return "–" if math.isnan(value) else f"{value:.4g}"


def main() -> int:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description="How every metric moves with severity.")
    parser.add_argument("faces", type=Path, help="aligned faces with an index.csv")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}; else print it")
    options = parser.parse_args()
    index = pd.read_csv(options.faces / "index.csv")
    val = index[index["split"] == "val"]
    here = [metric for metric in METRICS.values() if not why_not(metric)]
    blind = [metric for metric in here if metric.group == "perception"]
    with TemporaryDirectory() as place:
        folder = Path(place)
        movements = list(measure(options.faces, "ladder-all", here, folder / "all"))
        alone = {
            factor: list(measure(options.faces, f"ladder-{factor}", blind, folder / factor))
            for factor in ("blur", "downsample", "noise", "jpeg")
        }
    text = page(movements, alone, len(val), val["person_id"].nunique())
    if options.write:
        write_text(PAGE, text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
