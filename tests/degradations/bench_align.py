"""What `align` costs in memory, and how far its landmarks are from the recipe's.

    python tests/degradations/bench_align.py                    # peak memory for 1,000 and 10,000 photographs
    python tests/degradations/bench_align.py --photos 100000    # minutes
    python tests/degradations/bench_align.py --landmarks        # needs BFRBENCH_SHARED and BFRBENCH_WEIGHTS

Photographs are drawn, small, and looked at by a detector that knows where their faces are, so that the memory
is that of the machinery. Each number is of a process of its own.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bfrbench import pixels
from bfrbench.degradations.align.folder import align_folder
from bfrbench.degradations.align.limits import Limits
from bfrbench.degradations.align.photo import Job, Settings
from bfrbench.detection import Detector, Face, open_detector
from bfrbench.types import Image, Landmarks

SIDE = 48
POINTS = np.array([(17.6, 22.0), (29.4, 22.0), (23.6, 28.9), (18.4, 34.3), (28.9, 34.3)])


def known() -> Detector:
    """The same face in every picture."""
    return lambda _: [Face((12.0, 16.0, 36.0, 40.0), POINTS, 1.0)]


def vector_of(crop: Image, _: Landmarks) -> np.ndarray:
    """128 numbers that are far apart for any two pictures."""
    return np.random.default_rng(int(crop.astype(np.uint32).sum())).normal(size=128).astype(np.float32)


def recogniser() -> object:
    """A recogniser that costs nothing."""
    return vector_of


def measure(count: int, *, people: bool) -> None:
    """Draw, align, and print seconds and peak memory."""
    with tempfile.TemporaryDirectory() as place:
        photos = Path(place) / "photos"
        photos.mkdir()
        rng = np.random.default_rng(0)
        for number in range(count):
            pixels.write_png(
                photos / f"{number:06}.png", rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
            )
        limits = Limits(most_enlarged=99, most_outside=1, least_sharp=0, most_misshapen=99, most_turned=99)
        settings = Settings(32, "known", "random" if people else "", limits)
        job = Job(photos, Path(place) / "out", settings, known, recogniser if people else None)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        facts = align_folder(job)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        numbers = (f"{peak / 1024:.0f} MiB", f"{(peak - before) / 1024:.0f} MiB")
        who = "yes" if people else "no"
        print(
            "|",
            " | ".join((f"{count:,}", who, f"{facts.kept:,}", f"{seconds:.0f} s", *numbers)),
            "|",
            flush=True,
        )


def landmarks() -> None:
    """Distances to the recipe's landmarks on the sources that are here, by detector."""
    from bfrbench.degradations.openfaces.recipe import SIZES, read_recipe

    folder = Path(os.environ["BFRBENCH_SHARED"]) / "data/openfaces/originals"
    crops = {crop.source.place: crop for size in SIZES for crop in read_recipe(size)}
    print("| detector | sources | mean | worst face | worst point |\n|---|--:|--:|--:|--:|")
    for name in ("mtcnn", "scrfd", "yunet"):
        detector = open_detector(name)
        off = []
        for place, crop in sorted(crops.items()):
            if (folder / place).is_file():
                found = detector(pixels.read_image(folder / place))[0].landmarks
                eyes = np.linalg.norm(crop.landmarks[1] - crop.landmarks[0])
                off.append(np.linalg.norm(found - crop.landmarks, axis=1) / eyes)
        table = np.array(off)
        worst = table.mean(axis=1).max()
        print(f"| {name} | {len(off)} | {table.mean():.3f} | {worst:.3f} | {table.max():.3f} |", flush=True)


def main() -> None:
    """Measure, each number of photographs in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--landmarks", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--people", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.landmarks:
        landmarks()
    elif wanted.one:
        measure(wanted.one, people=wanted.people)
    else:
        print(
            "| photographs | people | kept | time | peak | above the start |\n|--:|---|--:|--:|--:|--:|",
            flush=True,
        )
        for count in wanted.photos:
            for more in ([], ["--people"]):
                subprocess.run([sys.executable, __file__, "--one", str(count), *more], check=True)


if __name__ == "__main__":
    main()
