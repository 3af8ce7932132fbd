from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bfrbench import files
from bfrbench.degradations.dataset import make_dataset, open_dataset
from bfrbench.errors import InputError

MakeFaces = Callable[[int, int], Path]


def test_a_folder_that_is_no_data_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a data set: it has no dataset\.json"):
        open_dataset(tmp_path)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(InputError, match="not finished: run the same `bfrbench degrade` again"):
        open_dataset(tmp_path)
    (tmp_path / "dataset.json").write_text('{"name": "x"}')
    with pytest.raises(InputError, match="is not the card of a data set: count"):
        open_dataset(tmp_path)


def test_a_manifest_that_was_changed_or_lost_is_refused(make_faces: MakeFaces, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_dataset(make_faces(2, 32), out, preset="gfpgan-release-128")
    rows = files.read_parquet(out / "manifest.parquet", "rows")
    rows.loc[0, "person_id"] = "somebody else"
    files.write_parquet(out / "manifest.parquet", rows)
    with pytest.raises(InputError, match=r"manifest\.parquet is missing or is not the one"):
        open_dataset(out)
    (out / "manifest.parquet").unlink()
    with pytest.raises(InputError, match=r"manifest\.parquet is missing or is not the one"):
        open_dataset(out)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.drop(columns="recipe"), "lacks recipe"),
        (lambda rows: rows.assign(name=["../a", "b"]), r"no plain file names: \.\./a"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(
    make_faces: MakeFaces, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], says: str
) -> None:
    out = tmp_path / "out"
    make_dataset(make_faces(2, 32), out, preset="gfpgan-release-128")
    old = files.sha256_file(out / "manifest.parquet")
    files.write_parquet(out / "manifest.parquet", change(files.read_parquet(out / "manifest.parquet", "")))
    card = (out / "dataset.json").read_text()
    (out / "dataset.json").write_text(card.replace(old, files.sha256_file(out / "manifest.parquet")))
    with pytest.raises(InputError, match=says):
        open_dataset(out)
