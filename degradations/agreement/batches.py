"""`python -m bfrbench.degradations.agreement.batches [--device cuda] [--faces N] [--preset ID ...]`

Carries out every preset's recipes in batches with torch (`torch_ops.py`) and one by one with the reference,
and prints how far the images are apart and how many a second either way gives on this machine. The exit
status is 1 when a preset is out of the tolerance of `torch_ops.py`.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import skimage.data
import torch

from bfrbench import pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.agreement.check import off
from bfrbench.degradations.presets import PRESETS, Preset, draw_recipe, find_preset
from bfrbench.degradations.torch_ops import degrade
from bfrbench.types import Image

MOST_LEVELS = 32
MOST_MEAN = 0.5
"""Of 255: on any value, and the mean over all values of an image."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The images of one preset, made both ways."""

    preset: str
    images: int
    largest: float  # levels of 255
    mean: float  # of the image that is furthest off, levels of 255
    psnr: float  # of that image, in dB; infinite when all are the same
    batched: float  # seconds
    reference: float

    @property
    def agrees(self) -> bool:
        """Whether all images are within the tolerance; NaN never is."""
        return self.largest <= MOST_LEVELS and self.mean <= MOST_MEAN


def compare(presets: Sequence[Preset], device: str, count: int) -> Iterator[Compared]:
    """Each preset on `count` faces of its size."""
    for preset in presets:
        images = faces(count, preset.size)
        size = (preset.size, preset.size)
        drawn = [draw_recipe(preset, 0, f"face {i}", size, i) for i in range(count)]
        start = time.perf_counter()
        batch = pixels.from_tensor(degrade(pixels.to_tensor(images).to(device), drawn))
        middle = time.perf_counter()  # from_tensor has waited for the device
        expected = [recipe.apply(one, image) for one, image in zip(drawn, images, strict=True)]
        end = time.perf_counter()
        error = off(np.stack(batch), np.stack(expected))
        square = float((error**2).mean(axis=(1, 2, 3)).max())
        yield Compared(
            preset=preset.full_name,
            images=count,
            largest=float(error.max()),
            mean=float(error.mean(axis=(1, 2, 3)).max()),
            psnr=float(10 * np.log10(255**2 / square)) if square else float("inf"),
            batched=middle - start,
            reference=end - middle,
        )


def faces(count: int, size: int) -> list[Image]:
    """Crops around the astronaut's face, each some pixels further."""
    whole = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    crops = [whole[2 * i : 2 * i + 200, 120 + i : 320 + i] for i in range(count)]
    sized = [cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC) for crop in crops]
    return [np.asarray(image, dtype=np.uint8) for image in sized]


def section(rows: Sequence[Compared]) -> str:
    """A Markdown section with all that does not depend on how fast the machine is."""
    table = [
        f"| {r.preset} | {r.largest:.0f} | {r.mean:.3f} | {'same' if np.isinf(r.psnr) else f'{r.psnr:.1f}'} "
        f"| {'yes' if r.agrees else '**no**'} |"
        for r in rows
    ]
    return (
        "## Batches with torch beside the reference\n\n"
        f"Made by `python -m bfrbench.degradations.agreement.batches`: {rows[0].images} faces by each "
        "preset,\nboth ways rounded to 8 bits. "
        f"{sum(r.agrees for r in rows)} of {len(rows)} presets are within {MOST_LEVELS} levels of 255\n"
        f"on any value and {MOST_MEAN} on an image's mean.\n\n"
        "| preset | largest, levels | mean of the worst image, levels | its PSNR, dB | agrees |\n"
        "|---|---|---|---|---|\n" + "\n".join(table) + "\n"
    )


def speed(rows: Sequence[Compared], device: str) -> str:
    """Images a second both ways, over all presets and for each."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    total = sum(r.images for r in rows)
    batched, reference = (sum(getattr(r, way) for r in rows) for way in ("batched", "reference"))
    lines = [
        f"{r.preset:<32}{r.images / r.batched:>12.1f}{r.images / r.reference:>12.1f}"
        f"{r.reference / r.batched:>8.2f}×"
        for r in rows
    ]
    head = f"{'images a second':<32}{name[:11]:>12}{'reference':>12}{'ratio':>9}"
    ratio = reference / batched
    return "\n".join(
        [head, *lines, f"{'all':<32}{total / batched:>12.1f}{total / reference:>12.1f}{ratio:>8.2f}×"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bfrbench.degradations.agreement.batches",
        description="Compare batches with torch with the reference.",
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--faces", type=int, default=4, help="images in a batch")
    parser.add_argument("--preset", action="append", help="only this one; may be given again")
    options = parser.parse_args(arguments)
    presets = [find_preset(name) for name in options.preset or PRESETS]
    next(compare(presets[:1], options.device, options.faces))  # the first batch also starts the device
    rows = list(compare(presets, options.device, options.faces))
    sys.stdout.write(f"{section(rows)}\n{speed(rows, options.device)}\n")
    return 0 if all(row.agrees for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
