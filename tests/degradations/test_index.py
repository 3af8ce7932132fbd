from pathlib import Path

import pytest

from bfrbench.degradations.index import Labels, label, read_index
from bfrbench.errors import InputError

IMAGES = {name: Path(f"{name}.png") for name in ("a", "b", "c")}
POINTS = "1;2;3;4;5;6;7;8;9;10.5"


def write(folder: Path, text: str) -> Path:
    path = folder / "index.csv"
    path.write_text(text)
    return path


def test_an_index_gives_person_split_and_landmarks(tmp_path: Path) -> None:
    path = write(tmp_path, f"file,person_id,split,landmarks,yaw\na.png,anna,val,{POINTS},0.1\nb,,,,\n")
    assert read_index(path) == {
        "a": Labels("anna", "val", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10.5)),
        "b": Labels("b", None, None),
    }


@pytest.mark.parametrize("header", ["file", "name", "\ufefffile"])
def test_names_may_have_a_suffix_or_none_and_dots_of_their_own(tmp_path: Path, header: str) -> None:
    assert list(read_index(write(tmp_path, f"{header}\na.JPG\nb.v2\nc\n"))) == ["a", "b.v2", "c"]


def test_without_an_index_everybody_is_a_person() -> None:
    assert label(IMAGES, None, None) == {name: Labels(person_id=name) for name in IMAGES}


def test_a_split_chooses_its_rows_and_needs_files_for_them_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "file,split\nc,val\na,val\nb,train\nelsewhere,train\n")
    assert list(label(IMAGES, path, "val")) == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "split", "says"),
    [
        ("picture\na\n", None, "neither a column `file` nor `name`; it has picture"),
        ("file\na\na.png\n", None, "two rows for a"),
        ("file\na\n", None, "2 images have no row in .*: b, c"),
        ("file\na\nb\nc\nd\ne\n", None, "2 rows of .* have no image in the folder: d, e"),
        ("file,split\na,val\nb,val\nc,\n", "test", r"nobody in split 'test'; there are \(none\), val"),
        ("file,landmarks\na,1;2;3\n", None, "row of a: landmarks must be ten numbers"),
        ("file,landmarks\na,1;2;3;4;5;6;7;8;9;nan\n", None, "landmarks must be ten numbers"),
        ("file,landmarks\na,1;2;3;4;5;6;7;8;9;x\n", None, "landmarks must be ten numbers"),
        ("", None, "not an index that can be read as CSV"),
        ('file\n"a\n', None, "not an index that can be read as CSV"),
    ],
)
def test_an_index_that_does_not_fit_says_where(
    tmp_path: Path, text: str, split: str | None, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        label(IMAGES, write(tmp_path, text), split)


def test_a_missing_index_and_a_split_without_index_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv is not an index"):
        read_index(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="neither an index nor splits say what is in it"):
        label(IMAGES, None, "val")
