import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from bfrbench import files, pixels
from bfrbench.degradations.dataset import Difference, make_dataset, verify_dataset
from bfrbench.degradations.verification import MOST_MEAN
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError

MakeFaces = Callable[[int, int], Path]


@pytest.fixture
def made(make_faces: MakeFaces, tmp_path: Path) -> Path:
    make_dataset(make_faces(4, 96), tmp_path / "out", preset="gfpgan-release-128")
    return tmp_path / "out"


def test_a_whole_data_set_is_the_same_on_any_number_of_workers(made: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = verify_dataset(made, on_progress=lambda done, total: seen.append((done, total)))
    assert (found.total, found.same, found.differing, found.missing) == (4, 4, (), ())
    assert found.tools_differ == {}
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert verify_dataset(made, engine=LocalEngine(2)) == found


def test_a_changed_pixel_is_found_and_measured(made: Path) -> None:
    image = pixels.read_image(made / "lq" / "b.png")
    image[5, 6, 1] += 3 if image[5, 6, 1] < 200 else -3
    pixels.write_png(made / "lq" / "b.png", image)
    found = verify_dataset(made)
    what = "the LQ file is not the one that the manifest names"
    assert found.differing == (Difference("b", what, levels=3, share=1 / image.size, mean=3 / image.size),)
    assert found.same == 3


def test_the_same_pixels_in_other_bytes_are_told_apart_from_other_pixels(made: Path) -> None:
    path = made / "lq" / "c.png"
    image = cv2.imread(str(path))
    cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (difference,) = verify_dataset(made).differing
    assert (difference.name, difference.levels, difference.share) == ("c", 0, 0.0)


def rewrite(folder: Path, change: Callable[[pd.DataFrame], None], **tools: str) -> None:
    """Change rows of the manifest and tools of the card, as if they had been written so."""
    rows = files.read_parquet(folder / "manifest.parquet", "")
    change(rows)
    files.write_parquet(folder / "manifest.parquet", rows)
    card = json.loads((folder / "dataset.json").read_text())
    card["manifest_sha256"] = files.sha256_file(folder / "manifest.parquet")
    card["tools"] |= tools
    (folder / "dataset.json").write_text(json.dumps(card))


def nudged(folder: Path, levels: int, values: int) -> Callable[[pd.DataFrame], None]:
    """As if b's LQ had been made by tools that give other levels in the first values of it."""

    def change(rows: pd.DataFrame) -> None:
        image = pixels.read_image(folder / "lq" / "b.png")
        flat = image.reshape(-1)[:values]
        flat += np.where(flat < 128, np.uint8(levels), np.uint8(256 - levels))
        pixels.write_png(folder / "lq" / "b.png", image)
        rows.loc[rows["name"] == "b", "lq_sha256"] = files.sha256_file(folder / "lq" / "b.png")

    return change


def test_other_tools_may_be_a_little_off_and_it_is_told(made: Path) -> None:
    rewrite(made, nudged(made, levels=32, values=400), opencv="3.4.18")
    found = verify_dataset(made)
    (near,) = found.within_tolerance
    assert (near.name, near.what) == ("b", "the recipe gives other bytes here")
    assert (near.levels, near.share) == (32, 400 / (96 * 96 * 3))
    assert found.tools_differ == {"opencv": ("3.4.18", cv2.__version__)}
    assert (found.same, found.differing, found.passed) == (3, (), True)


@pytest.mark.parametrize(("levels", "values"), [(33, 1), (2, 96 * 96 * 3)])
def test_other_tools_may_not_be_far_off(made: Path, levels: int, values: int) -> None:
    rewrite(made, nudged(made, levels, values), opencv="3.4.18")
    found = verify_dataset(made)
    assert [item.name for item in found.differing] == ["b"]
    assert (found.within_tolerance, found.passed) == ((), False)


def test_the_same_tools_may_not_be_off_at_all(made: Path) -> None:
    rewrite(made, nudged(made, levels=1, values=1))
    found = verify_dataset(made)
    assert [(item.name, item.levels) for item in found.differing] == [("b", 1)]
    assert (found.within_tolerance, found.passed) == ((), False)


def test_another_recipe_is_no_rounding(made: Path) -> None:
    def exchange(rows: pd.DataFrame) -> None:
        rows.loc[1, "recipe"] = rows.loc[0, "recipe"]

    rewrite(made, exchange, opencv="3.4.18")
    (difference,) = verify_dataset(made).differing
    assert (difference.name, difference.what) == ("b", "the recipe gives other bytes here")
    assert difference.mean is not None
    assert difference.mean > MOST_MEAN


def test_a_file_that_was_changed_is_never_within_tolerance(made: Path) -> None:
    image = pixels.read_image(made / "lq" / "b.png")
    image[0, 0, 0] ^= 1
    pixels.write_png(made / "lq" / "b.png", image)
    rewrite(made, lambda rows: None, opencv="3.4.18")
    assert [item.levels for item in verify_dataset(made).differing] == [1]


def test_a_set_made_in_the_fast_mode_is_verified_in_it(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(4, 128)
    exact = make_dataset(faces, tmp_path / "exact", preset="gfpgan-release-128")
    fast = make_dataset(faces, tmp_path / "fast", preset="gfpgan-release-128", fast=True)
    assert "mode" not in exact.card.tools
    assert fast.card.tools["mode"] == "fast@2"
    assert [pair.lq_sha256 for pair in exact.pairs] != [pair.lq_sha256 for pair in fast.pairs]
    found = verify_dataset(fast.folder)
    assert (found.same, found.tools_differ) == (4, {})
    rewrite(fast.folder, lambda rows: None, mode="fast@99")
    with pytest.raises(InputError, match="mode 'fast@99', which this bfrbench does not know"):
        verify_dataset(fast.folder)


def test_missing_damaged_and_exchanged_files_are_told(made: Path) -> None:
    (made / "lq" / "a.png").unlink()
    (made / "lq" / "b.png").write_bytes(b"no image")
    (made / "lq" / "c.png").write_bytes(pixels.encode_png(pixels.read_image(made / "lq" / "c.png")[:50]))
    (made / "hq" / "d.png").write_bytes((made / "hq" / "c.png").read_bytes())
    found = verify_dataset(made)
    assert (found.total, found.same, found.missing) == (4, 0, ("lq/a.png",))
    assert [(item.name, item.levels) for item in found.differing] == [("b", None), ("c", None), ("d", None)]
    assert [item.what.split(", ")[-1] for item in found.differing] == [
        "and no picture",
        "and has another size",
        "the HQ file is not the one that the manifest names",
    ]


def test_verifying_what_is_no_data_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a data set"):
        verify_dataset(tmp_path)
