from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from bfrbench import files, pixels
from bfrbench.degradations.dataset import Difference, make_dataset, verify_dataset
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
    assert verify_dataset(made, workers=2) == found


def test_a_changed_pixel_is_found_and_measured(made: Path) -> None:
    image = pixels.read_image(made / "lq" / "b.png")
    image[5, 6, 1] += 3 if image[5, 6, 1] < 200 else -3
    pixels.write_png(made / "lq" / "b.png", image)
    found = verify_dataset(made)
    what = "the LQ file is not the one that the manifest names"
    assert found.differing == (Difference("b", what, levels=3, share=1 / image.size),)
    assert found.same == 3


def test_the_same_pixels_in_other_bytes_are_told_apart_from_other_pixels(made: Path) -> None:
    path = made / "lq" / "c.png"
    image = cv2.imread(str(path))
    cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (difference,) = verify_dataset(made).differing
    assert (difference.name, difference.levels, difference.share) == ("c", 0, 0.0)


def test_a_recipe_that_gives_other_bytes_here_is_told_with_the_tools_that_changed(made: Path) -> None:
    rows = files.read_parquet(made / "manifest.parquet", "")
    old_sha, other = files.sha256_file(made / "manifest.parquet"), rows.loc[0, "recipe"]
    rows.loc[1, "recipe"] = other  # as if this machine's tools made other pixels of it
    files.write_parquet(made / "manifest.parquet", rows)
    card = (made / "dataset.json").read_text()
    card = card.replace(old_sha, files.sha256_file(made / "manifest.parquet"))
    (made / "dataset.json").write_text(card.replace(f'"{cv2.__version__}"', '"3.4.18"'))
    found = verify_dataset(made)
    (difference,) = found.differing
    assert difference.name == "b"
    assert difference.what == "the recipe gives other bytes here"
    assert difference.levels is not None
    assert difference.levels > 0
    assert found.tools_differ == {"opencv": ("3.4.18", cv2.__version__)}


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
