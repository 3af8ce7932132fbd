"""What an image costs in each stage: seconds of one core, and bytes read and written.

    python tests/scale/bench_stages.py 128 512

From it follow the core-hours and the network of any number of images: docs/scale.md. Seconds are the
process's own (not the clock's), so that a busy machine gives nearly the same table. Judges are built before.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

from bfrbench.benchmark.metrics.metric import why_not
from bfrbench.benchmark.protocols import choice, protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score
from bfrbench.degradations.dataset import make_dataset
from bfrbench.pixels import read_image, write_png
from bfrbench.types import Image

MANY = 10_000_000
NETWORK = 1.25e9
"""Bytes a second of 10 Gbit/s."""


def draw(folder: Path, side: int, count: int) -> None:
    """One face, tinted, with a little noise, so that PNGs are as large as photographs'."""
    folder.mkdir()
    face = cv2.resize(astronaut()[0:224, 112:336], (side, side), interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    for number in range(count):
        picture = face * rng.uniform(0.8, 1.1, 3) + rng.normal(0.0, 1.5, face.shape)
        write_png(folder / f"{number:04}.png", np.clip(picture, 0, 255).astype(np.uint8))


def size_of(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def stages(side: int, count: int, place: Path) -> Iterator[tuple[str, Callable[[], object], int, Path]]:
    """Name, what to do, bytes that it reads, and the folder that it fills; in order."""
    faces, data, run, out = (place / name for name in ("faces", "data", "run", "scores"))
    draw(faces, side, count)
    files = sorted(faces.iterdir())
    pictures: list[Image] = []
    yield "PNG, decode", lambda: pictures.extend(map(read_image, files)), size_of(faces), place / "nothing"
    copies = place / "copies"
    copies.mkdir()
    encode = [partial(write_png, copies / file.name) for file in files]
    yield "PNG, encode", lambda: [put(one) for put, one in zip(encode, pictures, strict=True)], 0, copies
    preset = "gfpgan-release" if side >= 256 else "gfpgan-release-128"
    made = make_dataset(faces, place / "before", preset=preset, limit=2)
    metrics = [metric for metric in protocol("strict").metrics if not why_not(metric)]
    strict = choice(metrics)
    first = restore(made, place / "first", resolve("bilateral"), spec="bilateral")
    score(place / "first", made, place / "warm", protocol=strict, memory=place / "warm.sqlite")
    assert first.images
    data_set = []
    yield "degrade", lambda: data_set.append(make_dataset(faces, data, preset=preset)), size_of(faces), data
    bilateral = resolve("bilateral")
    lq = size_of(data / "lq")
    yield "restore, bilateral", lambda: restore(data_set[0], run, bilateral, spec="bilateral"), lq, run
    both = size_of(data / "hq") + size_of(run)
    memory = place / "memory.sqlite"
    yield "score, strict", lambda: score(run, data_set[0], out, protocol=strict, memory=memory), both, out


def main() -> None:
    """Print the table."""
    print(
        "| px | stage | core ms an image | KB read | KB written | 10 million: core-hours | TB moved |", end=""
    )
    print(" hours of 10 Gbit/s |\n|--:|---|" + "--:|" * 6, flush=True)
    for side in map(int, sys.argv[1:]):
        count = 60 if side <= 128 else 24
        with tempfile.TemporaryDirectory() as folder:
            for name, work, read, fills in stages(side, count, Path(folder)):
                began = time.process_time()
                work()
                each = (time.process_time() - began) / count
                bytes_in, bytes_out = read / count, size_of(fills) / count
                moved = (bytes_in + bytes_out) * MANY
                print(
                    f"| {side} | {name} | {1000 * each:.0f} | {bytes_in / 1000:.0f} | {bytes_out / 1000:.0f} "
                    f"| {each * MANY / 3600:,.0f} | {moved / 1e12:.1f} | {moved / NETWORK / 3600:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
