"""What distances of sets cost, beside SciPy's matrix square root: `python tests/benchmark/bench_frechet.py`.

2048 numbers an image, and as many images in the reference; in seconds of the processor's time on one thread,
so that other work on the machine hardly shows. Each size has a process of its own, whose greatest memory
before SciPy's turn is stated. It takes some minutes, most of them SciPy's.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import scipy.linalg

from bfrbench.benchmark.features import ArrayFeatures
from bfrbench.benchmark.metrics.frechet import frechet, frechet_distance
from bfrbench.benchmark.metrics.kid import kid
from bfrbench.benchmark.metrics.metric import SetValue
from bfrbench.benchmark.metrics.precision_recall import precision

SIZES = (180, 407, 1711, 3000)  # CelebChild, WebPhoto, LFW-Test, CelebA-Test
DIMENSION = 2048


def drawn(n: int, seed: int) -> ArrayFeatures:
    """n vectors, none negative, with a spectrum that falls as an Inception's does; one image a person."""
    random = np.random.default_rng(seed)
    scales = np.arange(1, DIMENSION + 1) ** -0.5
    vectors = np.maximum(random.normal(0.01 * seed, 1.0, (n, DIMENSION)) * scales, 0.0)
    return ArrayFeatures(vectors.astype(np.float32), [f"{place:05}" for place in range(n)])


def seconds(function: Callable[[], object], repeats: int) -> float:
    """Of the fastest of several calls."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        function()
        times.append(time.process_time() - began)
    return min(times)


def by_square_root(one: np.ndarray, other: np.ndarray) -> float:
    """The formula with SciPy's square root of the product of the covariances."""
    step = one.mean(axis=0, dtype=float) - other.mean(axis=0, dtype=float)
    first, second = (np.cov(vectors, rowvar=False, dtype=float) for vectors in (one, other))
    root = scipy.linalg.sqrtm(first @ second)
    return float(step @ step + np.trace(first) + np.trace(second) - 2 * np.trace(root).real)


def bench(n: int) -> None:
    """One line of the table."""
    one, other = drawn(n, 0), drawn(n, 1)
    repeats = 5 if n < 1000 else 1
    distance = seconds(lambda: frechet_distance(one, other), repeats)
    left_out: dict[Callable[..., SetValue], float] = {
        metric: seconds(lambda metric=metric: metric(one, other), repeats)  # type: ignore[misc]
        for metric in (frechet, kid, precision)
    }
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    theirs = by_square_root(one.vectors, other.vectors)
    root = time.process_time() - began
    off = abs(frechet_distance(one, other) / theirs - 1)
    print(
        f"{n:>6} {distance:>9.3f} {root:>9.1f} {root / distance:>8.0f}× {off:>9.0e}"
        + "".join(f" {left_out[metric]:>9.2f}" for metric in (frechet, kid, precision))
        + f" {most:>8.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Print all of it."""
    if len(sys.argv) > 1:
        bench(int(sys.argv[1]))
        return
    print("           Fréchet distance, seconds             with the jackknife over n people, seconds")
    print("     n      here     scipy   faster    differ   Fréchet       KID precision    memory")
    for n in SIZES:  # BLAS looks at the number of threads when it is loaded: start anew
        subprocess.check_call([sys.executable, __file__, str(n)], env={**os.environ, "OMP_NUM_THREADS": "1"})


if __name__ == "__main__":
    main()
