"""From a scored run to an entry on a board: packed, checked, laid into the results; nothing is ever lost."""

import io
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bfrbench.errors import InputError, OutputError
from bfrbench.files import read_json, sha256_bytes, write_json
from bfrbench.leaderboards.home import slug
from bfrbench.leaderboards.records import ENTRY_JSON, Publication
from bfrbench.leaderboards.results import examine_results, open_home
from bfrbench.leaderboards.submission import About, add, check, pack, read_about
from bfrbench.leaderboards.unpacking import zipped
from bfrbench.types import Entry, Run

BOARD = "three-faces-128"
CLASSICAL = About(trained=False)


@pytest.fixture
def run(scored: Path, tmp_path: Path) -> Path:
    """The scored run `unsharp`, to be changed."""
    return Path(shutil.copytree(scored / "runs" / "unsharp", tmp_path / "unsharp"))


@pytest.fixture
def without(results: Path) -> Path:
    """Results that `unsharp` is not yet among."""
    shutil.rmtree(results / BOARD / "unsharp")
    return results


def submission(run: Path, results: Path, about: About = CLASSICAL) -> Path:
    place = run.with_name("submission.zip")
    place.write_bytes(zipped(pack(run, open_home(results / BOARD), about)))
    return place


def change_run(run: Path, **changes: Any) -> None:
    write_json(run / "run.json", replace(read_json(run / "run.json", Run, "a run"), **changes))


def about(tmp_path: Path, text: str) -> About:
    path = tmp_path / "about.toml"
    path.write_text(text)
    return read_about(path)


def test_a_scored_run_becomes_an_entry(run: Path, without: Path) -> None:
    place = submission(run, without)
    checked = check(place, without)
    assert (checked.board, checked.restorer, checked.problems) == (BOARD, "unsharp", ())
    folder = add(place, without)
    assert sorted(path.name for path in folder.iterdir()) == [
        "entry.json",
        "scores.json",
        "scores.parquet",
        "sets.parquet",
    ]
    for name in ("scores.json", "scores.parquet", "sets.parquet"):
        assert (folder / name).read_bytes() == (run / name).read_bytes()
    assert not any(board.problems for board in examine_results(without))
    assert not list(without.rglob(".writing-*"))


def test_an_entry_says_where_it_comes_from_but_not_from_which_machine(run: Path, without: Path) -> None:
    made = read_json(run / "run.json", Run, "a run")
    publication = json.loads(pack(run, open_home(without / BOARD), CLASSICAL)[ENTRY_JSON])
    assert publication["cost"] == dict(made.cost)
    assert publication["spec"] == "unsharp"
    assert publication["provenance"]["torch"] == made.provenance["torch"]
    assert "platform" not in publication["provenance"]


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        ("gfpgan:/home/me/models/v1.3.pth", "gfpgan:v1.3.pth"),
        ("onnx:C:\\models\\a.onnx?range=-1..1", "onnx:a.onnx?range=-1..1"),
        ("onnx:models/a.onnx?range=-1..1", "onnx:models/a.onnx?range=-1..1"),
        ('command:"/opt/bin/tool {lq} {out}"', 'command:"tool {lq} {out}"'),
        ('command:"tool {lq}/ {out}/x"', 'command:"tool {lq}/ {out}/x"'),
        ("package.module:Class", "package.module:Class"),
        ("gfpgan:~/v1.pth (strength=0.5)", "gfpgan:v1.pth (strength=0.5)"),
        ("nlm", "nlm"),
    ],
)
def test_a_spec_loses_the_folders_of_one_machine(run: Path, without: Path, spec: str, kept: str) -> None:
    from bfrbench.benchmark.runs import digest

    made = replace(read_json(run / "run.json", Run, "a run"), spec=spec)
    write_json(run / "run.json", replace(made, sha256=digest(made)))
    entry = replace(read_json(run / "scores.json", Entry, "scores"), run_sha256=digest(made))
    write_json(run / "scores.json", entry)
    assert json.loads(pack(run, open_home(without / BOARD), CLASSICAL)[ENTRY_JSON])["spec"] == kept


def test_scores_of_a_folder_made_elsewhere_can_be_submitted(run: Path, without: Path) -> None:
    (run / "run.json").unlink()
    assert check(submission(run, without), without).problems == ()


def test_scores_under_the_boards_protocol_are_found_in_the_run(run: Path, without: Path) -> None:
    folder = run / "scores" / "strict@2"
    folder.mkdir(parents=True)
    for name in ("scores.json", "scores.parquet", "sets.parquet"):
        shutil.move(run / name, folder / name)
    assert check(submission(run, without), without).problems == ()
    entry = replace(read_json(folder / "scores.json", Entry, "scores"), protocol="strict@1")
    write_json(folder / "scores.json", entry)
    with pytest.raises(InputError, match=r"scored under strict@1, and the board asks for strict@2"):
        submission(run, without)


def test_a_run_without_scores_or_with_those_of_another_run_is_refused(run: Path, without: Path) -> None:
    from bfrbench.benchmark.runs import digest

    made = replace(read_json(run / "run.json", Run, "a run"), spec="other")
    write_json(run / "run.json", replace(made, sha256=digest(made)))
    with pytest.raises(InputError, match="the scores of another run"):
        submission(run, without)
    (run / "scores.json").unlink()
    with pytest.raises(InputError, match="make it with `bfrbench score`"):
        submission(run, without)


def test_a_run_over_a_part_of_the_data_set_is_refused(run: Path, without: Path) -> None:
    entry = read_json(run / "scores.json", Entry, "scores")
    (run / "run.json").unlink()
    write_json(run / "scores.json", replace(entry, dataset_sha256="0" * 64))
    (problem, _) = check(submission(run, without), without).problems
    assert "It differs in the data set's sha256: 000000000000" in problem


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "trained: Field required"),
        ("trained = true", "what was trained names its training_data"),
        ('trained = false\ntraining_data = ["FFHQ"]', "was trained"),
        ("trained = false\nsurprise = 1", "surprise: Unexpected keyword argument"),
        ('trained = false\npaper = "javascript:alert(1)"', "paper: String should match pattern"),
        ("trained = ", "is no TOML"),
        ('trained = false\nsummary = "a\\u001b[2Jb"', "summary: String should match pattern"),
    ],
)
def test_what_authors_may_not_say(run: Path, without: Path, tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        submission(run, without, about(tmp_path, text))


def test_a_missing_about_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_about(tmp_path / "about.toml")


def test_what_is_allowed_is_noted(run: Path, without: Path, tmp_path: Path) -> None:
    said = about(
        tmp_path,
        'trained = true\ntraining_data = ["FFHQ"]\njudges_used_in_training = ["lpips"]\n'
        "saw_test_people = true",
    )
    notes = "\n".join(check(submission(run, without, said), without).notes)
    assert "Not computed: ms-ssim/luma" in notes
    assert "Trained with lpips" in notes
    assert "saw people of the data set" in notes


def test_a_judge_that_marks_nothing_is_noted(run: Path, without: Path) -> None:
    said = About(trained=True, training_data=("FFHQ",), judges_used_in_training=("lpips", "eyeballs"))
    notes = "\n".join(check(submission(run, without, said), without).notes)
    assert "eyeballs is no metric, family or weights of this protocol, and marks nothing" in notes


@pytest.mark.parametrize("status", ["reported", "unreliable"])
def test_only_what_is_measured_is_submitted(run: Path, without: Path, tmp_path: Path, status: str) -> None:
    files = pack(run, open_home(without / BOARD), CLASSICAL)
    entry = json.loads(files[ENTRY_JSON]) | {"status": status, "reason": "because"}
    place = tmp_path / "s.zip"
    place.write_bytes(zipped(files | {ENTRY_JSON: json.dumps(entry).encode()}))
    assert any(f"It says that it is {status}" in problem for problem in check(place, without).problems)


def test_every_problem_of_a_submission_is_told_at_once(run: Path, without: Path, tmp_path: Path) -> None:
    files = pack(run, open_home(without / BOARD), CLASSICAL)
    scores = json.loads(files["scores.json"])
    scores["protocol"] = "strict@1"
    scores["people"] = 1
    scores["scores"][0]["mean"] = 99.0
    files["scores.json"] = json.dumps(scores).encode()
    entry = json.loads(files[ENTRY_JSON])
    entry["files"]["scores.json"] = sha256_bytes(files["scores.json"])
    files[ENTRY_JSON] = json.dumps(entry).encode()
    place = tmp_path / "s.zip"
    place.write_bytes(zipped(files))
    told = check(place, without).problems
    assert len(told) >= 4
    for words in ("in the protocol", "which strict@1 has not", "psnr/rgb: its mean is 99", "counts 1 people"):
        assert any(words in problem for problem in told)
    with pytest.raises(InputError) as caught:
        add(place, without)
    assert str(caught.value).splitlines() == list(told)
    assert not (without / BOARD / "unsharp").exists()


@pytest.mark.parametrize("value", [-math.inf, 7.0])
def test_values_that_a_metric_cannot_have_are_refused(
    run: Path, without: Path, tmp_path: Path, value: float
) -> None:
    files = pack(run, open_home(without / BOARD), CLASSICAL)
    rows = pd.read_parquet(io.BytesIO(files["scores.parquet"]))
    rows.loc[rows["metric"] == "ssim/rgb", "value"] = value
    spoilt = io.BytesIO()
    rows.to_parquet(spoilt)
    files["scores.parquet"] = spoilt.getvalue()
    entry = json.loads(files[ENTRY_JSON])
    entry["files"]["scores.parquet"] = sha256_bytes(files["scores.parquet"])
    files[ENTRY_JSON] = json.dumps(entry).encode()
    place = tmp_path / "s.zip"
    place.write_bytes(zipped(files))
    sentence = f"ssim/rgb: {value:g} is no value that SSIM can have"
    assert any(sentence in problem for problem in check(place, without).problems)


def test_signs_at_the_end_of_a_name_tell_folders_apart() -> None:
    assert slug("RestoreFormer++") == "restoreformer++"
    assert slug("RestoreFormer") == "restoreformer"
    assert slug("..-a-.") == "a"


def test_a_board_that_is_not_there_is_told_with_those_there_are(run: Path, without: Path) -> None:
    place = submission(run, without)
    (without / BOARD).rename(without / "another")
    (problem,) = check(place, without).problems
    assert "has no board three-faces-128. There are: another." in problem


def test_a_name_that_is_taken_is_refused_and_the_way_out_is_told(run: Path, results: Path) -> None:
    before = (results / BOARD / "unsharp" / "entry.json").read_bytes()
    with pytest.raises(OutputError, match=r"--supersedes 'unsharp' --reason") as caught:
        add(submission(run, results), results)
    assert "bfrbench score --name" in str(caught.value)
    assert (results / BOARD / "unsharp" / "entry.json").read_bytes() == before


def test_an_older_entry_is_superseded_and_stays(run: Path, results: Path) -> None:
    rename(run, "unsharp-2")
    place = submission(run, results)
    with pytest.raises(InputError, match="Say why unsharp is superseded"):
        add(place, results, supersedes="unsharp")
    with pytest.raises(InputError, match="has no entry called nobody"):
        add(place, results, supersedes="nobody", reason="old")
    assert not (results / BOARD / "unsharp-2").exists()
    add(place, results, supersedes="unsharp", reason="another radius")
    old = read_json(results / BOARD / "unsharp" / "entry.json", Publication, "an entry")
    assert (old.status, old.superseded_by, old.reason) == ("superseded", "unsharp-2", "another radius")
    assert not any(board.problems for board in examine_results(results))


def rename(run: Path, name: str) -> None:
    entry = read_json(run / "scores.json", Entry, "scores")
    write_json(run / "scores.json", replace(entry, restorer=name))


@pytest.mark.parametrize("name", ["../../evil", "data", "a/b", "board.json", "ÄÖ", "x" * 70])
def test_no_name_leaves_the_folder_of_its_board(run: Path, without: Path, name: str) -> None:
    rename(run, name)
    there = set(without.rglob("*"))
    folder = add(submission(run, without), without)
    assert folder.parent == without / BOARD
    assert {path for path in set(without.rglob("*")) - there if path.parent != folder} == {folder}
    assert not any(board.problems for board in examine_results(without))


@pytest.mark.parametrize("name", ["=cmd()", "a\x1b[2J", "\u202eevil", "", "x" * 81, "a\nb"])
def test_names_that_harm_are_refused(run: Path, without: Path, name: str) -> None:
    rename(run, name)
    assert any("method.name" in problem for problem in check(submission(run, without), without).problems)


def test_a_write_that_fails_leaves_nothing(run: Path, without: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bfrbench.leaderboards import submission as module

    place, write = submission(run, without), module.write_bytes

    def fail(path: Path, data: bytes) -> None:
        if path.name == "scores.parquet":
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(module, "write_bytes", fail)
    there = set(without.rglob("*"))
    with pytest.raises(OutputError, match="disk is full"):
        add(place, without)
    assert set(without.rglob("*")) == there


@pytest.mark.parametrize("spoil", [lambda files: b"", lambda files: b"no zip"])
def test_what_is_no_submission_is_a_problem_and_no_crash(
    tmp_path: Path, results: Path, spoil: Callable[[Any], bytes]
) -> None:
    place = tmp_path / "s.zip"
    place.write_bytes(spoil(None))
    assert check(place, results).problems
