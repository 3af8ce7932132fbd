"""How exact and how fast the detectors are: `python tests/detection/bench_detection.py [SHARED]`.

SHARED is a folder with `data/faces512/` and `data/landmarks189_512.npz`, points that people marked. Errors
are distances to the marked pupils and mouth corners as a share of the distance between the pupils; the same
faces degraded by GFP-GAN's preset show what is left when a face is bad. Detectors without weights are named.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrbench.degradations.presets import find_preset
from bfrbench.degradations.presets.preset import draw_recipe
from bfrbench.degradations.recipe import apply
from bfrbench.detection import DETECTORS, Detector, open_detector
from bfrbench.errors import WeightsUnavailable
from bfrbench.pixels import read_image
from bfrbench.types import Image

EYES, MOUTH = [0, 1], [87, 93]  # of the 189 marked points: pupils, mouth corners
PRESET = "gfpgan-release"


def labelled_faces(shared: Path) -> list[tuple[str, Image, NDArray[np.float64]]]:
    """Name, picture, and the four marked points (eyes, mouth corners; the left of the picture first)."""
    with np.load(shared / "data/landmarks189_512.npz") as marked:
        return [
            (name, read_image(shared / "data/faces512" / name), marked[key][EYES + MOUTH].astype(float))
            for key in marked.files
            if (shared / "data/faces512" / (name := key.removeprefix("img|"))).is_file()
        ]


def degraded(name: str, image: Image) -> Image:
    """The picture as GFP-GAN's training would spoil it."""
    recipe = draw_recipe(find_preset(PRESET), 0, name, image.shape[:2])
    return apply(recipe, image)


def row(name: str, detector: Detector, faces: list[tuple[str, Image, NDArray[np.float64]]]) -> str:
    """One line of the table."""
    errors, times = [], []
    for _, image, marked in faces:
        began = time.perf_counter()
        found = detector(image)
        times.append(time.perf_counter() - began)
        if found:
            points = found[0].landmarks[[0, 1, 3, 4]]
            pupils = np.hypot(*(marked[1] - marked[0]))
            errors.append(np.hypot(*(points - marked).T) / pupils)
    if not errors:
        return f"| {name} | 0 % | | | | {1e3 * np.median(times):.0f} |"
    table = np.array(errors)
    eyes, mouth = table[:, :2], table[:, 2:]
    return (
        f"| {name} | {len(errors) / len(faces):.1%} | {eyes.mean():.4f} | {np.percentile(eyes, 95):.4f} "
        f"| {mouth.mean():.4f} | {1e3 * np.median(times):.0f} |"
    )


def main() -> None:
    """Print a table of the faces as they are, and one of the same faces degraded."""
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BFRBENCH_SHARED", "../shared"))
    faces = labelled_faces(shared)
    spoilt = [(name, degraded(name, image), marked) for name, image, marked in faces]
    for title, some in (("as they are", faces), (f"degraded by {PRESET}", spoilt)):
        print(f"\n{len(some)} faces of 512 px, {title}\n")
        print("| detector | found | eyes, mean | eyes, 95 % | mouth, mean | ms |")
        print("|---|---|---|---|---|---|")
        for name in DETECTORS:
            try:
                print(row(name, open_detector(name), some), flush=True)
            except WeightsUnavailable:
                print(f"| {name} | its weights are not here | | | | |")


if __name__ == "__main__":
    main()
