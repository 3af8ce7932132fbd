"""The Ray engine: order, bounds, errors as sentences, and the same bytes as the local one."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from math import factorial
from pathlib import Path

import pytest
from ray import exceptions as of_ray

from bfrbench import ray_engine
from bfrbench.engine import HERE, LocalEngine
from bfrbench.errors import ClusterUnfit, InputError, WorkerDied
from bfrbench.ray_engine import RayEngine, connected


@pytest.fixture(scope="module")
def engine(address: str) -> Iterator[RayEngine]:
    with connected(address) as engine:
        yield engine


def test_there_are_as_many_workers_as_the_cluster_has_cores(engine: RayEngine) -> None:
    assert engine.workers == 2


@pytest.mark.parametrize("together", [1, 3, 50])
def test_results_come_in_the_order_of_the_items(engine: RayEngine, together: int) -> None:
    results = engine.map(factorial, range(20), together=together)
    assert list(results) == list(HERE.map(factorial, range(20)))


def test_items_are_taken_as_they_are_needed(engine: RayEngine) -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = engine.map(factorial, items(), together=2)
    assert next(results) == 1
    assert len(taken) <= 4 * engine.workers * 2
    results.close()


def test_an_error_arrives_as_itself_after_the_results_before_it(engine: RayEngine) -> None:
    results = engine.map(int, ["1", "2", "three", "4"], together=2)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_relative_paths_mean_the_same_on_workers(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = (
        "import os, sys; from bfrbench.ray_engine import connected\n"
        "with connected(sys.argv[1]) as engine: print(*engine.map(os.path.abspath, ['a', 'b']))"
    )
    asked = [sys.executable, "-c", code, address]
    found = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True)
    assert found.stdout.split() == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_once_is_on_a_worker_and_here_with_the_local_engine(engine: RayEngine) -> None:
    assert engine.once(os.getpgid, 0) != os.getpgid(0)
    assert LocalEngine(2).once(os.getpgid, 0) == os.getpgid(0)


def test_workers_get_the_settings_that_begin_with_bfrbench(engine: RayEngine) -> None:
    assert engine.once(os.environ.get, "BFRBENCH_CACHE") == os.environ["BFRBENCH_CACHE"]


def test_a_worker_that_has_other_versions_is_refused(
    engine: RayEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {**ray_engine.versions(), "bfrbench": "9.9"}
    monkeypatch.setattr(ray_engine, "versions", lambda: mine)
    with pytest.raises(ClusterUnfit, match=r"has bfrbench \S+ instead of 9\.9"):
        list(engine.map(factorial, range(3)))


def test_items_that_kill_every_worker_are_given_up(engine: RayEngine) -> None:
    with pytest.raises(WorkerDied, match="killed 4 times"):
        list(engine.map(os._exit, range(1)))


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (of_ray.ObjectStoreFullError("full"), "--object-store-memory"),
        (of_ray.OutOfDiskError("full"), "object store is full"),
        (of_ray.OutOfMemoryError("killed"), "ran out of memory"),
        (of_ray.NodeDiedError("gone"), "killed 4 times"),
        (of_ray.RaySystemError(OSError("odd")), "The Ray cluster failed"),
    ],
)
def test_what_ray_says_becomes_a_sentence(raised: Exception, said: str) -> None:
    with pytest.raises(WorkerDied, match=said), ray_engine._in_words():
        raise raised


def test_a_task_that_no_machine_can_hold_is_told() -> None:
    with pytest.raises(ClusterUnfit, match="none could ever start"):
        ray_engine.fit({"CPU": 2.0}, cpus=1.0, gpus=1.0)


def test_nobody_at_the_address_is_told_at_once() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        port = bound.getsockname()[1]
        with pytest.raises(ClusterUnfit, match="No Ray cluster answers"), connected(f"127.0.0.1:{port}"):
            pass


def test_what_is_no_cluster_is_told_in_time() -> None:
    program = (
        "import socket\n"
        "from bfrbench import ray_engine\n"
        "from bfrbench.errors import ClusterUnfit\n"
        "ray_engine.PATIENCE = 2.0\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    try:\n"
        "        with ray_engine.connected(f'127.0.0.1:{server.getsockname()[1]}'):\n"
        "            pass\n"
        "    except ClusterUnfit as error:\n"
        "        print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert "is no Ray cluster, or a busy one" in done.stdout


def test_another_version_of_ray_is_told(address: str) -> None:
    program = (
        "import sys\n"
        "import ray\n"
        "from bfrbench import ray_engine\n"
        "from bfrbench.errors import ClusterUnfit\n"
        "ray.__version__ = '1.0'\n"
        "try:\n"
        "    with ray_engine.connected(sys.argv[1]):\n"
        "        pass\n"
        "except ClusterUnfit as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert re.search(r"runs other versions.*1\.0", done.stdout), done.stdout + done.stderr


def test_an_address_is_a_host_and_a_port() -> None:
    with pytest.raises(InputError, match="HOST:PORT"), connected("cluster"):
        pass
