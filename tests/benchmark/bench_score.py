"""What scoring costs, beside other tools in the same run: `python tests/benchmark/bench_score.py`.

All on one thread, best of several repeats. Outside tools work in turn, as the numbers are made without this
package: each reads both files and computes its own value.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import scipy.linalg
import torch
from skimage.data import astronaut
from skimage.io import imread
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bfrbench.benchmark.metrics.frechet import FeatureSet, frechet_distance
from bfrbench.benchmark.metrics.luma import y601
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.score_images import Task, score_images, start_tally
from bfrbench.files import sha256_file
from bfrbench.pixels import write_png
from bfrbench.types import Pair
from bfrbench.weights import locate

METRICS = [m for m in protocol("strict").metrics if all(locate(name) for name in m.weights)]


def best_ms(function: Callable[[], object], repeats: int = 7) -> float:
    """Milliseconds of the fastest call, after one that warms up."""
    function()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return 1e3 * min(times)


def outside_tools(restored: Path, hq: Path) -> dict[str, Callable[[], object]]:
    """What others compute of the same, reading the files themselves; those that are installed."""
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}

    def both() -> tuple[np.ndarray, np.ndarray]:
        return imread(hq), imread(restored)

    def luma() -> tuple[np.ndarray, np.ndarray]:
        return y601(imread(hq)), y601(imread(restored))

    tools: dict[str, Callable[[], object]] = {
        "psnr/rgb": lambda: peak_signal_noise_ratio(*both(), data_range=255),
        "psnr/y601": lambda: peak_signal_noise_ratio(*luma(), data_range=255),
        "ssim/rgb": lambda: structural_similarity(*both(), channel_axis=2, **window),
        "ssim/y601": lambda: structural_similarity(*luma(), **window),
    }
    if importlib.util.find_spec("pyiqa"):
        import pyiqa

        for metric, name in (("ms-ssim/luma", "ms_ssim"), ("niqe/y601", "niqe"), ("lpips/alex", "lpips")):
            judge = pyiqa.create_metric(name, device="cpu")
            tools[metric] = lambda judge=judge: judge(str(restored), str(hq))
    return tools


def bench_images(size: int, folder: Path) -> None:
    """One image of size×size: each metric alone, then all in one pass and in turn."""
    hq = cv2.resize(astronaut()[:320, 64:384], (size, size), interpolation=cv2.INTER_AREA)
    restored = cv2.GaussianBlur(hq, (0, 0), 2.0)
    paths = {"hq": folder / "hq.png", "restored": folder / "restored.png"}
    write_png(paths["hq"], hq)
    write_png(paths["restored"], restored)
    pair = Pair("a", "", "hq.png", "", sha256_file(paths["hq"]), "ann", None)
    metrics = [m for m in METRICS if m.min_size <= size]
    tools = outside_tools(paths["restored"], paths["hq"])
    print(f"\n{size}×{size}, ms an image       here  outside  (outside reads the files too)")
    ours, theirs = {}, {}
    for metric in metrics:
        start_tally([metric], {})
        ours[metric.id] = best_ms(lambda metric=metric: metric.start().add(restored, hq, pair))
        theirs[metric.id] = best_ms(tools[metric.id]) if metric.id in tools else float("nan")
        print(f"  {metric.id:<24} {ours[metric.id]:>8.1f} {theirs[metric.id]:>8.1f}")
    task = Task(pair, paths["restored"], "missing", paths["hq"])
    one_pass = best_ms(lambda: score_images(metrics, {}, [task]))
    print(
        f"  all {len(metrics)} in one pass      {one_pass:>8.1f}          (files read once, hashes checked)"
    )
    shared = [m for m in metrics if m.id in tools]
    pass_of_shared = best_ms(lambda: score_images(shared, {}, [task]))
    in_turn = sum(theirs[m.id] for m in shared)
    print(
        f"  the {len(shared)} that both have   {pass_of_shared:>8.1f} {in_turn:>8.1f}"
        f"  {in_turn / pass_of_shared:.1f}× faster; "
        f"all {len(metrics)} here cost {one_pass / in_turn:.2f}× their {len(shared)}"
    )


def bench_frechet(n: int = 407, d: int = 2048) -> None:
    """The distance of n vectors to n others, beside SciPy's square root of the d×d product."""
    rng = np.random.default_rng(0)
    scale = np.linspace(1.0, 0.01, d)
    one, other = ((rng.normal(0, 1, (n, d)) * scale + shift).astype(np.float32) for shift in (0.0, 0.01))
    sets = [FeatureSet(list(vectors)) for vectors in (one, other)]
    ours = best_ms(lambda: frechet_distance(*sets), 5)
    began = time.perf_counter()
    step = one.mean(axis=0, dtype=float) - other.mean(axis=0, dtype=float)
    first, second = (np.cov(vectors, rowvar=False, dtype=float) for vectors in (one, other))
    root = scipy.linalg.sqrtm(first @ second)
    value = step @ step + np.trace(first) + np.trace(second) - 2 * np.trace(root).real
    theirs = 1e3 * (time.perf_counter() - began)
    agreement = abs(frechet_distance(*sets) / value - 1)
    print(f"\nFréchet distance, n = {n}, d = {d}: {ours:.0f} ms; scipy sqrtm {theirs:.0f} ms: ", end="")
    print(f"{theirs / ours:.0f}× faster, relative difference {agreement:.0e}")


def main() -> None:
    """Print all of it."""
    if os.environ.get("OMP_NUM_THREADS") != "1":  # BLAS looks at it when it is loaded: start anew
        sys.exit(subprocess.call([sys.executable, __file__], env={**os.environ, "OMP_NUM_THREADS": "1"}))
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        for size in (128, 512):
            bench_images(size, Path(folder))
    bench_frechet()


if __name__ == "__main__":
    main()
