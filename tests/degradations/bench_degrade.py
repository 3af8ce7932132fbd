"""Images a second on one core, from PNG to PNG at 512 px, by stage, beside the usual pipeline.

    python tests/degradations/bench_degrade.py [--images N]

The peer is GFP-GAN's data set code restated in plain OpenCV and numpy: BGR, a dense 41×41 cv2.filter2D,
float64 noise of np.random, PNG as cv2 writes it. Both sides do the same draws of `gfpgan-release`,
without its colour steps, image after image in turn, so that a busy machine slows both alike.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import skimage.data

from bfrbench import pixels
from bfrbench.degradations.presets import PRESETS, draw_recipe
from bfrbench.degradations.recipe import STEPS, Recipe

COLOUR = ("grey", "colour_shift", "colour_jitter")


class Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def __call__(self, stage: str, function: Callable[..., Any], *arguments: Any) -> Any:
        start = time.process_time()
        result = function(*arguments)
        self.seconds[stage] += time.process_time() - start
        return result


def ours(png: bytes, recipe: Recipe, timed: Stopwatch) -> bytes:
    image = timed("decode", pixels.decode_image, png, "the benchmark's image")
    values = timed("to and from float", pixels.to_unit, image)
    for step in recipe.steps:
        values = timed(step.op, STEPS[step.op], values, step)
    lq = timed("to and from float", pixels.from_unit, values)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=60)
    images = parser.parse_args().images
    cv2.setNumThreads(1)
    np.random.seed(0)
    png = pixels.encode_png(skimage.data.astronaut())
    sides = {"bfrbench": (ours, Stopwatch()), "peer": (peer, Stopwatch())}
    for number in range(images + 1):
        drawn = draw_recipe(PRESETS["gfpgan-release"], 0, f"face-{number}", (512, 512))
        recipe = Recipe(steps=tuple(step for step in drawn.steps if step.op not in COLOUR))
        for run, timed in sides.values():
            run(png, recipe, timed if number else Stopwatch())  # the first round warms up
    report(*(timed.seconds for _, timed in sides.values()), images=images)


def report(mine: Counter[str], theirs: Counter[str], images: int) -> None:
    print(
        f"{images} draws of gfpgan-release at 512 px, one core, OpenCV {cv2.__version__}; CPU ms per image\n"
    )
    print(f"{'stage':<20}{'bfrbench':>10}{'peer':>10}{'ratio':>8}")
    for stage in mine:
        row(stage, mine[stage], theirs[stage], images)
    row("PNG in to PNG out", mine.total(), theirs.total(), images)
    codec = ("decode", "encode")
    row("without PNG", *(s.total() - sum(s[stage] for stage in codec) for s in (mine, theirs)), images)
    print(f"\nimages a second: {images / mine.total():.1f}, peer {images / theirs.total():.1f}")


def row(stage: str, mine: float, theirs: float, images: int) -> None:
    print(f"{stage:<20}{1e3 * mine / images:>10.2f}{1e3 * theirs / images:>10.2f}{theirs / mine:>8.2f}")


if __name__ == "__main__":
    main()
