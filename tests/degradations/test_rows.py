from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bfrbench import files
from bfrbench.degradations import rows
from bfrbench.degradations.manifest import COLUMNS, table
from bfrbench.degradations.pairs import Made
from bfrbench.degradations.rows import waiting_rows

VALUES: list[dict[str, Any]] = [
    {"blur.size": 41, "blur.sigma_x": 0.1 + 0.2},
    {"jpeg.quality": 71, "grey": True},
    {"noise.grey": False, "blur.kind": "isotropic"},
    {},
]
MARKS = (None, (1.0, 2.5) * 5, None, None)


def made(names: str = "dbca") -> list[Made]:
    same = dict.fromkeys(COLUMNS, "x") | {"width": 3, "height": 4, "split": None}
    return [
        Made(same | {"name": name, "landmarks": marks}, values)
        for name, marks, values in zip(names, MARKS, VALUES, strict=True)
    ]


def test_rows_that_came_in_any_order_make_the_file_of_the_whole_table(tmp_path: Path) -> None:
    path = tmp_path / "manifest.parquet"
    with waiting_rows(tmp_path) as waiting:
        waiting.add(made()[:1])
        waiting.add(made()[1:])
        waiting.write(path)
    types = {key: type(value) for values in VALUES for key, value in values.items()}
    whole = table(made(), types).sort_values("name", ignore_index=True)
    files.write_parquet(tmp_path / "whole.parquet", whole)
    assert path.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["manifest.parquet", "whole.parquet"]


@pytest.mark.parametrize("names", ["dbca", "badc"])  # landmarks in the first group, or in the second
def test_groups_hold_the_same_rows_with_the_same_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    with waiting_rows(tmp_path) as waiting:
        waiting.add(made(names))
        waiting.write(tmp_path / "one")
        monkeypatch.setattr(rows, "GROUP", 3)
        monkeypatch.setattr(rows, "_CHUNK", 2)
        waiting.write(tmp_path / "two")
    assert [pq.ParquetFile(tmp_path / name).num_row_groups for name in ("one", "two")] == [1, 2]
    one, two = (pd.read_parquet(tmp_path / name) for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)


def test_a_set_where_nobody_has_landmarks_says_so(tmp_path: Path) -> None:
    with waiting_rows(tmp_path) as waiting:
        waiting.add([made()[0]])
        waiting.write(tmp_path / "rows")
    assert pd.read_parquet(tmp_path / "rows")["landmarks"].isna().all()
