"""The whole way on fifty real faces at 512 px, twice: numbers of workers leave no trace."""

from pathlib import Path

import pytest

from bfrbench.files import read_json
from bfrbench.types import Entry

RESTORERS = ("lq", "bilateral", "unsharp", "hq")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_fifty_real_faces_give_the_same_set_and_scores_on_one_or_two_workers(cli, shared, tmp_path) -> None:  # type: ignore[no-untyped-def]
    faces = shared / "data/faces512"
    for workers in (1, 2):
        place = tmp_path / str(workers)
        index = ("--index", faces / "index.csv", "--split", "val")
        made = cli("degrade", faces, place / "data", *index, "--workers", workers)
        assert made.returncode == 0, made.stderr
        for name in RESTORERS:
            run = place / "runs" / name
            assert cli("restore", place / "data", run, "-r", name, "--workers", workers).returncode == 0
            assert cli("score", run, "--against", place / "data", "--workers", workers).returncode == 0
        runs = sorted((place / "runs").iterdir())
        built = cli("board", "build", *runs, "--data", place / "data", "--out", place / "board")
        assert built.returncode == 0, built.stderr
    assert contents(tmp_path / "1/data") == contents(tmp_path / "2/data")
    assert contents(tmp_path / "1/board") == contents(tmp_path / "2/board")
    for name in RESTORERS:
        first, second = (tmp_path / workers / "runs" / name for workers in "12")
        for file in ("scores.json", "scores.parquet"):
            assert (first / file).read_bytes() == (second / file).read_bytes()
    scores = read_json(tmp_path / "1/runs/lq/scores.json", Entry, "scores").scores
    means = {score.metric: score.mean for score in scores}
    assert 20 < means["psnr/rgb"] < 26
    assert 0.3 < means["identity/dlib"] < 0.55


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
