"""The command line as a function, and one demo for all tests."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bfrbench.cli import main


@dataclass(frozen=True)
class Done:
    """What a verb left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli("degrade", faces, out)`: the verb in this process, which saves the seconds of a start."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["bfrbench", *map(str, words)])
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else 0
        return Done(status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished demo."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "bfrbench", "demo", "demo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "board.json").write_text(done.stdout)
    return folder / "demo"
