"""CPU milliseconds an image, from PNG to PNG at 512 px, by stage, beside the usual pipeline.

    python tests/degradations/bench_degrade.py [--images N] [--scaling N ...]

The peer is GFP-GAN's data set code restated in plain OpenCV and numpy: BGR, a dense 41×41 cv2.filter2D,
float64 noise of np.random, PNG as cv2 writes it. All sides do the same draws of `gfpgan-release`, without
its colour steps and the flip, image after image in turn, so that a busy machine slows all alike; what
counts is the process's own CPU time. The HQ file comes in two kinds: written by bfrbench, as `align` and
`data get` leave it, and by libpng's filters (Pillow's default), as FFHQ's files are.

Scaling: wall-clock images a second, once the workers have started, and the peak memory of a process that
makes N images; other programs on the machine count here.
"""

import argparse
import io
import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy: a core is a core on all sides

import cv2
import numpy as np
import skimage.data
from PIL import Image as Pillow

from bfrbench import pixels
from bfrbench.degradations.fast import apply_fast
from bfrbench.degradations.presets import PRESETS, draw_recipe
from bfrbench.degradations.recipe import STEPS, Recipe
from bfrbench.parallel import keep_freed_memory, parallel_map

COLOUR = ("grey", "colour_shift", "colour_jitter")
CODEC = ("decode", "encode")
STAGES = ("decode", "to and from float", "blur", "resample", "noise", "jpeg", "encode")


class Stopwatch:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def __call__(self, stage: str, function: Callable[..., Any], *arguments: Any) -> Any:
        start = time.process_time()
        result = function(*arguments)
        self.seconds[stage] += time.process_time() - start
        return result


def exact(png: bytes, recipe: Recipe, timed: Stopwatch) -> bytes:
    image = timed("decode", pixels.decode_image, png, "the benchmark's image")
    values = timed("to and from float", pixels.to_unit, image)
    for step in recipe.steps:
        values = timed(step.op, STEPS[step.op], values, step)
    lq = timed("to and from float", pixels.from_unit, values)
    encoded: bytes = timed("encode", pixels.encode_png, lq)
    return encoded


def fast(png: bytes, recipe: Recipe, timed: Stopwatch) -> bytes:
    image = timed("decode", pixels.decode_image, png, "the benchmark's image")
    lq = timed("all steps", apply_fast, recipe, image)
    encoded: bytes = timed("encode", pixels.encode_png, lq)
    return encoded


def peer(png: bytes, recipe: Recipe, timed: Stopwatch) -> bytes:
    blur, down, noise, jpeg, up = (vars(step) for step in recipe.steps)
    image = timed("decode", cv2.imdecode, np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    image = timed("to and from float", lambda: image.astype(np.float32) / 255.0)
    image = timed("blur", lambda: cv2.filter2D(image, -1, peer_kernel(blur)))
    image = timed("resample", peer_resize, image, down)
    image = timed("noise", peer_noise, image, noise["sigma"])
    image = timed("jpeg", peer_jpeg, image, jpeg["quality"])
    image = timed("resample", peer_resize, image, up)
    lq = timed("to and from float", lambda: np.clip((image * 255.0).round(), 0, 255).astype(np.uint8))
    encoded: bytes = timed("encode", peer_png, lq)
    return encoded


def peer_kernel(blur: dict[str, Any]) -> Any:
    axis = np.arange(-20.0, 21.0)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    turn = np.array(
        [[np.cos(blur["theta"]), -np.sin(blur["theta"])], [np.sin(blur["theta"]), np.cos(blur["theta"])]]
    )
    covariance = turn @ np.diag([blur["sigma_x"] ** 2, blur["sigma_y"] ** 2]) @ turn.T
    kernel = np.exp(-0.5 * np.sum(grid @ np.linalg.inv(covariance) * grid, axis=2))
    return kernel / kernel.sum()


def peer_resize(image: Any, step: dict[str, Any]) -> Any:
    return cv2.resize(image, (step["width"], step["height"]), interpolation=cv2.INTER_LINEAR)


def peer_noise(image: Any, sigma: float) -> Any:
    field = np.float32(np.random.randn(*image.shape)) * sigma / 255.0  # as the peer does
    return np.clip(image + field, 0, 1).astype(np.float32)


def peer_jpeg(image: Any, quality: int) -> Any:
    _, data = cv2.imencode(".jpg", np.clip(image, 0, 1) * 255.0, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.float32(cv2.imdecode(data, cv2.IMREAD_COLOR)) / 255.0


def peer_png(image: Any) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


SIDES = {"exact": exact, "fast": fast, "peer": peer}


def recipe_of(number: int) -> Recipe:
    drawn = draw_recipe(PRESETS["gfpgan-release"], 0, f"face-{number}", (512, 512))
    return Recipe(steps=tuple(step for step in drawn.steps if step.op not in COLOUR))


def hq_files() -> dict[str, bytes]:
    libpng = io.BytesIO()
    Pillow.fromarray(skimage.data.astronaut()).save(libpng, "PNG")
    return {
        "written by bfrbench": pixels.encode_png(skimage.data.astronaut()),
        "written by libpng": libpng.getvalue(),
    }


def by_stage(kind: str, png: bytes, images: int) -> None:
    watches = {side: Stopwatch() for side in SIDES}
    sizes: Counter[str] = Counter()
    for number in range(images + 1):
        recipe = recipe_of(number)
        for side, run in SIDES.items():
            encoded = run(png, recipe, watches[side] if number else Stopwatch())  # the first round warms up
            sizes[side] += len(encoded)
    seconds = {side: watch.seconds for side, watch in watches.items()}
    print(f"\nHQ file {kind}, {len(png) // 1024} KiB; {images} images\n")
    print(f"{'CPU ms an image':<20}{'peer':>9}{'exact':>9}{'ratio':>8}{'fast':>9}{'ratio':>8}")
    for stage in STAGES:
        row(stage, {side: spent[stage] for side, spent in seconds.items()}, images)
    row("PNG in to PNG out", {side: spent.total() for side, spent in seconds.items()}, images)
    inside = {side: spent.total() - sum(spent[s] for s in CODEC) for side, spent in seconds.items()}
    row("without PNG", inside, images)
    rates = ", ".join(f"{side} {images / spent.total():.1f}" for side, spent in seconds.items())
    weights = ", ".join(f"{side} {size // (images + 1) // 1024}" for side, size in sizes.items())
    print(f"\nimages a second and core: {rates}\nKiB an LQ file: {weights}")


def row(stage: str, seconds: dict[str, float], images: int) -> None:
    text = f"{stage:<20}{1e3 * seconds['peer'] / images:>9.2f}"
    for side in ("exact", "fast"):
        own = 1e3 * seconds[side] / images
        text += f"{own:>9.2f}{seconds['peer'] / seconds[side]:>7.2f}×" if own else f"{'':>9}{'':>8}"
    print(text)


def one(side: str, png: bytes, number: int) -> int:
    cv2.setNumThreads(1)
    return len(SIDES[side](png, recipe_of(number), Stopwatch()))


def scaling(png: bytes, counts: list[int]) -> None:
    print(
        f"\n{'wall clock':<10}{'images':>9}{'workers':>9}{'a second':>10}{'MiB at most, of one process':>30}"
    )
    for count in counts:
        for side in ("exact", "fast"):
            for workers in (1, 2):
                results = parallel_map(partial(one, side, png), range(count + 1), workers)
                next(results)  # by then the workers have started
                start = time.perf_counter()
                rate = sum(1 for _ in results) / (time.perf_counter() - start)
                who = resource.RUSAGE_SELF if workers == 1 else resource.RUSAGE_CHILDREN
                memory = resource.getrusage(who).ru_maxrss / 1024
                print(f"{side:<10}{count:>9}{workers:>9}{rate:>10.1f}{memory:>30.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=60, help="recipes to time by stage")
    parser.add_argument("--scaling", type=int, nargs="*", default=[100], help="sizes of data sets to make")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    keep_freed_memory()  # as bfrbench's workers do; the peer, in this same process, gains as much
    np.random.seed(0)
    print(f"gfpgan-release at 512 px, one core, OpenCV {cv2.__version__}, numpy {np.__version__}")
    sources = hq_files()
    for kind, png in sources.items():
        by_stage(kind, png, arguments.images)
    scaling(sources["written by bfrbench"], arguments.scaling)


if __name__ == "__main__":
    main()
