"""One demo for all tests of the command line."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished demo."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "bfrbench", "demo", "demo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "board.json").write_text(done.stdout)
    return folder / "demo"
