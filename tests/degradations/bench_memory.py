"""Peak memory of making a data set, and how much of it a pair takes: it should not grow with their number.

    python tests/degradations/bench_memory.py [PAIRS ...]     # default: 100 1000 10000

Faces are 16 px, so that what grows is what `degrade` keeps of a pair and not its pixels. Each data set is
made by a process of its own, with one worker.
"""

import argparse
import multiprocessing
import resource
import tempfile
from pathlib import Path

import numpy as np

from bfrbench import pixels
from bfrbench.degradations.dataset import make_dataset

PRESET = "gfpgan-release-128"


def make(count: int, folder: Path) -> float:
    """Peak MiB of this process after a data set of `count` pairs; 0 makes none."""
    if count:
        hq = folder / "hq"
        hq.mkdir()
        face = pixels.encode_png(np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8))
        for number in range(count):
            (hq / f"{number:07d}.png").write_bytes(face)
        make_dataset(hq, folder / "out", preset=PRESET)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pairs", type=int, nargs="*", default=[100, 1000, 10000])
    spawn = multiprocessing.get_context("spawn")
    before, last = None, 0
    print(f"{'pairs':>8}{'peak MiB':>12}{'KiB a further pair':>22}")
    for count in parser.parse_args().pairs:
        with tempfile.TemporaryDirectory() as folder, spawn.Pool(1) as pool:
            peak = pool.apply(make, (count, Path(folder)))
        further = "" if before is None else f"{1024 * (peak - before) / (count - last):.2f}"
        print(f"{count:>8}{peak:>12.0f}{further:>22}", flush=True)
        before, last = peak, count


if __name__ == "__main__":
    main()
