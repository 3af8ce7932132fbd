"""What the Ray engine costs beside the local one, on this machine alone.

    python tests/scale/bench_ray.py [--rounds N] 100 1000 10000

`degrade` makes pictures of 64 px, which is where overhead shows most: an item takes milliseconds. Time is of
nine tenths of the images, from the first tenth on, so that the start of workers is not in it; that is the
column `first`, seconds until the first image is there. Memory is the most that the driver, and that any
worker, ever had; spilled is what Ray's object store put on the disk. Each measurement has a process of its
own; the engines take turns, and of each the quickest of N rounds counts, and the most memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import ray
from skimage.data import astronaut

from bfrbench.benchmark.provenance import peak_memory
from bfrbench.degradations.dataset import make_dataset
from bfrbench.engine import Engine, LocalEngine
from bfrbench.pixels import write_png
from bfrbench.ray_engine import connected

SIDE = 64


@dataclass(frozen=True)
class Cost:
    """Of one data set."""

    first: float  # seconds until the first images are there
    each: float  # seconds an image, from the first tenth on
    driver: int  # bytes, at most
    worker: int
    spilled: int


def draw(folder: Path, count: int) -> None:
    """Crops of one photograph, each another."""
    folder.mkdir()
    photo = astronaut()
    for number in range(count):
        top, left = number // 400, number % 400
        write_png(
            folder / f"{number:06}.png", np.ascontiguousarray(photo[top : top + SIDE, left : left + SIDE])
        )


@contextmanager
def engine_of(kind: str, workers: int) -> Iterator[Engine]:
    """The engine; Ray's on a cluster of its own."""
    if kind == "local":
        yield LocalEngine(workers)
        return
    with connected(None, workers=workers) as engine:
        yield engine


def memory_of(_: int) -> int:
    """The most that this worker had; slow enough that each worker is asked."""
    time.sleep(0.2)
    return peak_memory()


def spilled() -> int:
    """Bytes that object stores put on the disk of this session."""
    if not ray.is_initialized():
        return 0
    session = Path(ray._private.worker._global_node.get_session_dir_path())
    if not session.is_dir():
        raise SystemExit(f"Ray's session is not at {session}: what it spilled cannot be counted.")
    return sum(path.stat().st_size for path in session.glob("ray_spilled_objects*/*"))


def measure(faces: Path, kind: str, workers: int) -> Cost:
    """Make a data set of all faces."""
    began = time.monotonic()
    seen: list[tuple[int, float]] = []
    with engine_of(kind, workers) as engine, tempfile.TemporaryDirectory() as place:
        make_dataset(
            faces,
            Path(place) / "data",
            preset="gfpgan-release-128",
            engine=engine,
            on_progress=lambda done, _: seen.append((done, time.monotonic())),
        )
        worker = max(engine.map(memory_of, range(4 * workers))) if workers > 1 or kind == "ray" else 0
        count, end = seen[-1]
        tenth, then = next((done, when) for done, when in seen if done >= count / 10)
        return Cost(seen[0][1] - began, (end - then) / (count - tenth), peak_memory(), worker, spilled())


def measured(faces: Path, kind: str, workers: int) -> Cost:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--row", str(faces), kind, str(workers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def best_of(costs: Sequence[Cost]) -> Cost:
    """The quickest, with the most memory."""
    return Cost(
        first=min(cost.first for cost in costs),
        each=min(cost.each for cost in costs),
        driver=max(cost.driver for cost in costs),
        worker=max(cost.worker for cost in costs),
        spilled=max(cost.spilled for cost in costs),
    )


def main() -> None:
    """Print the table."""
    if sys.argv[1] == "--row":
        print(json.dumps(asdict(measure(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("counts", type=int, nargs="+")
    options = parser.parse_args()
    print("| images | workers | local, each | Ray, each | ratio | local, first | Ray, first |", end="")
    print(" local driver | Ray driver | Ray worker | spilled |\n" + "|--:" * 11 + "|", flush=True)
    for count in options.counts:
        with tempfile.TemporaryDirectory() as place:
            faces = Path(place) / "faces"
            draw(faces, count)
            for workers in (1, 2):
                rounds = [
                    [measured(faces, kind, workers) for kind in ("local", "ray")]
                    for _ in range(options.rounds)
                ]
                local, far = map(best_of, zip(*rounds, strict=True))
                memory = (f"{size / 2**20:.0f} MiB" for size in (local.driver, far.driver, far.worker))
                print(
                    f"| {count:,} | {workers} | {1000 * local.each:.1f} ms | {1000 * far.each:.1f} ms "
                    f"| {far.each / local.each:.2f} | {local.first:.1f} s | {far.first:.1f} s "
                    f"| {' | '.join(memory)} | {far.spilled} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
