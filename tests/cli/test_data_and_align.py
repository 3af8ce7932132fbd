"""`data`, `align` and `demo --faces` as a user meets them, and the page that leads to a board."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from bfrbench import pixels
from bfrbench.benchmark.datasets.embedded import PHOTOS, _read

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/from-portraits-to-board.md"


@pytest.fixture
def portraits(tmp_path: Path) -> Path:
    """Photographs of seven people, one face each, and one of nobody."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    for photo in PHOTOS:
        image = pixels.decode_image(_read(photo), photo.file)
        for name, numbers in photo.faces.items():
            points = np.array(numbers).reshape(5, 2)
            middle, reach = points.mean(axis=0), 2.2 * np.hypot(*(points[1] - points[0]))
            (x0, y0), (x1, y1) = (middle - reach).clip(0).astype(int), (middle + reach).astype(int)
            pixels.write_png(folder / f"{name}.png", np.ascontiguousarray(image[y0:y1, x0:x1]))
    pixels.write_png(folder / "coffee.png", skimage.data.coffee())
    return folder


def test_the_list_shows_every_set_and_one_of_them_with_its_sources(cli) -> None:  # type: ignore[no-untyped-def]
    everything = cli("data", "list")
    assert everything.returncode == 0
    assert {"openfaces", "celeba-test", "wider-test", "ffhq"} <= set(everything.stdout.split())
    one = cli("data", "list", "webphoto-test").stdout
    assert "Licence: unknown" in one
    assert "469" in one
    assert "https://github.com/TencentARC/VQFR" in one
    rows = json.loads(cli("data", "list", "--json").stdout)
    assert all(fact["sources"] for row in rows for fact in row["facts"].values())


def test_sets_that_are_not_ours_are_not_fetched_but_pointed_to(cli) -> None:  # type: ignore[no-untyped-def]
    asked = cli("data", "get", "celeba-test")
    assert asked.returncode == 1
    for words in ("does not distribute", "NON-COMMERCIAL", "xinntao.github.io", "--as celeba-test"):
        assert words in asked.stderr
    assert "There are: openfaces512@1" in cli("data", "get", "openfaces64").stderr


def test_a_mirror_that_lacks_sources_ends_with_a_summary_and_keeps_what_came(cli, shared, tmp_path) -> None:  # type: ignore[no-untyped-def]
    words = ("data", "get", "openfaces128", "--mirror", shared / "data/openfaces/originals")
    got = cli(*words, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    assert got.returncode == 1
    assert "23 of 1176 faces" in got.stdout
    assert "1153 missing" in got.stderr
    assert "run the same command" in got.stderr
    partial = cli(*words, "--out", tmp_path / "out", "--partial", "--json")
    assert partial.returncode == 0
    outcomes = json.loads(partial.stdout)["outcomes"]
    assert sum(outcome["kept"] for outcome in outcomes) == 23
    index = ("--index", tmp_path / "out/index.csv", "--preset", "gfpgan-release-128", "--workers", "1")
    data = cli("degrade", tmp_path / "out/faces", tmp_path / "data", *index, "--json")
    assert json.loads(data.stdout)["count"] == 23


def test_a_dead_mirror_ends_soon_and_says_so(cli, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    where = ("--mirror", "http://127.0.0.1:9", "--cache", tmp_path / "cache", "--attempts", "1")
    got = cli("data", "get", "openfaces512", "--out", tmp_path / "out", *where)
    assert got.returncode == 1
    assert "250 unreachable" in got.stderr
    assert "refused" in got.stderr


def test_an_own_copy_is_restored_and_scored_where_it_lies(cli, tmp_path) -> None:  # type: ignore[no-untyped-def]
    copy = tmp_path / "copy"
    copy.mkdir()
    face = skimage.data.astronaut()[60:124, 190:254]
    for number in range(180):
        pixels.write_png(copy / f"{number:03}.png", np.roll(face, number, axis=1))
    one = ("--workers", "1")
    words = ("data", "verify", copy, "--as", "celebchild-test", "--out", tmp_path / "set", *one)
    first = cli(*words)
    assert first.returncode == 0, first.stderr
    assert "do not tell it from CelebAdult-Test" in first.stderr
    assert cli("restore", tmp_path / "set", tmp_path / "run", "-r", "lq", *one).returncode == 0
    scored = cli(
        "score", tmp_path / "run", "--against", tmp_path / "set", "-m", "brisque/live", "--json", *one
    )
    assert json.loads(scored.stdout)["dataset"] == "celebchild-test"
    (copy / "007.png").unlink()
    again = cli(*words)
    assert again.returncode == 1
    assert "179 images are there" in again.stderr
    assert not list((tmp_path / "set").rglob("*.png"))


def test_align_says_what_it_kept_and_what_not(cli, portraits, tmp_path) -> None:  # type: ignore[no-untyped-def]
    aligned = cli("align", portraits, tmp_path / "mine", "--size", "128", "--workers", "1")
    assert aligned.returncode == 0, aligned.stderr
    assert "6 faces of 6 people, out of 8 photographs" in aligned.stdout
    assert "Skipped: 1 no face, 1 turned" in aligned.stdout
    again = cli("align", portraits, tmp_path / "mine", "--size", "128", "--workers", "1", "--json")
    assert json.loads(again.stdout)["kept"] == 6
    other = cli("align", portraits, tmp_path / "mine", "--size", "64")
    assert other.returncode == 1
    assert "other settings" in other.stderr
    assert "No detector is called" in cli("align", portraits, tmp_path / "x", "--detector", "eyes").stderr


def test_the_demo_takes_portraits_of_one_s_own(cli, portraits, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for path in sorted(portraits.iterdir())[2:]:
        path.unlink()
    done = cli("demo", tmp_path / "demo", "--faces", portraits, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["people"] == 1
    assert (tmp_path / "demo/board/index.html").is_file()


def test_the_page_from_portraits_to_board_runs_as_it_stands(cli, portraits, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(portraits.parent)
    monkeypatch.setattr("bfrbench.cli.options.default_workers", lambda: 1)  # processes take seconds to start
    lines = [
        shlex.split(line)
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
    ]
    verbs = ["align", "degrade", "verify", *["restore"] * 3, "score", "board", "compare"]
    assert [(program, verb) for program, verb, *_ in lines] == [("bfrbench", verb) for verb in verbs]
    for _, *words in lines:
        done = cli(*words)
        assert done.returncode == 0, (words, done.stderr)
    assert "My portraits" in Path("board/index.html").read_text(encoding="utf-8")
