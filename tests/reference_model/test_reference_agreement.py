"""The agreement table: what it compares, and that it says so when something differs."""

from pathlib import Path

import pytest
import torch

from bfrbench.reference_model.agreement import against_spandrel, full_size, main, markdown, outputs


def test_the_clean_class_agrees_with_spandrel_s() -> None:
    rows = list(against_spandrel())
    assert [row.what for row in rows] == ["image", *(f"pyramid, {2**level} px" for level in (3, 4, 5, 6))]
    assert all(row.agrees for row in rows)


def test_names_shapes_and_counts_agree_at_full_size(shared: Path) -> None:
    assert all(row.agrees for row in full_size(shared / "golden"))


def test_a_difference_is_marked_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = outputs("file", "image", torch.ones(2), torch.tensor([1.0, 1.001]))
    assert not wrong.agrees
    assert "| file | image | 1.000000 | 1.000500 | 1.0e-03 | 1e-04 | **no** |" in markdown([wrong])
    monkeypatch.setattr("bfrbench.reference_model.agreement.against_spandrel", lambda: iter([wrong]))
    assert main(["--write", str(tmp_path / "page.md")]) == 1
    assert (tmp_path / "page.md").read_text().startswith("# Agreement of the reference model")
