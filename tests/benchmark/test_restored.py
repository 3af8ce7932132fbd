"""Which file is the restored image of which pair: by name, or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restored import find_restored, match_names
from bfrbench.errors import InputError, NameMismatch
from bfrbench.pixels import write_png
from bfrbench.types import DataSet, Image


class Copy:
    """Gives back what it gets."""

    name = "copy"

    def __call__(self, batch: list[Image]) -> list[Image]:
        return batch


class Moody:
    """Fails on every image."""

    name = "moody"

    def __call__(self, batch: list[Image]) -> list[Image]:
        raise RuntimeError("not today")


@pytest.fixture
def plain(small_data: DataSet, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for index, pair in enumerate(small_data.pairs):
        write_png(folder / f"{pair.name}.png", np.full((24, 24, 3), index, np.uint8))
    return folder


def files(*names: str) -> dict[str, Path]:
    return {name: Path(f"{name}.png") for name in names}


def test_a_run_is_known_by_its_own_sha256_and_name(small_data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = restore(small_data, tmp_path / "run", Copy, spec="copy")
    found = find_restored(tmp_path / "run", small_data, name=None, suffix="")
    assert (found.name, found.sha256, found.absent) == ("copy", run.sha256, {})
    assert set(found.files) == {pair.name for pair in small_data.pairs}


def test_a_plain_folder_is_known_by_its_images_wherever_it_is(small_data, plain, tmp_path) -> None:  # type: ignore[no-untyped-def]
    first = find_restored(plain, small_data, name=None, suffix="")
    assert first.name == "mine"
    moved = plain.rename(tmp_path / "theirs")
    second = find_restored(moved, small_data, name="a name", suffix="")
    assert (second.name, second.sha256) == ("a name", first.sha256)
    write_png(moved / "face-0.png", np.zeros((24, 24, 3), np.uint8) + np.uint8(9))
    assert find_restored(moved, small_data, name=None, suffix="").sha256 != first.sha256


def test_swapped_files_of_a_run_are_an_error(small_data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    restore(small_data, tmp_path / "run", Copy, spec="copy")
    images = tmp_path / "run/restored"
    for old, new in (("face-0", "t"), ("face-1", "face-0"), ("t", "face-1")):
        (images / f"{old}.png").rename(images / f"{new}.png")
    with pytest.raises(InputError, match=r"not what the run made: face-0.png, face-1.png"):
        find_restored(tmp_path / "run", small_data, name=None, suffix="")


def test_swapped_files_of_a_plain_folder_are_other_images(small_data, plain) -> None:  # type: ignore[no-untyped-def]
    before = find_restored(plain, small_data, name=None, suffix="").sha256
    for old, new in (("face-0", "t"), ("face-1", "face-0"), ("t", "face-1")):
        (plain / f"{old}.png").rename(plain / f"{new}.png")
    assert find_restored(plain, small_data, name=None, suffix="").sha256 != before


def test_a_run_over_another_data_set_is_an_error(small_data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    restore(small_data, tmp_path / "run", Copy, spec="copy")
    other = replace(small_data, card=replace(small_data.card, manifest_sha256="f" * 64))
    with pytest.raises(InputError, match="over another data set"):
        find_restored(tmp_path / "run", other, name=None, suffix="")


def test_nothing_restored_is_an_error(small_data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    restore(small_data, tmp_path / "run", Moody, spec="moody")
    with pytest.raises(InputError, match="no restored image"):
        find_restored(tmp_path / "run", small_data, name=None, suffix="")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        find_restored(tmp_path / "empty", small_data, name=None, suffix="")


def test_a_suffix_is_stripped_where_it_is_and_only_at_the_end() -> None:
    found = match_names(files("a_out_out", "b_out", "c"), ["a_out", "b", "c"], Path("d"), "_out")
    assert found == {"a_out": Path("a_out_out.png"), "b": Path("b_out.png"), "c": Path("c.png")}


@pytest.mark.parametrize(
    ("found", "pairs", "suffix", "says"),
    [
        (("a_out", "b_out"), ("a", "b", "c"), "", r"2 of 2 images.*add `--suffix _out`"),
        (("a", "b_x"), ("a", "b"), "", r"1 of 2 images.*b_x.*add `--suffix _x`"),
        (("1_out", "10_out"), ("1", "10"), "", r"add `--suffix _out`"),
        (("a_x", "b_y"), ("a", "b"), "", r"a_x, b_y.*Rename them"),
        (("z1", "z2"), ("a", "b"), "", r"z1, z2.*pairs are called a, b\..*Rename them"),
        (("a", "a_out"), ("a", "b"), "_out", r"holds a with and without '_out'"),
    ],
)
def test_names_that_do_not_fit_are_listed_with_a_way_out(found, pairs, suffix, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NameMismatch, match=f"(?i){says}"):
        match_names(files(*found), pairs, Path("d"), suffix)
