"""Resize: without antialiasing, the way the field shrinks its faces, or honestly with it."""

from collections.abc import Mapping
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Interpolation = Literal["nearest", "linear", "cubic", "area", "lanczos", "adaptive"]
Pixels = Annotated[int, Field(ge=1, le=2**20)]

MAX_PIXELS = 2**28

INTERPOLATIONS: Mapping[Interpolation, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}
REDUCING: Mapping[Interpolation, Pillow.Resampling] = {
    "linear": Pillow.Resampling.BILINEAR,
    "cubic": Pillow.Resampling.BICUBIC,
    "lanczos": Pillow.Resampling.LANCZOS,
}


@dataclass(frozen=True, kw_only=True, config=STEP)
class Resample:
    """Resize to height×width pixels.

    Antialiased: the filter widens with the shrinking (Pillow's reducing filters). `factor` spaces the
    samples 1/factor source pixels apart from the upper left corner, where that is not the ratio of the
    sizes: what torch's interpolate does when it is handed a scale factor.
    """

    op: Literal["resample"] = "resample"
    height: Pixels
    width: Pixels
    interpolation: Interpolation = "linear"
    antialias: bool = False
    factor: Annotated[float, Field(ge=1 / 4096, le=4096)] | None = None

    def __post_init__(self) -> None:
        if self.height * self.width > MAX_PIXELS:
            raise ValueError(f"an image may have up to {MAX_PIXELS:,} pixels")
        if self.antialias and self.interpolation not in REDUCING:
            raise ValueError(f"antialias goes with {', '.join(REDUCING)}; area and adaptive average anyway")
        if self.factor is not None and (self.antialias or self.interpolation not in ("linear", "cubic")):
            raise ValueError("a factor goes with linear or cubic interpolation without antialiasing")


def resample(image: UnitImage, step: Resample) -> UnitImage:
    """Resize with half-pixel centres, by cv2.resize unless the step asks for more.

    "linear" looks at the four nearest pixels even when it shrinks: the aliasing is part of what the
    field calls downsampling. So do "cubic" (a = -0.75) and "lanczos" (8×8) at theirs. "area" averages
    the source pixels under each new one by their share of it, "adaptive" all that it touches alike
    (torch's mode "area"). "cubic" and "lanczos" overshoot 0..1 at edges.
    """
    if step.antialias:
        return _reduce(image, step)
    if step.interpolation == "adaptive":
        tall = _adaptive(image, step.height)
        return np.ascontiguousarray(_adaptive(tall.swapaxes(0, 1), step.width).swapaxes(0, 1))
    if step.factor is not None:
        return _at_factor(image, step, step.factor)
    resized = cv2.resize(image, (step.width, step.height), interpolation=INTERPOLATIONS[step.interpolation])
    return np.asarray(resized, dtype=np.float32)


def _reduce(image: UnitImage, step: Resample) -> UnitImage:
    """Pillow's resize in float32, channel by channel: the filter is stretched by the shrinking factor."""
    size, kernel = (step.width, step.height), REDUCING[step.interpolation]
    planes = [Pillow.fromarray(np.ascontiguousarray(image[:, :, c])).resize(size, kernel) for c in range(3)]
    return np.stack([np.asarray(plane, dtype=np.float32) for plane in planes], axis=2)


def _adaptive(image: UnitImage, count: int) -> UnitImage:
    """Means of rows ⌊i·n/count⌋ up to ⌈(i + 1)·n/count⌉, which may overlap: adaptive average pooling."""
    height = len(image)
    new = np.arange(count, dtype=np.int64)
    first, last = new * height // count, -(-(new + 1) * height // count)
    sums = np.concatenate([np.zeros_like(image[:1], dtype=np.float64), image]).cumsum(axis=0)
    means: NDArray[np.float64] = (sums[last] - sums[first]) / (last - first)[:, None, None]
    return means.astype(np.float32)


def _at_factor(image: UnitImage, step: Resample, factor: float) -> UnitImage:
    """Sample at (i + 1/2)/factor - 1/2, row by row and column by column, edges replicated."""
    taps = _linear if step.interpolation == "linear" else _cubic
    rows, row_weights = taps(step.height, len(image), factor)
    columns, column_weights = taps(step.width, image.shape[1], factor)
    tall = np.einsum("tn,tnwc->nwc", row_weights, image[rows])
    wide = np.einsum("tn,htnc->hnc", column_weights, tall[:, columns])
    return np.asarray(wide, dtype=np.float32)


def _linear(count: int, length: int, factor: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which two samples each of `count` new ones mixes, 2×count, and their weights."""
    low, share = _positions(count, factor)
    taps = np.stack([low, low + 1])
    return np.clip(taps, 0, length - 1), np.stack([1 - share, share])


def _cubic(count: int, length: int, factor: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Likewise four, 4×count (Keys 1981 with a = -0.75)."""
    low, share = _positions(count, factor)
    a = -0.75
    near, far = np.stack([share, 1 - share]), np.stack([1 + share, 2 - share])
    inner = ((a + 2) * near - (a + 3)) * near**2 + 1
    outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    taps = np.stack([low - 1, low, low + 1, low + 2])
    return np.clip(taps, 0, length - 1), np.stack([outer[0], inner[0], inner[1], outer[1]])


def _positions(count: int, factor: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where new samples fall among the old ones: whole part and the rest."""
    source = (np.arange(count) + 0.5) / factor - 0.5
    low = np.floor(source)
    return low.astype(np.int64), source - low
