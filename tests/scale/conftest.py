"""A Ray cluster whose machines are processes of this one, each with its raylet, object store and workers."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.cli import main
from bfrbench.pixels import write_png

pytest.importorskip("ray")

SRC = Path(__file__).parents[2] / "src"
STORE = 80 * 2**20
"""Bytes of a machine's object store; the least that Ray takes is 75 MiB."""


@pytest.fixture(scope="session", autouse=True)
def _workers_find_this_source() -> Iterator[None]:
    """Raylets hand their environment on to workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(SRC), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_raylet_start_wait_time_s", "300")  # of a machine that others use, too
        yield


@pytest.fixture(scope="session")
def machines(_workers_find_this_source: None) -> Iterator[object]:
    """Two machines of one core each."""
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="session")
def address(machines) -> str:  # type: ignore[no-untyped-def]
    """HOST:PORT of the cluster."""
    return str(machines.address)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Twenty pictures of 64 px."""
    folder = tmp_path / "faces"
    folder.mkdir()
    picture = astronaut()
    for number in range(20):
        corner = picture[6 * number : 6 * number + 64, 180:244]
        write_png(folder / f"face-{number:02}.png", np.ascontiguousarray(corner))
    return folder


@dataclass(frozen=True)
class Done:
    """What a verb left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """`cli("degrade", faces, out)`: the verb, in this process."""

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
