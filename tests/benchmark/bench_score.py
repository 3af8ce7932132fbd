"""What scoring costs, beside other tools in the same run: `python tests/benchmark/bench_score.py`.

All on one thread, best of several repeats. Outside tools work in turn, as numbers are made without this
package: each reads both files and computes its own value, for every restorer. With `--scaling N ...`, whole
data sets of small images are scored instead, and the peak memory of the process is printed.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.data import astronaut
from skimage.io import imread
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bfrbench.benchmark.metrics.luma import y601
from bfrbench.benchmark.metrics.metric import Metric, why_not
from bfrbench.benchmark.metrics.table import METRICS as METRIC_TABLE
from bfrbench.benchmark.protocols import choice, protocol
from bfrbench.benchmark.provenance import peak_memory
from bfrbench.benchmark.restored import Restored
from bfrbench.benchmark.score import score_all
from bfrbench.benchmark.score_images import Chunk, Output, Task, score_images
from bfrbench.files import sha256_file
from bfrbench.pixels import write_png
from bfrbench.types import Card, DataSet, Pair
from bfrbench.weights import find

METRICS = [metric for metric in protocol("strict").metrics if not why_not(metric)]


def best_ms(function: Callable[[], object], repeats: int = 5) -> float:
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

        judge = pyiqa.create_metric("ms_ssim", device="cpu")
        tools["ms-ssim/luma"] = lambda: judge(str(restored), str(hq))
    if importlib.util.find_spec("lpips"):
        tools["lpips/alex"] = lpips_of(restored, hq)
    return tools


def lpips_of(restored: Path, hq: Path) -> Callable[[], object]:
    """The lpips package on the weights that we use."""
    import lpips

    network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    convolutions = [layer for layer in network.net.modules() if isinstance(layer, torch.nn.Conv2d)]
    with np.load(find("lpips-alex")) as file:
        for number, layer in enumerate(convolutions):
            layer.weight.data = torch.from_numpy(file[f"conv{number}.weight"])
            layer.bias.data = torch.from_numpy(file[f"conv{number}.bias"])

    def distance() -> object:
        with torch.inference_mode():
            return network(*(lpips.im2tensor(lpips.load_image(str(path))) for path in (hq, restored)))

    return distance


def task_of(folder: Path, size: int, restorers: int) -> Task:
    """One pair of size×size and its restored images, each another one."""
    hq = cv2.resize(astronaut()[:320, 64:384], (size, size), interpolation=cv2.INTER_AREA)
    write_png(folder / f"hq-{size}.png", hq)
    outputs = []
    for number in range(restorers):
        path = folder / f"restored-{size}-{number}.png"
        write_png(path, cv2.GaussianBlur(hq, (0, 0), 2.0 + number))
        outputs.append(Output(path))
    sha256 = sha256_file(folder / f"hq-{size}.png")
    return Task(Pair("a", "", "", "", sha256, "ann", None), folder / f"hq-{size}.png", tuple(outputs))


def one_pass_ms(metrics: Sequence[Metric], task: Task) -> float:
    """Milliseconds of scoring a pair with nothing remembered."""
    return best_ms(lambda: score_images(metrics, {}, Chunk([task])))


def bench_images(size: int, folder: Path) -> None:
    """One image of size×size: each metric alone, then all in one pass, for one, two and four restorers."""
    metrics = [m for m in METRICS if m.min_size <= size]
    task = task_of(folder, size, 1)
    tools = outside_tools(Path(str(task.outputs[0].file)), Path(str(task.hq)))
    print(f"\n{size}×{size}, ms an image       here  outside  (both read the files)")
    theirs = {}
    for metric in metrics:
        ours = one_pass_ms([metric], task)
        theirs[metric.id] = best_ms(tools[metric.id]) if metric.id in tools else float("nan")
        print(f"  {metric.id:<24} {ours:>8.1f} {theirs[metric.id]:>8.1f}")
    shared = [m for m in metrics if m.id in tools]
    in_turn = sum(theirs[m.id] for m in shared)
    for restorers in (1, 2, 4):
        task = task_of(folder, size, restorers)
        every = one_pass_ms(metrics, task) / restorers
        some = one_pass_ms(shared, task) / restorers
        print(
            f"  {restorers} in one pass: all {len(metrics)} {every:.1f} ms an image; the {len(shared)} that "
            f"both have {some:.1f}, outside in turn {in_turn:.1f}: {in_turn / some:.1f}× faster"
        )


def bench_scaling(counts: Sequence[int], folder: Path) -> None:
    """Whole data sets of 64×64 images: images a second, and the most memory that the process ever had."""
    metrics = [METRIC_TABLE[name] for name in ("psnr/rgb", "ssim/rgb", "lpips/alex", "fd/alexnet")]
    for count in counts:
        data, files = noise_set(folder / f"n{count}", count)
        began = time.perf_counter()
        score_all(
            [Restored("itself", files, {}, {}, f"{count}")],
            data,
            [folder / f"out{count}"],
            protocol=choice(metrics),
            memory=folder / f"memory-of-{count}",
        )
        rate, peak = count / (time.perf_counter() - began), peak_memory() / 2**20
        print(
            f"  {count:>6} images of 64 px, {len(metrics)} metrics: {rate:.0f} a second, peak {peak:.0f} MiB"
        )


def noise_set(folder: Path, count: int) -> tuple[DataSet, dict[str, Path]]:
    """A data set of noise, each image a person of its own, and its files by name."""
    folder.mkdir()
    random, pairs, files = np.random.default_rng(0), [], {}
    for number in range(count):
        path = folder / f"{number:05}.png"
        write_png(path, random.integers(0, 256, (64, 64, 3), dtype=np.uint8))
        pairs.append(Pair(path.stem, "", path.name, "", sha256_file(path), path.stem, None))
        files[path.stem] = path
    card = Card("noise", count, count, None, "", None, 1, "", "", "0" * 64)
    return DataSet(folder, card, tuple(pairs)), files


def main() -> None:
    """Print all of it."""
    if os.environ.get("OMP_NUM_THREADS") != "1":  # BLAS looks at it when it is loaded: start anew
        sys.exit(subprocess.call([sys.executable, *sys.argv], env={**os.environ, "OMP_NUM_THREADS": "1"}))
    parser = argparse.ArgumentParser(description="What scoring costs.")
    parser.add_argument("--scaling", type=int, nargs="*", default=[], metavar="N", help="sets of N images")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        for size in () if options.scaling else (128, 512):
            bench_images(size, Path(folder))
        bench_scaling(options.scaling, Path(folder))


if __name__ == "__main__":
    main()
