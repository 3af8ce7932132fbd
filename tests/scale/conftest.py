"""A Ray cluster whose machines are processes of this one, each with its raylet, object store and workers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.pixels import write_png

Cluster = pytest.importorskip("ray.cluster_utils").Cluster

SRC = Path(__file__).parents[2] / "src"
STORE = 80 * 2**20
"""Bytes of a machine's object store; the least that Ray takes is 75 MiB."""


@pytest.fixture(scope="session", autouse=True)
def _workers_find_this_source() -> Iterator[None]:
    """Raylets hand their environment on to workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(SRC), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        yield


def start_cluster(machines: int = 2, **of_the_head: object) -> Cluster:
    """So many machines of one core each; again when Ray, which waits 30 seconds, met a busy machine."""
    for tries_left in (3, 2, 1, 0):
        cluster = Cluster()
        try:
            for number in range(machines):
                more = of_the_head if number == 0 else {}
                cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False, **more)
        except Exception:
            cluster.shutdown()
            if not tries_left:
                raise
        else:
            return cluster
    raise AssertionError


@pytest.fixture(scope="session")
def new_cluster(_workers_find_this_source: None) -> Callable[..., Cluster]:
    """`start_cluster`, for who wants one to break."""
    return start_cluster


@pytest.fixture(scope="session")
def address(_workers_find_this_source: None) -> Iterator[str]:
    """HOST:PORT of a cluster of two machines, which all tests share."""
    cluster = start_cluster()
    yield str(cluster.address)
    cluster.shutdown()


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
