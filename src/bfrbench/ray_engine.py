"""The engine for more than one machine: shards of items as tasks of an existing Ray cluster.

Ray does what clusters need: it places tasks, runs those of a lost worker or machine again, and tells when a
worker may start another. Here is only the border: `together` items in a row are one task, four tasks a
worker are under way, results come back in order, and Ray's errors become sentences.

Workers must have this same bfrbench and its libraries, and must see the same files under the same paths.
"""

import logging
import os
import platform
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import bfrbench
from bfrbench.errors import ClusterUnfit, InputError, WorkerDied
from bfrbench.parallel import settle_worker

Item = TypeVar("Item")
Result = TypeVar("Result")

RETRIES: Final = 3
"""How often the task of a lost worker or machine is tried again."""
PATIENCE: Final = 60.0
"""Seconds to wait for a cluster to answer."""
_PACKAGES: Final = (
    "numpy",
    "opencv-python",
    "pillow",
    "isal",
    "kornia-rs",
    "torch",
    "torchvision",
    "onnxruntime",
    "scikit-image",
    "scipy",
)
_SETTINGS: Final = "BFRBENCH_"


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Tasks of the cluster that this process is connected to: see `connected`."""

    workers: int
    cpus: float = 1.0  # that each task holds
    gpus: float = 0.0

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, together: int = 1
    ) -> Iterator[Result]:
        """See `Engine.map`. What is under way is at most 4 · workers · together items and their results."""
        import ray  # noqa: PLC0415  # only who asks for it needs it

        task = ray.remote(_work_through).options(
            num_cpus=self.cpus, num_gpus=self.gpus, max_retries=RETRIES, name=_name_of(function)
        )
        left = iter(items)
        waiting: deque[ray.ObjectRef[_Done]] = deque()
        with _in_words():
            order = ray.put(_Order(function, versions(), _settings(), str(Path.cwd())))
            try:
                while shard := list(islice(left, together)):
                    waiting.append(task.remote(order, shard))
                    if len(waiting) >= 4 * self.workers:
                        yield from _take(ray.get(waiting.popleft()))
                while waiting:
                    yield from _take(ray.get(waiting.popleft()))
            finally:
                for reference in waiting:
                    ray.cancel(reference)

    def once(self, function: Callable[[Item], Result], item: Item) -> Result:
        """On a worker: it may have an accelerator that this machine lacks."""
        return next(self.map(function, [item]))


@contextmanager
def connected(
    address: str | None, *, workers: int = 0, cpus: float = 1.0, gpus: float = 0.0
) -> Iterator[RayEngine]:
    """An engine on the cluster at HOST:PORT, one of whose machines this is; None starts one here.

    workers: tasks at a time; 0 means as many as the cluster has cores (or accelerators, where tasks hold
    some). Raises ClusterUnfit: Ray is not installed, nobody answers, versions differ, nothing to work on.
    """
    ray = _import_ray()
    if address is None:
        _start(None, workers)  # it takes the time that it takes
    else:
        _check_answers(address)
        _in_time(
            lambda: _start(address, workers), f"What answers at {address} is no Ray cluster, or a busy one."
        )
    try:
        most = fit(ray.cluster_resources(), cpus=cpus, gpus=gpus)
        yield RayEngine(workers or most, cpus, gpus)
    finally:
        ray.shutdown()


def fit(there: Mapping[str, float], *, cpus: float, gpus: float) -> int:
    """How many tasks at a time a cluster's resources are enough for; raises ClusterUnfit for none."""
    most = int(min(there.get("CPU", 0) / cpus, there.get("GPU", 0) / gpus if gpus else float("inf")))
    if most < 1:
        raise ClusterUnfit(
            f"The Ray cluster has {there.get('CPU', 0):g} cores and {there.get('GPU', 0):g} GPUs; a task "
            f"needs {cpus:g} and {gpus:g}, so none could ever start."
        )
    return most


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Ray's future default
    try:
        import ray  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ClusterUnfit("Ray is not installed here: pip install '.[ray]'.") from error
    return ray


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(f"--address is the HOST:PORT that `ray start --head` printed, not {address!r}.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except OSError as error:
        raise ClusterUnfit(
            f"No Ray cluster answers at {address}: {error.strerror or error}. `ray start --head` starts one "
            "and prints its address."
        ) from error


def _start(address: str | None, workers: int) -> None:
    import ray  # noqa: PLC0415

    try:
        ray.init(
            address or "local",
            num_cpus=None if address else workers or None,
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except Exception as error:  # Ray raises that very class when a machine is slow to start
        said = " ".join(str(error).split())
        if "Version mismatch" in said:
            raise ClusterUnfit(
                f"The Ray cluster at {address} runs other versions than this process: {said}"
            ) from error
        if any("InvalidAuthToken" in str(cause) for cause in _causes(error)):
            raise ClusterUnfit(
                f"The Ray cluster at {address} asks for a token. Set RAY_AUTH_MODE=token, and have the file "
                "~/.ray/auth_token of the machine that started the cluster on this one, too."
            ) from error
        raise ClusterUnfit(
            f"The Ray cluster at {address or 'this machine'} cannot be used: {said}"
        ) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _in_time(call: Callable[[], None], otherwise: str) -> None:
    """Call, but wait no longer than PATIENCE; Ray itself would go on for minutes."""
    raised: list[Exception] = []

    def guarded() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001  # raised again below
            raised.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if raised:
        raise raised[0]
    if thread.is_alive():
        raise ClusterUnfit(f"{otherwise} Nothing came of it in {PATIENCE:g} seconds.")


@dataclass(frozen=True, slots=True)
class _Order:
    """What all tasks of a map have in common."""

    function: Callable[[Any], Any]
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    folder: str  # where it was asked, which is what relative paths are relative to


@dataclass(slots=True)
class _Done:
    """What became of the items of a task: results, and the error that ended them early, if one did."""

    results: list[Any] = field(default_factory=list)
    error: Exception | None = None


def _work_through(order: _Order, shard: Sequence[Any]) -> _Done:
    """On a worker: each item in turn."""
    done = _Done()
    try:
        _settle(tuple(sorted(order.settings.items())), order.folder)
        _check_versions(order.versions)
        for item in shard:
            done.results.append(order.function(item))
    except Exception as error:  # noqa: BLE001  # raised where the results are taken
        done.error = error
    return done


@cache
def _settle(settings: tuple[tuple[str, str], ...], folder: str) -> None:
    """Once in a worker: one thread, as everywhere, and the settings and the folder of whoever asked."""
    settle_worker()
    os.environ.update(settings)
    with suppress(OSError):  # not on this machine: then whoever gave whole paths does not miss it
        os.chdir(folder)


def _take(done: _Done) -> Iterator[Any]:
    yield from done.results
    if done.error is not None:
        raise done.error


@cache
def versions() -> dict[str, str]:
    """What results may depend on: workers that differ would make other bytes."""
    found = {"bfrbench": bfrbench.__version__, "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def _check_versions(wanted: Mapping[str, str]) -> None:
    here = versions()
    differing = [
        f"{name} {here.get(name, 'none')} instead of {there}"
        for name, there in wanted.items()
        if here.get(name, "none") != there
    ]
    if differing:
        raise ClusterUnfit(
            f"A worker on {platform.node()} has {', '.join(differing)}, and would make other bytes. Install "
            "on every machine of the cluster what this one has."
        )


def _settings() -> dict[str, str]:
    """Where weights and the like are, which workers do not inherit."""
    return {name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)}


def _name_of(function: Callable[..., Any]) -> str:
    """What Ray's dashboard calls a task."""
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__qualname__", "bfrbench"))


@contextmanager
def _in_words() -> Iterator[None]:
    """Ray's errors as sentences with the way out."""
    from ray import exceptions as of_ray  # noqa: PLC0415

    kept = "What was finished is kept: run the same command again"
    try:
        yield
    except of_ray.OutOfMemoryError as error:
        raise WorkerDied(
            f"A machine of the Ray cluster ran out of memory. {kept}, with fewer --workers."
        ) from error
    except (of_ray.WorkerCrashedError, of_ray.NodeDiedError) as error:
        raise WorkerDied(
            f"A worker of the Ray cluster was killed {RETRIES + 1} times over the same items, most "
            f"often because memory ran out. {kept}, with fewer --workers."
        ) from error
    except (of_ray.ObjectStoreFullError, of_ray.OutOfDiskError) as error:
        raise WorkerDied(
            f"Ray's object store is full, and so is the disk that it spills to, or it may not spill. {kept}, "
            "with fewer --workers, or start the cluster with a larger --object-store-memory."
        ) from error
    except of_ray.RayTaskError as error:
        raise ClusterUnfit(_why_not_begun(error)) from error
    except of_ray.RayError as error:
        said = " ".join(str(error).split())
        raise WorkerDied(f"The Ray cluster failed: {said[:400]}. {kept}.") from error


def _why_not_begun(error: Any) -> str:
    """A task takes all errors of its function along; what is left is what kept it from beginning."""
    if isinstance(error.cause, ModuleNotFoundError):
        return (
            f"A worker of the Ray cluster lacks the module {error.cause.name}. Install on every machine of "
            "the cluster what this one has, or put it on the PYTHONPATH of `ray start`."
        )
    return f"A task could not begin on the Ray cluster: {' '.join(str(error.cause).split())[:400]}"
