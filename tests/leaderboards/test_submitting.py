"""docs/submitting.md: every command on the page is run, in its order, as a new user would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "submitting.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in FENCE.findall(PAGE.read_text()) if found == kind]


def test_the_restorer_on_the_page_has_25_lines_at_most() -> None:
    (code,) = blocks("python")
    assert len(code.splitlines()) <= 25


@pytest.mark.slow
@pytest.mark.timeout(1800)  # fifteen commands, the demo among them
def test_whoever_does_what_the_page_says_is_on_the_board(tmp_path: Path) -> None:
    (code,), (about,) = blocks("python"), blocks("toml")
    (tmp_path / "mine.py").write_text(code)
    (tmp_path / "about.toml").write_text(about)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for commands in blocks("sh"):
        for command in commands.splitlines():
            words = ["bash", "-ec", command]
            done = subprocess.run(
                words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    page = (tmp_path / "boards" / "practice.md").read_text()
    assert re.search(r"^\| gentle \| \*\*0\.\d{4}\*\* \[", page, re.MULTILINE)
    entry = json.loads((tmp_path / "results" / "practice" / "gentle" / "entry.json").read_text())
    assert (entry["status"], entry["superseded_by"]) == ("superseded", "gentle-2")
    assert entry["method"]["code"] == "https://example.org/gentle"
    assert str(tmp_path) not in json.dumps(entry)
