"""The verb `restore`: a data set through a restorer into a run.

Batches are cut from the sorted names, so what is in a batch depends on nothing but the batch size. A run
that was interrupted goes on batch by batch; a batch counts as done only when all of its images are there.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import count
from pathlib import Path

from bfrbench.benchmark.adopt import adopt
from bfrbench.benchmark.attempt import attempt, start
from bfrbench.benchmark.provenance import peak_memory, provenance
from bfrbench.benchmark.runs import Plan, begin, digest, finish, open_run
from bfrbench.engine import HERE, Engine
from bfrbench.errors import InputError, UnreadableImage
from bfrbench.files import read_bytes, read_named, sha256_bytes
from bfrbench.pixels import decode_image, write_png
from bfrbench.types import DataSet, Image, ImageState, Pair, Restorer, Run

_PHASES = ("read", "restore", "write")

__all__ = ["adopt", "open_run", "restore"]


def restore(
    data: DataSet,
    out: Path,
    build: Callable[[], Restorer],
    *,
    spec: str,
    batch: int = 1,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Run:
    """Restore every LQ image of a data set, and write `out/restored/NAME.png` and `out/run.json`.

    `build` makes the restorer, once in every worker process; it must pickle. `spec` says where it came
    from. The same call on the same folder goes on where it stopped, keeps finished batches and tries
    failed images again. An image that the restorer fails on is recorded as `restorer_error`, one whose LQ
    is no picture as `unreadable`; neither gets a file. `on_progress(done, total)` counts images.

    Raises OutputError when `out` holds another run or the disk is full, InputError when an LQ file is not
    the one that the data set names, RestorerFailed when the restorer cannot be built or memory runs out.
    """
    if batch < 1:
        raise InputError(f"The batch size is {batch}; it must be 1 or more.")
    pairs = sorted(data.pairs, key=lambda pair: pair.name)
    if not all(pair.lq for pair in pairs):
        raise InputError(f"{data.folder} has no LQ images to restore.")
    began = time.perf_counter()
    job = _Job(data.folder, out / "restored", build)
    try:
        plan, origin = engine.once(partial(_plan, spec=spec, data=data.card.manifest_sha256), job)
        if engine.workers > 1:
            _restorer.cache_clear()  # the workers build their own
        begin(out, plan)
        batches = (pairs[first : first + batch] for first in range(0, len(pairs), batch))
        results = engine.map(partial(_do_batch, job), batches, together=max(1, 16 // batch))
        images, cost = _sum_up(results, len(pairs), on_progress)
    finally:
        _restorer.cache_clear()
    if cost:
        cost["wall_seconds"] = time.perf_counter() - began
    run = Run(
        restorer=plan.restorer,
        spec=spec,
        dataset_sha256=plan.dataset_sha256,
        images=images,
        weights_sha256=plan.weights_sha256,
        provenance={**origin, "batch": str(batch), "workers": str(engine.workers)},
        cost=cost,
    )
    return _written_before(out, run) or finish(out, run)


@dataclass(frozen=True)
class _Job:
    """What a worker process has to know; a call's jobs share one restorer."""

    data: Path
    restored: Path
    build: Callable[[], Restorer] = field(compare=False)
    call: int = field(default_factory=count().__next__)  # Ray's workers outlive a call


@dataclass(frozen=True)
class _Done:
    """What became of one batch, and its price."""

    images: list[ImageState]
    seconds: Mapping[str, float] = field(default_factory=dict)  # by phase; empty: kept from before
    process: int = field(default_factory=os.getpid)
    memory: int = field(default_factory=peak_memory)


@lru_cache(maxsize=1)
def _restorer(job: _Job) -> Restorer:
    return start(job.build)


def _plan(job: _Job, *, spec: str, data: str) -> tuple[Plan, dict[str, str]]:
    """What the run will be, over a data set by its sha256, and where it comes from."""
    restorer = _restorer(job)
    weights = dict(getattr(restorer, "weights_sha256", {}))
    return Plan(restorer.name, spec, data, weights), provenance(restorer)


def _do_batch(job: _Job, pairs: Sequence[Pair]) -> _Done:
    """Restore and write one batch, or find that it is already there."""
    kept = _kept(job.restored, pairs)
    if kept is not None:
        return _Done(kept)
    restorer = _restorer(job)
    seconds = dict.fromkeys(_PHASES, 0.0)
    with _timed(seconds, "read"):
        by_size, states = _read(job.data, pairs)
    for lq in by_size:
        with _timed(seconds, "restore"):
            outputs = attempt(restorer, lq)
        with _timed(seconds, "write"):
            states += [_write(job.restored, name, output) for name, output in outputs.items()]
    for state in states:
        if state.state != "ok":
            (job.restored / f"{state.name}.png").unlink(missing_ok=True)
    return _Done(sorted(states, key=lambda state: state.name), seconds)


def _kept(restored: Path, pairs: Sequence[Pair]) -> list[ImageState] | None:
    """The states of a batch whose images are all there and whole, else None."""
    states = []
    for pair in pairs:
        path = restored / f"{pair.name}.png"
        try:
            data = read_bytes(path)
            decode_image(data, str(path))
        except (OSError, UnreadableImage):
            return None
        states.append(ImageState(pair.name, "ok", sha256_bytes(data)))
    return states


def _read(folder: Path, pairs: Sequence[Pair]) -> tuple[list[dict[str, Image]], list[ImageState]]:
    """The LQ images of a batch, grouped by size so that they can be stacked; and the unreadable ones."""
    by_size: defaultdict[tuple[int, ...], dict[str, Image]] = defaultdict(dict)
    unreadable = []
    for pair in pairs:
        path = folder / pair.lq
        try:
            image = decode_image(read_named(path, pair.lq_sha256), str(path))
        except UnreadableImage as error:
            unreadable.append(ImageState(pair.name, "unreadable", message=str(error)))
        else:
            by_size[image.shape][pair.name] = image
    return list(by_size.values()), unreadable


def _write(restored: Path, name: str, output: Image | str) -> ImageState:
    if isinstance(output, str):
        return ImageState(name, "restorer_error", message=output)
    return ImageState(name, "ok", sha256_bytes(write_png(restored / f"{name}.png", output)))


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[phase] += time.perf_counter() - began


def _sum_up(
    results: Iterable[_Done], total: int, on_progress: Callable[[int, int], None]
) -> tuple[tuple[ImageState, ...], dict[str, float]]:
    """All images in order, and the price of those that this call restored, if any."""
    images: list[ImageState] = []
    seconds = dict.fromkeys(_PHASES, 0.0)
    memory: dict[int, int] = {}
    restored = 0
    for done in results:
        images += done.images
        for phase, spent in done.seconds.items():
            seconds[phase] += spent
        restored += len(done.images) if done.seconds else 0
        memory[done.process] = done.memory
        on_progress(len(images), total)
    if not restored:
        return tuple(images), {}
    cost = {f"{phase}_seconds": spent for phase, spent in seconds.items()}
    cost["images"] = restored  # fewer than the run has, when it went on after an interruption
    cost["images_per_second"] = restored / seconds["restore"] if seconds["restore"] else 0.0
    cost["peak_memory_bytes"] = sum(memory.values())
    return tuple(images), cost


def _written_before(out: Path, run: Run) -> Run | None:
    """The run that `out` describes already, if this call came to the same: its cost counts all images."""
    try:
        before = open_run(out)
    except InputError:
        return None
    return before if before.sha256 == digest(run) else None
