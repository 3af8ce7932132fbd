"""`weights` and `doctor` as a user calls them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bfrbench.cli import VERBS, app

RUN = CliRunner()


@pytest.mark.parametrize("verb", [*VERBS, "board build", "weights list", "weights get", "weights check"])
def test_every_verb_explains_itself_with_an_example(verb: str) -> None:
    result = RUN.invoke(app, [*verb.split(), "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    assert f"bfrbench {verb}" in result.output.replace("\n", " ")
    assert "Example" in result.output


def test_weights_list_says_where_each_file_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    rows = json.loads(RUN.invoke(app, ["weights", "list", "--json"]).output)
    found = {row["name"]: row["found_in"] for row in rows}
    assert found["lpips-alex"] == found["dlib-face"] == found["niqe-pristine"] == "embedded"
    assert all(row["licence"] and (row["sha256"] or row["found_in"] is None) for row in rows)


def test_weights_check_passes_on_a_whole_install() -> None:
    assert RUN.invoke(app, ["weights", "check"]).exit_code == 0


def test_doctor_names_versions_and_what_works() -> None:
    facts = json.loads(RUN.invoke(app, ["doctor", "--json"]).output)
    assert facts["facts"]["torch"] != "missing"
    assert facts["opencv_clash"] == []
    assert "lpips/alex" in RUN.invoke(app, ["doctor"]).output


def test_importing_bfrbench_and_its_command_line_imports_no_torch() -> None:
    code = "import sys, bfrbench, bfrbench.cli, bfrbench.leaderboards; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_expected_error_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bfrbench", "degrade", str(tmp_path / "gone"), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "gone") in done.stderr
