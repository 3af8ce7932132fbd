"""Published results: read and proved, or refused with every reason at once."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bfrbench.errors import InputError
from bfrbench.files import sha256_file
from bfrbench.leaderboards.results import examine_results, read_results, slug

BOARD = "three-faces-128"


def problems(root: Path) -> list[str]:
    return [problem for board in examine_results(root) for problem in board.problems]


def edit(folder: Path, file: str, change: Callable[[Any], None]) -> None:
    """Change a JSON file of an entry, and its hash where there is one."""
    path = folder / file
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    sign(folder, file)


def edit_rows(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    file = "scores.parquet"
    change(pd.read_parquet(folder / file)).to_parquet(folder / file, index=False)
    sign(folder, file)


def sign(folder: Path, file: str) -> None:
    if file != "entry.json":
        entry = json.loads((folder / "entry.json").read_text())
        entry["files"][file] = sha256_file(folder / file)
        (folder / "entry.json").write_text(json.dumps(entry))


def score(entry: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(each for each in entry["scores"] if each["metric"] == metric)


def test_results_are_read_with_all_that_tables_are_made_of(published_results: Path) -> None:
    (board,) = read_results(published_results)
    assert [row.entry.restorer for row in board.board.rows][-2:] == ["lq", "hq"]
    assert set(board.publications) == {"lq", "hq", "bilateral", "unsharp"}
    assert board.board.headline == ("lpips/alex", "identity/dlib", "psnr/rgb")
    assert set(board.ranks["psnr/rgb"]) == {"bilateral", "unsharp"}  # anchors take no place
    assert [level.label for level in board.levels] == ["1", "2", "3", "4", "5"]
    assert all(level.board.images == 3 for level in board.levels)
    assert "fd/dlib" in [column.metric for column in board.board.columns]
    assert "fd/dlib" not in [column.metric for column in board.levels[0].board.columns]
    assert board.values["lq"].shape[0] == len(board.factors) == 15
    assert board.comparison.by == ""
    assert board.comparison.curves.lines
    assert {row.slice for row in board.sliced.differences} == {"1", "2", "3", "4", "5"}


def test_the_levels_average_to_the_whole(published_results: Path) -> None:
    (board,) = read_results(published_results, comparisons=False)
    assert board.comparison is None
    column = next(column for column in board.board.columns if column.metric == "ssim/rgb")
    for name in ("lq", "bilateral"):
        rows = [next(r for r in each.board.rows if r.entry.restorer == name) for each in board.levels]
        means = [score.mean for row in rows if (score := row.score(column)) and score.mean is not None]
        whole = next(row for row in board.board.rows if row.entry.restorer == name).score(column)
        assert sum(means) / 5 == pytest.approx(whole.mean)


@pytest.mark.parametrize("number", ["mean", "median", "p5", "p95", "low", "high"])
def test_a_changed_number_is_found_and_both_numbers_are_told(results: Path, number: str) -> None:
    folder = results / BOARD / "bilateral"
    was = score(json.loads((folder / "scores.json").read_text()), "psnr/rgb")[number]
    edit(folder, "scores.json", lambda entry: score(entry, "psnr/rgb").update({number: 1.01 * was}))
    with pytest.raises(InputError) as caught:
        read_results(results)
    told = str(caught.value)
    assert told.startswith(f"{BOARD}/bilateral: psnr/rgb: its {number} is {was * 1.01:.10g}")
    assert f"give {was:.10g}" in told


def test_a_changed_value_of_one_image_is_found(results: Path) -> None:
    def brighten(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[rows["metric"] == "ssim/rgb", "value"] += [1e-5] + [0.0] * 14
        return rows

    edit_rows(results / BOARD / "lq", brighten)
    assert any("lq: ssim/rgb: its mean is" in problem for problem in problems(results))


def test_a_changed_distance_of_sets_leaves_its_interval(results: Path) -> None:
    folder = results / BOARD / "lq"
    edit(folder, "scores.json", lambda entry: score(entry, "fd/dlib").update(mean=0.1))
    assert [problem.split(" is ")[0] for problem in problems(results)] == [
        f"{BOARD}/lq: fd/dlib: its low",
        f"{BOARD}/lq: fd/dlib: its high",
    ]


def test_a_changed_file_is_found_by_its_hash(results: Path) -> None:
    path = results / BOARD / "lq" / "scores.json"
    path.write_text(path.read_text() + "\n")
    (problem,) = problems(results)
    assert "scores.json is not the file that entry.json names: its sha256 begins with" in problem


def test_a_missing_hash_and_a_missing_file_are_found(results: Path) -> None:
    def forget(entry: dict[str, Any]) -> None:
        del entry["files"]["scores.parquet"]

    edit(results / BOARD / "lq", "entry.json", forget)
    (results / BOARD / "hq" / "scores.parquet").unlink()
    (results / BOARD / "unsharp" / "sets.parquet").unlink()
    assert problems(results) == [
        f"{BOARD}/hq: scores.parquet is missing.",
        f"{BOARD}/lq: entry.json has no sha256 of scores.parquet.",
        f"{BOARD}/unsharp: entry.json names sets.parquet, which is not there.",
    ]


def test_a_mixed_metric_version_is_found(results: Path) -> None:
    folder = results / BOARD / "lq"
    edit(folder, "scores.json", lambda entry: score(entry, "psnr/rgb").update(version=7))
    first, second = problems(results)
    assert "psnr/rgb is of version 7 (higher is better); this bfrbench has version 1" in first
    assert "differ in the version of psnr/rgb (1: bilateral, hq, unsharp; 7: lq)" in second


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("entry.json", {"board": "other"}, "in the board: other, not three-faces-128"),
        ("scores.json", {"dataset_sha256": "0" * 64}, "in the data set's sha256: 000000000000, not"),
        ("scores.json", {"protocol": "strict@1"}, "in the protocol: strict@1, not strict@2"),
        ("scores.json", {"restorer": "mine"}, "in the restorer's name: lq, not mine"),
        ("scores.json", {"judge_weights_sha256": {"evil": "0" * 64}}, "Nobody knows the judge evil"),
        (
            "scores.json",
            {"judge_weights_sha256": {"lpips-alex": "0" * 64}},
            "The weights of the judge lpips-alex are not those that all others use",
        ),
        ("scores.json", {"states": {"ok": 14, "missing": 1}}, "counts images as"),
        ("scores.json", {"people": 2}, "counts 2 people, scores.parquet 3"),
    ],
)
def test_an_entry_of_something_else_is_found(
    results: Path, file: str, change: dict[str, Any], sentence: str
) -> None:
    edit(results / BOARD / "lq", file, lambda entry: entry.update(change))
    assert any(sentence in problem for problem in problems(results))


def test_a_metric_that_is_left_out_is_found(results: Path) -> None:
    def leave_out(entry: dict[str, Any]) -> None:
        entry["scores"] = [each for each in entry["scores"] if each["metric"] != "identity/dlib"]

    edit(results / BOARD / "lq", "scores.json", leave_out)
    found = problems(results)
    assert any("It has no scores of identity/dlib, which strict@2 has." in problem for problem in found)
    assert any("metrics that scores.json has not: identity/dlib" in problem for problem in found)


def test_an_image_that_nothing_is_said_of_is_found(results: Path) -> None:
    def forget(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["name"] != rows["name"].min()]

    edit_rows(results / BOARD / "lq", forget)
    (problem,) = problems(results)
    assert "says nothing of 1 of 15 images" in problem
    assert "no value, and no state that says why" in problem


def test_other_images_people_states_and_twins_are_found(results: Path) -> None:
    def confuse(rows: pd.DataFrame) -> pd.DataFrame:
        names = sorted(rows["name"].unique())
        rows.loc[rows["name"] == names[0], "person_id"] = "somebody"
        rows.loc[rows["name"] == names[1], "state"] = "asleep"
        twin = rows[rows["name"] == names[2]]
        stranger = twin.assign(name="stranger")
        return pd.concat([rows, twin, stranger], ignore_index=True)

    edit_rows(results / BOARD / "lq", confuse)
    told = "\n".join(problems(results))
    for words in (
        "1 images that the data set has not: stranger",
        "another person_id than the data set",
        "states that nobody knows: asleep",
        "more than one value of an image and metric",
        "a value where the state is not ok",
    ):
        assert words in told


def test_a_failed_image_must_be_counted_as_one(results: Path) -> None:
    edit_rows(results / BOARD / "bilateral", _fail_one)
    with pytest.raises(InputError, match=r"bilateral: psnr/rgb: its n is 15") as caught:
        read_results(results)
    assert "counts images as {'ok': 15}, scores.parquet as {'ok': 14, 'restorer_error': 1}" in str(
        caught.value
    )


def _fail_one(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows["name"] == rows["name"].min()
    rows.loc[first, "value"] = float("nan")
    rows.loc[first, "state"] = "restorer_error"
    return rows


def test_names_are_different_and_folders_are_called_after_them(results: Path) -> None:
    shutil.copytree(results / BOARD / "lq", results / BOARD / "zz")
    assert problems(results) == [
        f"{BOARD}/zz: the folder of lq should be called lq.",
        f"{BOARD}/zz: lq is called lq too: names on a board are different.",
    ]


def test_an_heir_that_is_not_there_is_found(results: Path) -> None:
    change = {"status": "superseded", "superseded_by": "nobody", "reason": "old"}
    edit(results / BOARD / "bilateral", "entry.json", lambda entry: entry.update(change))
    (problem,) = problems(results)
    assert "bilateral is superseded by nobody, which is not another entry of the board" in problem


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": "unreliable"}, "an entry that is unreliable gives its reason"),
        ({"status": "superseded", "reason": "old"}, "superseded_by names another entry"),
        ({"trained": True}, "what was trained names its training_data"),
        ({"training_data": ["FFHQ"]}, "was trained"),
        ({"status": "wonderful"}, "status: Input should be 'measured', 'reported'"),
        ({"surprise": 1}, "surprise: Unexpected keyword argument"),
        ({"links": {"home": "javascript:alert(1)"}}, "links.home"),
        ({"cost": {"restore_seconds": float("nan")}}, "cost.restore_seconds: Input should be a finite"),
    ],
)
def test_what_an_entry_may_not_say(results: Path, change: dict[str, Any], sentence: str) -> None:
    edit(results / BOARD / "lq", "entry.json", lambda entry: entry.update(change))
    assert any(sentence in problem for problem in problems(results))


def test_a_withdrawn_entry_stands_last_with_its_reason_and_ranks_are_without_it(results: Path) -> None:
    change = {"status": "unreliable", "reason": "its images were blurred by hand"}
    edit(results / BOARD / "unsharp", "entry.json", lambda entry: entry.update(change))
    (board,) = read_results(results)
    last = board.board.rows[-1]
    assert (last.entry.restorer, last.withdrawn, last.ranked) == (
        "unsharp",
        "Unreliable: its images were blurred by hand",
        False,
    )
    assert set(board.ranks["lpips/alex"]) == {"bilateral"}
    assert board.board.rows[0].ranks[0] == 1
    assert "unsharp" not in board.comparison.restorers


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": "other"}, "board and folder have one name"),
        ({"dataset_sha256": "0" * 64}, "names the data set"),
        ({"headline": ["fid/nobody"]}, "strict@2 has no metric fid/nobody"),
        ({"by": "weather"}, "no column 'weather'"),
        ({"headline": []}, "headline"),
    ],
)
def test_a_board_that_contradicts_its_data_set_is_refused(
    results: Path, change: dict[str, Any], sentence: str
) -> None:
    path = results / BOARD / "board.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    (problem,) = problems(results)
    assert sentence in problem


def test_every_problem_of_every_board_is_told_at_once(results: Path) -> None:
    shutil.copytree(results / BOARD, results / "copy")
    edit(results / BOARD / "lq", "scores.json", lambda entry: entry.update(people=1))
    (results / BOARD / "hq" / "notes.txt").write_text("!")
    found = problems(results)
    assert len(found) == 3
    assert len({problem.split(":")[0] for problem in found}) == 3


def test_a_folder_that_is_not_there_and_a_board_without_entries(tmp_path: Path, results: Path) -> None:
    with pytest.raises(InputError, match="is not a folder of results"):
        read_results(tmp_path / "nowhere")
    for name in ("lq", "hq", "bilateral", "unsharp"):
        shutil.rmtree(results / BOARD / name)
    assert problems(results) == [f"{BOARD}: nobody is on this board."]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("GFP-GAN v1.3", "gfp-gan-v1.3"),
        ("../../etc", "etc"),
        ("data", "entry-3a6eb079"),
        ("复原", "entry-4a62037d"),
        ("a" * 80, "a" * 60),
    ],
)
def test_a_restorer_of_any_name_has_a_plain_folder(name: str, folder: str) -> None:
    assert slug(name) == folder
