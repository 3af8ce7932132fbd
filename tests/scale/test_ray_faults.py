"""Two thousand faces through a cluster whose workers and machines are killed: the same bytes.

`make test-ray` runs them; BFRBENCH_FACES is how many.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from ray.cluster_utils import Cluster
from skimage.data import astronaut

from bfrbench.errors import WorkerDied
from bfrbench.pixels import write_png
from bfrbench.ray_engine import connected

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

COUNT = int(os.environ.get("BFRBENCH_FACES", "2000"))
LOCAL = ("--workers", "2")
METRICS = ("-m", "psnr/rgb", "-m", "ssim/y601", "-m", "fd/alexnet")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faces of 128 px: one, turned, scaled and tinted."""
    folder = tmp_path_factory.mktemp("many")
    face, rng = astronaut()[0:224, 112:336], np.random.default_rng(0)
    for number in range(COUNT):
        turned = cv2.getRotationMatrix2D((112, 112), rng.uniform(-20, 20), 128 / 224 * rng.uniform(1.0, 1.4))
        turned[:, 2] -= 112 - 64
        moved = cv2.warpAffine(face, turned, (128, 128), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
        tinted = np.clip(moved * rng.uniform(0.7, 1.2, 3), 0, 255).astype(np.uint8)
        write_png(folder / f"{number:05}.png", tinted)
    return folder


def words_of(faces: Path, place: Path) -> dict[str, list[str]]:
    """The three verbs, and the folder that each fills, for who waits to kill."""
    data, run, scores = (str(place / name) for name in ("data", "run", "scores"))
    return {
        "data/lq": ["degrade", str(faces), data, "--preset", "gfpgan-release-128"],
        "run/restored": ["restore", data, run, "-r", "bilateral"],
        "scores": ["score", run, "--against", data, *METRICS, "--out", scores],
    }


def begin(words: list[str], *more: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bfrbench", *words, *more],
        env=os.environ | {"BFRBENCH_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(verb: subprocess.Popen[str]) -> None:
    _, said = verb.communicate(timeout=3000)
    assert verb.returncode == 0, said


@pytest.fixture(scope="module")
def made_here(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data set, run and scores by the local engine."""
    place = tmp_path_factory.mktemp("local")
    for words in words_of(many, place).values():
        finish(begin(words, *LOCAL, cache=place / "memory.sqlite"))
    return place


@pytest.fixture
def cluster(new_cluster: Callable[..., Cluster]) -> Iterator[Cluster]:
    """Two machines of one core each."""
    cluster = new_cluster()
    yield cluster
    cluster.shutdown()


def wait_for(verb: subprocess.Popen[str], folder: Path, least: int) -> None:
    while verb.poll() is None and (not folder.is_dir() or sum(1 for _ in folder.iterdir()) < least):
        time.sleep(0.05)
    assert verb.poll() is None, "it was over before anybody could be killed"


def remembered(memory: Path) -> int:
    """How many values scoring has put down."""
    if not memory.is_file():
        return 0
    with closing(sqlite3.connect(memory)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept'").fetchall():
            return 0
        return int(database.execute("SELECT COUNT(*) FROM kept").fetchone()[0])


def raylet_of(node: object) -> int:
    return int(node.all_processes["raylet"][0].process.pid)  # type: ignore[attr-defined]


def busy_workers_of(node: object) -> list[int]:
    """Workers with a task, among the children of a machine's raylet."""
    mine = raylet_of(node)
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            name = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == mine and name.startswith(b"ray::") and not name.startswith(b"ray::IDLE"):
            found.append(int(place.name))
    return found


def kill_a_worker(cluster: Cluster) -> None:
    while not (busy := busy_workers_of(cluster.list_all_nodes()[-1])):
        time.sleep(0.02)
    os.kill(busy[0], signal.SIGKILL)


def kill_a_machine(cluster: Cluster) -> None:
    cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)


def test_a_killed_worker_and_a_killed_machine_cost_their_shards_alone(
    many: Path, made_here: Path, tmp_path: Path, cluster: Cluster
) -> None:
    ray = ("--engine", "ray", "--address", str(cluster.address))
    killers: dict[str, Callable[[Cluster], None]] = {"data/lq": kill_a_worker, "run/restored": kill_a_machine}
    for fills, words in words_of(many, tmp_path).items():
        verb = begin(words, *ray, cache=tmp_path / "memory.sqlite")
        if fills in killers:
            wait_for(verb, tmp_path / fills, COUNT // 4)
            killers[fills](cluster)
        finish(verb)
    for place in ("data", "run/restored", "scores"):
        assert contents(tmp_path / place) == contents(made_here / place)


def test_a_killed_driver_goes_on_where_it_stopped(
    many: Path, made_here: Path, tmp_path: Path, cluster: Cluster
) -> None:
    ray = ("--engine", "ray", "--address", str(cluster.address))
    for fills, words in list(words_of(many, tmp_path).items())[:2]:
        verb = begin(words, *ray, cache=tmp_path / "memory.sqlite")
        wait_for(verb, tmp_path / fills, COUNT // 4)
        os.killpg(verb.pid, signal.SIGKILL)
        verb.communicate()
        time.sleep(2)  # workers whose driver is gone end themselves
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / fills).glob("[!.]*.png")}
        finish(begin(words, *ray, cache=tmp_path / "memory.sqlite"))
        again = [path for path, then in before.items() if path.stat().st_mtime_ns != then]
        assert len(again) <= 8 * 3  # batches that were half done
    scoring = words_of(many, tmp_path)["scores"]
    verb = begin(scoring, *ray, cache=tmp_path / "memory.sqlite")
    while verb.poll() is None and remembered(tmp_path / "memory.sqlite") < COUNT // 4:
        time.sleep(0.02)
    assert verb.poll() is None, "it was over before anybody could be killed"
    os.killpg(verb.pid, signal.SIGKILL)
    verb.communicate()
    finish(begin(scoring, *ray, cache=tmp_path / "memory.sqlite"))
    for place in ("data", "run/restored", "scores"):
        assert contents(tmp_path / place) == contents(made_here / place)


def test_a_full_object_store_goes_on_to_the_disk(new_cluster: Callable[..., Cluster]) -> None:
    cluster = new_cluster(1, _system_config={"automatic_object_spilling_enabled": False})
    try:
        with connected(str(cluster.address)) as engine:
            sizes = list(engine.map(len, (bytes(40 * 2**20) for _ in range(4))))
        assert sizes == [40 * 2**20] * 4
    finally:
        cluster.shutdown()


def test_a_full_object_store_beside_a_full_disk_is_told(new_cluster: Callable[..., Cluster]) -> None:
    full = {"automatic_object_spilling_enabled": False, "local_fs_capacity_threshold": 0.001}
    cluster = new_cluster(1, _system_config=full)
    try:
        with (
            connected(str(cluster.address)) as engine,
            pytest.raises(WorkerDied, match=r"store is full.* --object-store-memory"),
        ):
            list(engine.map(len, (bytes(40 * 2**20) for _ in range(4))))
    finally:
        cluster.shutdown()


@pytest.fixture
def guarded() -> Iterator[str]:
    """HOST:PORT of a cluster that asks for a token, as `ray start` makes one where there is a token."""
    start = [str(Path(sys.executable).parent / "ray"), "start", "--head", "--block", "--port", "0"]
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "7" * 64, "RAY_USAGE_STATS_ENABLED": "0"}
    more = ["--num-cpus", "1", "--include-dashboard", "false"]
    with subprocess.Popen(
        [*start, *more], env=os.environ | token, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as head:
        assert head.stdout
        found = (re.search(r"--address='([\d.]+:\d+)'", line) for line in head.stdout)
        yield next(match[1] for match in found if match)
        head.terminate()


def test_a_cluster_that_asks_for_a_token_says_so(guarded: str, tmp_path: Path) -> None:
    verb = [sys.executable, "-m", "bfrbench", "restore", str(tmp_path), str(tmp_path / "out"), "-r", "lq"]
    said = subprocess.run(
        [*verb, "--engine", "ray", "--address", guarded],
        env={name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "asks for a token. Set RAY_AUTH_MODE=token" in " ".join(said.stderr.split())
