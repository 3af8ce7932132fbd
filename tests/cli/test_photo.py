"""`bfrbench photo`, from words to files."""

import json
from pathlib import Path

import pytest
import typer
from skimage.data import astronaut
from typer.testing import CliRunner, Result

from bfrbench.cli.photo import photo
from bfrbench.errors import InputError, UnknownName
from bfrbench.pixels import read_image, write_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    write_png(tmp_path / "photos/astronaut.png", astronaut())
    return tmp_path / "photos"


def run(*words: object) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(photo)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_folder_of_photographs_is_restored_and_reported(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"nothing of the kind")
    out = tmp_path / "out"
    done = run(folder, out, "-r", "lq", "--upscale", 2, "--side-by-side", "--json")
    assert done.exit_code == 1  # one photograph failed
    assert "broken.jpg: unreadable" in done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((out / "photos.json").read_text())
    assert [photo["state"] for photo in report["photos"]] == ["ok", "unreadable"]
    assert [face["state"] for face in report["photos"][0]["faces"]] == ["restored"]
    assert read_image(out / "astronaut.png").shape == (1024, 1024, 3)
    assert read_image(out / "side_by_side/astronaut.png").shape == (1024, 2048, 3)


def test_a_table_says_how_many_faces_were_restored(folder: Path, tmp_path: Path) -> None:
    done = run(
        folder / "astronaut.png", tmp_path / "out", "-r", "lq", "--mask", "square", "--colour", "restorer"
    )
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1].split() == ["astronaut.png", "1", "0", "0", "ok"]


def test_faces_may_be_left_alone(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path / "out", "-r", "lq", "--min-size", 400, "--json")
    [photo] = json.loads(done.stdout)["photos"]
    assert photo["state"] == "no_face"
    assert photo["faces"][0]["reason"].startswith("too small")
    assert (tmp_path / "out/astronaut.png").read_bytes() == (folder / "astronaut.png").read_bytes()


def test_the_detectors_are_listed_with_their_licences() -> None:
    done = run("--list-detectors")
    assert done.exit_code == 0
    assert "mtcnn" in done.stdout
    assert "NON-COMMERCIAL" in done.stdout


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("--upscale", 3), InputError, "1, 2 or 4"),
        (("--detector", "haar"), UnknownName, "mtcnn"),
    ],
)
def test_wrong_words_are_told(
    words: tuple[object, ...], error: type[Exception], says: str, folder: Path, tmp_path: Path
) -> None:
    done = run(folder, tmp_path / "out", "-r", "lq", *words)
    assert isinstance(done.exception, error)
    assert says in str(done.exception)


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", tmp_path / "out", "-r", "lq")
    assert isinstance(done.exception, InputError)
    assert "is not there" in str(done.exception)
