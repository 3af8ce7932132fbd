"""Images made elsewhere: matched by name, never by order, never filled up."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from bfrbench.benchmark.adopt import adopt_hq
from bfrbench.benchmark.restore import adopt, open_run, restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.errors import InputError, NameMismatch, OutputError
from bfrbench.pixels import read_image
from bfrbench.types import DataSet


@pytest.fixture
def theirs(small_data: DataSet, tmp_path: Path) -> Path:
    """Seven images under the right names, as somebody's script may leave them."""
    folder = tmp_path / "theirs"
    shutil.copytree(small_data.folder / "hq", folder)
    return folder


def test_images_of_any_kind_become_png(small_data: DataSet, theirs: Path, tmp_path: Path) -> None:
    with PIL.Image.open(theirs / "face-3.png") as image:
        image.save(theirs / "face-3.jpg")
    (theirs / "face-3.png").unlink()
    run = adopt(small_data, tmp_path / "run", theirs, name="theirs")
    assert run.restorer == "theirs"
    assert run.spec == ""
    assert {image.state for image in run.images} == {"ok"}
    for source in theirs.iterdir():
        written = read_image(tmp_path / f"run/restored/{source.stem}.png")
        assert np.array_equal(written, read_image(source))
    assert open_run(tmp_path / "run", check_images=True) == run


def test_missing_and_unreadable_images_are_recorded(
    small_data: DataSet, theirs: Path, tmp_path: Path
) -> None:
    (theirs / "face-1.png").unlink()
    (theirs / "face-2.png").write_bytes(b"")
    run = adopt(small_data, tmp_path / "run", theirs, name="theirs")
    states = {image.name: image.state for image in run.images}
    assert states == {f"face-{n}": {1: "missing", 2: "unreadable"}.get(n, "ok") for n in range(7)}
    assert "empty file" in run.images[2].message
    assert len(list((tmp_path / "run/restored").iterdir())) == 5


def test_an_image_that_is_gone_the_second_time_is_gone_from_the_run(
    small_data: DataSet, theirs: Path, tmp_path: Path
) -> None:
    adopt(small_data, tmp_path / "run", theirs, name="theirs")
    (theirs / "face-1.png").unlink()
    run = adopt(small_data, tmp_path / "run", theirs, name="theirs")
    assert run.images[1].state == "missing"
    assert not (tmp_path / "run/restored/face-1.png").exists()


def test_names_that_nobody_asked_for_are_refused(small_data: DataSet, theirs: Path, tmp_path: Path) -> None:
    (theirs / "face-1.png").rename(theirs / "face-1_restored.png")
    with pytest.raises(NameMismatch, match=r"does not name: face-1_restored\. .*face-0, face-1"):
        adopt(small_data, tmp_path / "run", theirs, name="theirs")
    assert not (tmp_path / "run").exists()


def test_a_folder_without_images_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        adopt(small_data, tmp_path / "run", tmp_path / "empty", name="theirs")


def test_a_run_of_another_name_is_not_overwritten(small_data: DataSet, theirs: Path, tmp_path: Path) -> None:
    restore(small_data, tmp_path / "run", resolve("lq"), spec="lq")
    with pytest.raises(OutputError, match="holds another run"):
        adopt(small_data, tmp_path / "run", theirs, name="theirs")


def test_the_hq_anchor_is_the_hq(small_data: DataSet, tmp_path: Path) -> None:
    adopt(small_data, tmp_path / "run", small_data.folder / "hq", name="hq")
    for pair in small_data.pairs:
        written = read_image(tmp_path / f"run/restored/{pair.name}.png")
        assert np.array_equal(written, read_image(small_data.folder / str(pair.hq)))


def test_the_hq_anchor_is_the_hq_images(small_data: DataSet, tmp_path: Path) -> None:
    run = adopt_hq(small_data, tmp_path / "run")
    assert run.restorer == "hq"
    for pair in small_data.pairs:
        assert pair.hq is not None
        written = read_image(tmp_path / f"run/restored/{pair.name}.png")
        assert np.array_equal(written, read_image(small_data.folder / pair.hq))


def test_there_is_no_hq_anchor_where_an_hq_is_missing(small_data: DataSet, tmp_path: Path) -> None:
    pairs = (replace(small_data.pairs[0], hq=None), *small_data.pairs[1:])
    with pytest.raises(InputError, match="no `hq` anchor"):
        adopt_hq(replace(small_data, pairs=pairs), tmp_path / "run")
