"""The published JSON Schemas say what the dataclasses say."""

import json
import re
import subprocess
import sys
from pathlib import Path

from bfrbench.leaderboards import schema


def test_the_schemas_in_the_repository_are_fresh() -> None:
    assert list(schema.stale()) == []


def test_a_stale_or_absent_schema_is_found_with_the_way_out(tmp_path: Path) -> None:
    schema.write(tmp_path)
    assert list(schema.stale(tmp_path)) == []
    (tmp_path / "board.schema.json").write_text("{}")
    (tmp_path / "entry.schema.json").unlink()
    assert [problem.split(" ")[0] for problem in schema.stale(tmp_path)] == [
        "board.schema.json",
        "entry.schema.json",
    ]


def test_nothing_unknown_may_stand_in_a_record_and_what_is_required_is_said() -> None:
    entry = json.loads(schema.schemas()["entry.schema.json"])
    assert entry["additionalProperties"] is False
    assert entry["$defs"]["Method"]["additionalProperties"] is False
    assert set(entry["required"]) == {"board", "method", "status", "files"}
    assert entry["properties"]["status"]["enum"] == ["measured", "reported", "unreliable", "superseded"]


def test_patterns_are_regular_expressions_that_refuse_what_hides() -> None:
    entry = json.loads(schema.schemas()["entry.schema.json"])
    name = re.compile(entry["$defs"]["Method"]["properties"]["name"]["pattern"])
    assert all(name.search(text) for text in ("GFP-GAN v1.3", "复原", "a/b", "é"))
    assert not any(name.search(text) for text in ("", "=a", "-a", " a", "a\x1b", "a\u202eb", "a\u200b"))
    link = re.compile(entry["$defs"]["Method"]["properties"]["code"]["pattern"])
    assert all(link.search(text) for text in ("", "https://example.org/a_b?c=d#e"))
    assert not any(link.search(text) for text in ("http://a", "javascript:x", "https://", 'https://a"b'))


def test_the_command_checks() -> None:
    command = [sys.executable, "-m", "bfrbench.leaderboards.schema", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
