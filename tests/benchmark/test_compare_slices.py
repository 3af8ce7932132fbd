"""Comparing runs over a real data set: slices by severity, recipe and index, and other units than people."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.baselines import RESTORERS
from bfrbench.benchmark.compare import Comparison, compare
from bfrbench.benchmark.comparison.differences import Difference
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score
from bfrbench.degradations.dataset import make_dataset
from bfrbench.engine import HERE
from bfrbench.errors import InputError
from bfrbench.pixels import write_png
from bfrbench.types import DataSet


@dataclass(frozen=True)
class Ladder:
    """A real data set of five severities, and two scored runs over it."""

    faces: Path
    data: DataSet
    runs: list[Path]
    index: Path


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Ladder:
    """Six faces of three people at five severities, restored twice, scored by two metrics."""
    folder = tmp_path_factory.mktemp("ladder")
    (folder / "faces").mkdir()
    lines = ["file,person_id,height_cm"]
    for number in range(6):
        corner = astronaut()[12 * number : 12 * number + 128, 150:278]
        write_png(folder / f"faces/face-{number}.png", np.ascontiguousarray(corner))
        lines.append(f"face-{number}.png,p{number // 2},{160 + number}")
    (folder / "index.csv").write_text("\n".join(lines) + "\n")
    data = make_dataset(
        folder / "faces", folder / "data", preset="ladder-all-128", copies=5, index=folder / "index.csv"
    )
    fast = replace(
        protocol("strict"), metrics=tuple(map(METRICS.__getitem__, ("psnr/rgb", "ssim/rgb", "fd/alexnet")))
    )
    runs = []
    for name in ("lq", "bilateral"):
        assert name in RESTORERS
        restore(data, folder / name, resolve(name), spec=name, batch=8, engine=HERE)
        score(folder / name, data, folder / name, protocol=fast)
        runs.append(folder / name)
    return Ladder(folder / "faces", data, runs, folder / "index.csv")


def test_slices_by_severity_have_a_row_each_and_a_curve(ladder: Ladder) -> None:
    found = compare(ladder.runs, by="severity", data=ladder.data.folder, metrics=["psnr"])
    assert [(row.slice, row.images, row.people) for row in found.differences] == [(s, 6, 3) for s in "12345"]
    assert sum(row.images for row in found.differences) == found.images == 30
    lines = {line.restorer: line.curve for line in found.curves.lines}
    assert [point.level for point in lines["lq"].points] == [1.0, 2.0, 3.0, 4.0, 5.0]
    means = [point.mean for point in lines["lq"].points]
    assert means == sorted(means, reverse=True)  # a worse LQ is further from its HQ
    assert means == pytest.approx([row.first_mean for row in found.differences])
    (gap,) = found.curves.areas
    assert gap.area.value == pytest.approx(lines["lq"].area.value - lines["bilateral"].area.value)
    assert gap.area.low <= gap.area.value <= gap.area.high  # type: ignore[operator]


def test_slices_by_recipe_factors_and_an_index(ladder: Ladder) -> None:
    def ask(**more: object) -> Comparison:
        return compare(ladder.runs, data=ladder.data.folder, metrics=["psnr"], **more)  # type: ignore[arg-type]

    assert [row.slice for row in ask(by="jpeg.quality").differences] == ["30", "45", "60", "75", "90"]
    assert [row.slice for row in ask(by="person_id").differences] == ["p0", "p1", "p2"]
    assert not ask(by="person_id").curves.lines
    tall = ask(by="height_cm", index=ladder.index)
    assert [(row.slice, row.images) for row in tall.differences] == [(str(cm), 5) for cm in range(160, 166)]
    assert ask(by="person_id").differences[0].reason.startswith("No interval")


def test_sets_have_no_interval_by_other_units_than_people(ladder: Ladder) -> None:
    def of_sets(cluster: str) -> Difference:
        found = compare(ladder.runs, data=ladder.data.folder, cluster=cluster)
        return next(row for row in found.differences if row.metric == "fd/alexnet")

    people, sources = of_sets("person_id"), of_sets("source_file")
    assert isinstance(people.p, float)
    assert sources.difference == people.difference
    assert (sources.low, sources.high, sources.p) == (None, None, None)
    assert sources.reason.startswith("No interval by source_file")


def test_source_images_can_be_the_units_instead(ladder: Ladder) -> None:
    people = compare(ladder.runs, data=ladder.data.folder)
    sources = compare(ladder.runs, data=ladder.data.folder, cluster="source_file")
    assert (people.clusters, sources.clusters) == (3, 6)
    assert people.differences[0].difference == sources.differences[0].difference
    assert sources.differences[0].people == 6


def test_columns_and_data_sets_that_do_not_fit_are_errors(ladder: Ladder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Name the data set too, with --data"):
        compare(ladder.runs, by="severity")
    with pytest.raises(InputError, match=r"No column is called 'colour'. There are: .*severity"):
        compare(ladder.runs, by="colour", data=ladder.data.folder)
    for column in ("landmarks", "recipe"):
        with pytest.raises(InputError, match=f"No column is called '{column}'"):
            compare(ladder.runs, by=column, data=ladder.data.folder)
    with pytest.raises(InputError, match="name that too, with --data"):
        compare(ladder.runs, index=ladder.index)
    with pytest.raises(InputError, match="not known of 30 images"):
        compare(ladder.runs, cluster="split", data=ladder.data.folder)
    other = make_dataset(ladder.faces, tmp_path / "other", preset="ladder-all-128", copies=5, limit=1)
    with pytest.raises(InputError, match="not the data set that these scores are of"):
        compare(ladder.runs, by="severity", data=other.folder)
