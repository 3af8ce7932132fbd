"""What several tests share."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from bfrbench.cli import main
from bfrbench.storage import open_place

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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "memory"))


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


@pytest.fixture
def store() -> Path:
    """An empty store in memory."""
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    return open_place("memory://bucket")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A bucket of an S3 server on this machine: `pip install s3fs`, and moto[server] anywhere on the PATH."""
    s3fs, server = pytest.importorskip("s3fs"), shutil.which("moto_server")
    if server is None:
        pytest.skip("no moto_server here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with subprocess.Popen([server, "-p", str(port)], stderr=subprocess.DEVNULL) as moto:
        while not _answers(port):
            time.sleep(0.2)
        s3fs.S3FileSystem.clear_instance_cache()  # of another server
        s3fs.S3FileSystem().mkdir("bucket")
        yield open_place("s3://bucket/here")
        moto.kill()
