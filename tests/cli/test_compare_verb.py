"""`bfrbench compare`: what it prints, writes and refuses, over real runs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score
from bfrbench.degradations.dataset import make_dataset
from bfrbench.engine import HERE
from bfrbench.pixels import write_png


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/: a ladder of twelve people; runs/: lq, bilateral, unsharp, and mine, which lacks an image."""
    folder = tmp_path_factory.mktemp("compare")
    (folder / "faces").mkdir()
    for number in range(12):
        corner = astronaut()[8 * number : 8 * number + 64, 180:244]
        write_png(folder / f"faces/face-{number:02}.png", np.ascontiguousarray(corner))
    data = make_dataset(folder / "faces", folder / "data", preset="ladder-noise-128", copies=5)
    fast = replace(
        protocol("strict"), metrics=tuple(METRICS[name] for name in ("psnr/rgb", "psnr/y601", "ssim/rgb"))
    )
    for name in ("lq", "bilateral", "unsharp"):
        restore(data, folder / "runs" / name, resolve(name), spec=name, batch=8, engine=HERE)
        score(folder / "runs" / name, data, folder / "runs" / name, protocol=fast)
    (folder / "mine").mkdir()
    for path in sorted((folder / "runs/bilateral/restored").iterdir())[1:]:
        (folder / "mine" / path.name).write_bytes(path.read_bytes())
    score(folder / "mine", data, folder / "runs/mine", protocol=fast)
    return folder


@pytest.fixture
def runs(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is where the runs are."""
    monkeypatch.chdir(made)
    monkeypatch.setenv("COLUMNS", "100")


def test_it_says_who_is_better_by_how_much_and_how_sure_that_is(cli, runs) -> None:  # type: ignore[no-untyped-def]
    done = cli("compare", "runs/bilateral", "runs/lq")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("psnr/rgb"))
    assert line.split()[1] == "↑"
    assert line.split()[-1] == "bilateral"
    assert "…" in line
    assert "Against lq, bilateral is better by psnr/rgb" in done.stdout
    assert "60 images of 12 people" in done.stdout
    table = [line for line in done.stdout.splitlines() if line.startswith(("metric", "psnr", "ssim"))]
    assert max(map(len, table)) <= 100


def test_json_and_files_hold_all_of_it(cli, runs, tmp_path) -> None:  # type: ignore[no-untyped-def]
    done = cli("compare", "runs/bilateral", "runs/lq", "--json", "--out", tmp_path / "all.json")
    found = json.loads(done.stdout)
    assert json.loads((tmp_path / "all.json").read_text()) == found
    row = found["differences"][0]
    assert (row["metric"], row["first"], row["second"], row["verdict"]) == (
        "psnr/rgb",
        "bilateral",
        "lq",
        "better",
    )
    assert found["ties"]["psnr/rgb"] == 0.01
    assert cli("compare", "runs/bilateral", "runs/lq", "--out", tmp_path / "rows.csv").returncode == 0
    rows = pd.read_csv(tmp_path / "rows.csv")
    assert rows["difference"].tolist() == pytest.approx([row["difference"] for row in found["differences"]])
    wrong = cli("compare", "runs/bilateral", "runs/lq", "--out", tmp_path / "rows.txt")
    assert wrong.returncode == 1
    assert "end in .csv or .json" in wrong.stderr


def test_slices_are_a_compact_table_or_for_one_metric_a_whole_one(cli, runs) -> None:  # type: ignore[no-untyped-def]
    compact = cli(
        "compare", "runs/bilateral", "runs/lq", "--by", "severity", "--data", "data"
    ).stdout.splitlines()
    assert [line.split()[:2] for line in compact if line[:1].isdigit()] == [[s, "12"] for s in "12345"]
    assert any("PSNR ↑" in line for line in compact)
    one = cli(
        "compare", "runs/bilateral", "runs/lq", "--by", "severity", "--data", "data", "--metric", "ssim"
    )
    lines = [
        line.split() for line in one.stdout.splitlines() if line[:1].isdigit() or line.startswith("area")
    ]
    assert [line[0] for line in lines] == ["1", "2", "3", "4", "5", "area"]
    assert "ssim/rgb ↑ by severity" in one.stdout


def test_a_run_that_lacks_an_image_is_told_and_never_better(cli, runs) -> None:  # type: ignore[no-untyped-def]
    done = cli("compare", "runs/mine", "runs/lq")
    assert "mine lacks 1 images that the other has: they count as lost." in done.stdout
    assert "incomplete" in done.stdout
    assert "59 of 60 images have a value" in done.stdout
    found = json.loads(cli("compare", "runs/mine", "runs/lq", "--json").stdout)
    assert not [row for row in found["differences"] if row["verdict"] in ("better", "perhaps better")]


def test_several_runs_get_an_order_and_a_baseline_may_be_a_folder(cli, runs) -> None:  # type: ignore[no-untyped-def]
    done = cli("compare", "runs/bilateral", "runs/unsharp", "runs/mine", "--against", "runs/lq")
    assert done.returncode == 0, done.stderr
    places = {
        line.split()[0]: line.split() for line in done.stdout.splitlines() if "%" in line and "(" in line
    }
    assert {"bilateral", "unsharp", "lq", "mine"} <= places.keys()
    assert places["mine"][1] == "–"
    for other in ("bilateral", "unsharp", "mine"):
        assert f"{other} against lq" in done.stdout
    assert "bilateral against unsharp" not in done.stdout


def test_mistakes_are_one_sentence(cli, runs) -> None:  # type: ignore[no-untyped-def]
    for words, said in (
        (("runs/bilateral",), "two different runs"),
        (("runs/bilateral", "faces"), "holds no scores.json"),
        (("runs/bilateral", "runs/lq", "--metric", "fame"), "no fame in common"),
        (("runs/bilateral", "runs/lq", "--by", "severity"), "--data"),
    ):
        done = cli("compare", *words)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
