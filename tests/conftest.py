"""What several tests share."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bfrbench.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def _no_memory_of_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that the user scored before is used, and nothing of ours stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BFRBENCH_CACHE", str(tmp_path_factory.mktemp("memory") / "scores.sqlite"))
        yield


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFRBENCH_CACHE", str(tmp_path / "memory/scores.sqlite"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real faces, judges and golden numbers, where there is one."""
    folder = Path(os.environ.get("BFRBENCH_SHARED", ROOT / "../shared")).resolve()
    if not (folder / "golden").is_dir():
        pytest.skip("no ../shared here: set BFRBENCH_SHARED to the folder with golden numbers and faces")
    return folder


@dataclass(frozen=True)
class Done:
    """What a verb left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """`cli("degrade", faces, out)`: the verb in this process, which saves the seconds of a start."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["bfrbench", *map(str, words)])
        out, err = io.StringIO(), io.StringIO()
        status = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else 0
        return Done(status, out.getvalue(), err.getvalue())

    return run
