"""Entries: read from where `score` put them, or refused with a sentence."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bfrbench.errors import InputError
from bfrbench.files import write_json, write_parquet
from bfrbench.leaderboards.entry import read_entry, read_image_scores
from bfrbench.types import Entry, Score

EntryOf = Callable[..., Entry]


@pytest.fixture
def entry(entry_of: EntryOf) -> Entry:
    return entry_of("hq", {"psnr/rgb": math.inf, "lpips/alex": 0.0})


def test_an_entry_comes_back_as_it_was_from_the_folder_and_from_the_file(
    tmp_path: Path, entry: Entry
) -> None:
    write_json(tmp_path / "scores.json", entry)
    assert read_entry(tmp_path) == entry
    assert read_entry(tmp_path / "scores.json") == entry


def test_a_folder_without_scores_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no scores\.json; make it with `bfrbench score`"):
        read_entry(tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        read_entry(tmp_path / "nothing.json")


def test_a_wrong_field_is_named(tmp_path: Path, entry: Entry) -> None:
    write_json(tmp_path / "scores.json", entry)
    raw = json.loads((tmp_path / "scores.json").read_text())
    raw["scores"][1]["better"] = "sideways"
    (tmp_path / "scores.json").write_text(json.dumps(raw))
    with pytest.raises(InputError, match=r"scores\.1\.better"):
        read_entry(tmp_path)


PSNR = Score("psnr/rgb", 1, "higher", n=50, expected=50, mean=20.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scores": (PSNR, PSNR)}, "psnr/rgb more than once"),
        ({"scores": (replace(PSNR, n=51),)}, "51 of 50 images"),
        ({"scores": (replace(PSNR, mean=math.nan),)}, "not a number"),
        ({"scores": (replace(PSNR, low=21.0, high=19.0),)}, "ends before it starts"),
        ({"states": {"ok": 49, "vanished": 1}}, "the state vanished"),
        ({"states": {"ok": -1}}, "fewer than no images"),
        ({"run_sha256": ""}, "names the sha256"),
    ],
)
def test_numbers_that_cannot_be_true_together_are_refused(
    tmp_path: Path, entry: Entry, changes: dict[str, object], sentence: str
) -> None:
    write_json(tmp_path / "scores.json", replace(entry, **changes))
    with pytest.raises(InputError, match=sentence):
        read_entry(tmp_path)


def image_table() -> pd.DataFrame:
    rows = [
        ("a", "a", "psnr/rgb", 20.5, "ok", ""),
        ("a", "a", "lpips/alex", None, "metric_error", "too small"),
        ("b", "b", "psnr/rgb", math.inf, "ok", ""),
        ("c", "c", "psnr/rgb", 19.0, "ok", ""),
    ]
    return pd.DataFrame(rows, columns=["name", "person_id", "metric", "value", "state", "message"])


def test_the_scores_of_the_chosen_images_are_read_with_their_states(tmp_path: Path, entry: Entry) -> None:
    write_json(tmp_path / "scores.json", entry)
    write_parquet(tmp_path / "scores.parquet", image_table())
    scores = read_image_scores(tmp_path, {"a", "b"}, {"psnr/rgb", "lpips/alex"})
    assert {key: (score.value, score.state) for key, score in scores.items()} == {
        ("a", "psnr/rgb"): (20.5, "ok"),
        ("a", "lpips/alex"): (None, "metric_error"),
        ("b", "psnr/rgb"): (math.inf, "ok"),
    }


def test_an_entry_without_a_parquet_has_no_image_scores(tmp_path: Path, entry: Entry) -> None:
    write_json(tmp_path / "entry.json", entry)
    assert read_image_scores(tmp_path / "entry.json", {"a"}, {"psnr/rgb"}) == {}


def test_a_parquet_of_something_else_is_refused(tmp_path: Path, entry: Entry) -> None:
    write_json(tmp_path / "scores.json", entry)
    write_parquet(tmp_path / "scores.parquet", image_table().drop(columns=["state", "message"]))
    with pytest.raises(InputError, match="no column state, message"):
        read_image_scores(tmp_path, {"a"}, {"psnr/rgb"})
