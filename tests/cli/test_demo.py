"""The demo, and what it promises: the whole way, offline, the same for everybody."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bfrbench.benchmark.baselines import RESTORERS
from bfrbench.cli.restore import REFERENCES
from bfrbench.files import read_json
from bfrbench.types import Entry

ROOT = Path(__file__).parents[2]
PERFECT = {
    "psnr/rgb": math.inf,
    "psnr/y601": math.inf,
    "ssim/rgb": 1.0,
    "ssim/y601": 1.0,
    "lpips/alex": 0.0,
    "identity/dlib": 0.0,
}


def entry(run: Path) -> Entry:
    return read_json(run / "scores.json", Entry, "scores")


def test_every_restorer_has_a_complete_row(demo: Path) -> None:
    board = json.loads((demo.parent / "board.json").read_text())
    assert {row["entry"]["restorer"] for row in board["rows"]} == {*REFERENCES, *RESTORERS, "hq"}
    assert all(row["entry"]["states"]["ok"] == 28 for row in board["rows"])
    assert all(row["entry"]["people"] == 7 for row in board["rows"])


def test_the_hq_anchor_is_perfect_on_every_full_reference_metric(demo: Path) -> None:
    scores = {score.metric: score for score in entry(demo / "runs/hq").scores}
    for metric, value in PERFECT.items():
        assert scores[metric].mean == pytest.approx(value, abs=1e-6)


def test_the_lq_anchor_is_in_a_plausible_range(demo: Path) -> None:
    means = {score.metric: score.mean for score in entry(demo / "runs/lq").scores}
    assert 20 < means["psnr/rgb"] < 32
    assert 0.15 < means["lpips/alex"] < 0.6
    assert 0.1 < means["identity/dlib"] < 0.8


def test_metrics_that_cannot_be_had_say_so(demo: Path) -> None:
    scores = {score.metric: score for score in entry(demo / "runs/lq").scores}
    assert scores["niqe/y601"].mean is None
    assert "192" in scores["niqe/y601"].reason
    fid = scores["fid/clean"]
    if fid.mean is None:  # else this machine has the weights
        assert fid.state == "weights_unavailable"
        assert "bfrbench weights get fid-inception" in fid.reason


def test_every_hash_on_the_way_is_the_one_of_the_artefact_before(demo: Path) -> None:
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.files import sha256_file

    data = open_dataset(demo / "data")
    manifest = pd.read_parquet(demo / "data/manifest.parquet")
    for row in manifest.itertuples():
        assert sha256_file(demo / "data/lq" / f"{row.name}.png") == row.lq_sha256
        assert sha256_file(demo / "data/hq" / f"{row.name}.png") == row.hq_sha256
    assert sha256_file(demo / "data/manifest.parquet") == data.card.manifest_sha256
    run = json.loads((demo / "runs/nlm/run.json").read_text())
    assert run["dataset_sha256"] == data.card.manifest_sha256
    assert entry(demo / "runs/nlm").run_sha256 == run["sha256"]
    assert entry(demo / "runs/nlm").dataset_sha256 == data.card.manifest_sha256


def test_the_page_needs_no_network(demo: Path) -> None:
    page = (demo / "board/index.html").read_text()
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "data:image/webp" in page


def test_the_readme_shows_what_the_demo_gives(demo: Path) -> None:
    command = [sys.executable, str(ROOT / "docs/generate.py"), "--check", "--demo", str(demo)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
