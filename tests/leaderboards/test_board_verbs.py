"""`bfrbench board ...` for the published boards, as typed."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bfrbench.cli.board import app
from bfrbench.errors import InputError, OutputError

BOARD = "three-faces-128"


def board(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def about(tmp_path: Path) -> Path:
    path = tmp_path / "about.toml"
    path.write_text('trained = false\nsummary = "A filter."\n')
    return path


def test_a_run_goes_onto_the_board(scored: Path, results: Path, about: Path, tmp_path: Path) -> None:
    shutil.rmtree(results / BOARD / "unsharp")
    archive, pages = tmp_path / "u.zip", tmp_path / "boards"
    run = scored / "runs" / "unsharp"
    done = board("submit", run, "--board", BOARD, "--about", about, "--out", archive, "--results", results)
    assert done.exit_code == 0, done.output
    assert "Nothing is wrong in the submission of unsharp." in done.output
    assert "Not computed: ms-ssim/luma" in done.output
    done = board("check", archive, "--results", results, "--json")
    assert (done.exit_code, json.loads(done.output)["problems"]) == (0, [])
    assert board("add", archive, "--results", results).exit_code == 0
    assert board("publish", "--results", results, "--out", pages).exit_code == 0
    done = board("check", "--results", results, "--pages", pages)
    assert done.exit_code == 0, done.output
    assert f"{BOARD}: bilateral, hq, lq, unsharp" in done.output
    page = pages / f"{BOARD}.md"
    page.write_text(page.read_text().replace("unsharp", "sharper", 1))
    for command in ("check", "publish"):
        more = ("--pages", pages) if command == "check" else ("--out", pages, "--check")
        done = board(command, "--results", results, *more)
        assert done.exit_code == 1
        assert "is not what the results give: line" in done.output
        assert "1 thing wrong" in done.output
    assert "sharper" in page.read_text()  # a check mends nothing


def test_everything_wrong_is_listed_and_the_status_is_1(results: Path, tmp_path: Path) -> None:
    (results / BOARD / "lq" / "extra.txt").touch()
    (results / BOARD / "hq" / "entry.json").unlink()
    done = board("check", "--results", results, "--pages", tmp_path, "--json")
    assert done.exit_code == 1
    assert len(json.loads(done.output)["problems"]) == 2
    place = tmp_path / "bad.zip"
    place.write_bytes(b"bad")
    done = board("check", place, "--results", results)
    assert done.exit_code == 1
    assert "It is no whole zip" in done.output


def test_markup_in_a_submission_is_only_shown(results: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(results / BOARD / "lq", tmp_path / "s"))
    (folder / "[bold red]x[").touch()
    done = board("check", folder, "--results", results)
    assert "It holds '[bold red]x['" in done.output


def test_a_board_is_started_once_and_whole(scored: Path, tmp_path: Path) -> None:
    root = tmp_path / "results"
    words = (
        "new",
        "tiny",
        "--data",
        scored / "data",
        "--title",
        "Tiny",
        "--by",
        "severity",
        "--results",
        root,
    )
    done = board(*words)
    assert done.exit_code == 0, done.output
    definition = json.loads((root / "tiny" / "board.json").read_text())
    assert definition["protocol"] == "strict@2"
    assert definition["headline"] == ["lpips/alex", "identity/dlib", "psnr/rgb"]
    assert definition["attribution"]
    assert isinstance(board(*words).exception, OutputError)
    wrong = board(
        "new", "other", "--data", scored / "data", "--title", "x", "--by", "weather", "--results", root
    )
    assert isinstance(wrong.exception, InputError)
    named = board("new", "../up", "--data", scored / "data", "--title", "x", "--results", root)
    assert named.exit_code == 1
    assert [path.name for path in root.iterdir()] == ["tiny"]
    assert not (tmp_path / "up").exists()
