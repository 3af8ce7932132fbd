"""The fast mode: what `recipe.apply` gives, to within a stated tolerance, at a fraction of the cost.

The exact mode is what a recipe means, bit for bit. This is another way to nearly the same pixels:

- A blur at the start and the linear resize behind it are one linear map. As a sum of few separable maps
  (the kernel's largest singular values) it is two products with banded matrices, which make the pixels
  of the small image alone and never the whole blurred picture.
- As far as the kernel passes nothing of the finest details, the image is halved before.
- The linear resize that ends a recipe after its JPEG, which is 8-bit anyway, is done in 8 bits.

All else is done by the exact steps, with the same noise. Up to the JPEG no value differs by more than 6 of
255 levels (root mean square 0.7, mean 0.05). One level that is rounded the other way there moves the 8×8
block around it, so at the end they agree to 30 dB or more, 48 dB for half of `gfpgan-release`.
`tests/degradations/test_fast.py` holds this tolerance over 200 recipes of several presets.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench import pixels
from bfrbench.degradations.kernels import Kernel
from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.blur import Blur, kernel_of
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.recipe import STEPS, Recipe, Step
from bfrbench.types import Image

NAME = "fast@2"
"""What plans and cards call this mode; other pixels are another version (@1 summed in another order)."""

LEFT_OUT = 0.02
"""Largest share of a kernel (sum of absolute values) that unused singular values may hold."""

PASSED = 0.02
"""Largest gain at which a kernel counts as passing nothing."""

_MOST_HALVINGS = 2
_MOST_WORK = 32  # multiplications a pixel of the HQ image; beyond, the exact way is as cheap
_MARGIN = 8  # how far halving spreads the weights of a window

Weights = NDArray[np.float32]
"""Rank × pixels of the small image × pixels of the padded and halved source, along one axis."""


class Part(NamedTuple):
    """Some neighbouring rows (or columns) of the small image, and what they are made of."""

    small: slice
    source: slice
    weights: Weights


def apply_fast(recipe: Recipe, image: Image) -> Image:
    """Degrade an image as `recipe.apply` does, to within the tolerance of this module."""
    values, steps = _begin(recipe.steps, image)
    for number, step in enumerate(steps):
        values = STEPS[step.op](values, step)
        match steps[number + 1 :]:
            case (Resample() as last,) if isinstance(step, Jpeg) and _is_plain(last):
                size = (last.width, last.height)
                resized = cv2.resize(pixels.from_unit(values), size, interpolation=cv2.INTER_LINEAR)
                return np.asarray(resized, dtype=np.uint8)
    return pixels.from_unit(values)


def _begin(steps: tuple[Step, ...], image: Image) -> tuple[UnitImage, tuple[Step, ...]]:
    """The image after the steps that can be done at once, and the steps that are left."""
    match steps:
        case (Blur(border="reflect-101") as blur, Resample() as resample, *_) if _is_plain(resample):
            small = blur_and_resize(image, kernel_of(blur), resample.height, resample.width)
            if small is not None:
                return small, steps[2:]
    return pixels.to_unit(image), steps


def _is_plain(step: Resample) -> bool:
    return step.interpolation == "linear" and not step.antialias and step.factor is None


def blur_and_resize(image: Image, kernel: Kernel, height: int, width: int) -> UnitImage | None:
    """A blur (mirrored at the border) and a linear resize at once; None where that is no cheaper."""
    left, right = separable(kernel)
    down, across = halvings(kernel)
    work = len(left) * len(kernel) * height * (image.shape[1] / 2 ** (down + across) + width / 2**across)
    if np.float32(kernel.max()) == 1 or work > _MOST_WORK * image[:, :, 0].size:
        return None
    source = _mirrored(image, len(kernel))
    halved = _halve(source, down, across) if down or across else source
    unit = 255 if halved is source else 255 * 256
    rows = _parts(left / unit, image.shape[0], height, down)
    columns = _parts(right, image.shape[1], width, across)
    tall = np.empty((len(left), 3, height, halved.shape[1]), dtype=np.float32)
    plane = np.empty(halved.shape[:2], dtype=np.float32)
    for channel in range(3):
        np.copyto(plane, halved[:, :, channel])
        for part in rows:
            tall[:, channel, part.small] = part.weights @ plane[part.source]
    flat = tall.reshape(len(left), 3 * height, -1)
    small = np.empty((3 * height, width), dtype=np.float32)
    for part in columns:
        terms = [term[:, part.source] @ weights.T for term, weights in zip(flat, part.weights, strict=True)]
        small[:, part.small] = terms[0] if len(terms) == 1 else np.sum(terms, axis=0)
    return np.asarray(cv2.merge(list(small.reshape(3, height, width))), dtype=np.float32)


def _mirrored(image: Image, size: int) -> Image:
    """The image with what the windows of a size×size kernel reach beyond its borders."""
    before = size // 2 + _MARGIN
    below, beside = (_last_start(side) + _window(size) - side - before for side in image.shape[:2])
    mirrored = cv2.copyMakeBorder(image, before, below, before, beside, cv2.BORDER_REFLECT_101)
    return np.asarray(mirrored, dtype=np.uint8)


def _last_start(side: int) -> int:
    return (side - 1) // 4 * 4


def _window(size: int) -> int:
    """Source pixels that one small pixel may look at, a multiple of 4: its taps, anywhere between margins."""
    return (size + 1 + 3 + 2 * _MARGIN + 3) // 4 * 4


def separable(kernel: Kernel) -> tuple[Kernel, Kernel]:
    """Columns and rows (rank × size each) whose products add up to a kernel, but for LEFT_OUT of it.

    The sum of the kernel is kept, so a flat picture stays what it is.
    """
    column, row = kernel.sum(axis=1), kernel.sum(axis=0)
    if np.abs(kernel - np.outer(column, row)).sum() <= LEFT_OUT:
        return column[None] / column.sum(), row[None]
    left, strength, right = np.linalg.svd(kernel)
    columns, rest, rank = left.T * strength[:, None], kernel.copy(), 0
    while rank < len(kernel) and np.abs(rest).sum() > LEFT_OUT:
        rest -= np.outer(columns[rank], right[rank])
        rank += 1
    return columns[:rank] / (kernel.sum() - rest.sum()), right[:rank]


def halvings(kernel: Kernel) -> tuple[int, int]:
    """How often an image's height and width can be halved before the kernel, losing next to nothing."""
    size = 64 if len(kernel) <= 64 else 256
    gain = np.abs(np.fft.rfft2(kernel, (size, size)))
    vertical = np.abs(np.fft.fftfreq(size))
    return _halvings(gain.max(axis=1), vertical), _halvings(gain.max(axis=0), np.fft.rfftfreq(size))


def _halvings(gain: NDArray[np.floating], frequency: NDArray[np.floating]) -> int:
    """Halvings after which everything that the kernel passes lies below half of the new band."""
    count = 0
    while count < _MOST_HALVINGS and gain[frequency >= 0.25 / 2**count].max() <= PASSED:
        count += 1
    return count


def _halve(image: Image, down: int, across: int) -> NDArray[np.uint16]:
    """Average neighbours in 256ths of a level, so that rounding brightens nothing."""
    fine = image.astype(np.uint16) * np.uint16(256)
    for number in range(max(down, across)):
        height, width = fine.shape[0] >> (number < down), fine.shape[1] >> (number < across)
        fine = np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint16)
    return fine


def _parts(taps: Kernel, side: int, target: int, halved: int) -> list[Part]:
    """The taps and cv2's linear resize from `side` to `target` pixels in one, on the halved axis."""
    rank, size = taps.shape
    position = (np.arange(target) + 0.5) * (side / target) - 0.5
    first = np.clip(np.floor(position), 0, side - 1).astype(np.intp)
    second = np.where(first == side - 1, 0, np.clip(position - first, 0, 1))[:, None].astype(np.float32)
    shift, start = first % 4, first // 4 * 4
    shifted = np.zeros((rank, 5, _window(size)), dtype=np.float32)
    for by in range(5):
        shifted[:, by, _MARGIN + by : _MARGIN + by + size] = taps
    for _ in range(halved):
        shifted, start = _on_halved(shifted), start // 2
    windows = shifted[:, shift] * (1 - second) + shifted[:, shift + 1] * second
    end = start + windows.shape[2]
    weights = np.zeros((rank, target, int(end[-1])), dtype=np.float32)
    weights[:, np.arange(target)[:, None], start[:, None] + np.arange(windows.shape[2])] = windows
    step = max(1, size * max(1, 2**halved // 2) * target // side)  # few products, not too many zeros
    blocks = [slice(low, min(low + step, target)) for low in range(0, target, step)]
    seen = [slice(int(start[block.start]), int(end[block.stop - 1])) for block in blocks]
    return [Part(block, cells, weights[:, block, cells]) for block, cells in zip(blocks, seen, strict=True)]


def _on_halved(weights: Weights) -> Weights:
    """Weights for an image that is halved: it stands for the parabola through three of its pixels.

    Of an average m between neighbours l and r, the first half was m + (l - r)/8, the second m - (l - r)/8.
    """
    even, odd = weights[..., 0::2], weights[..., 1::2]
    halved, tilt = even + odd, (even - odd) / 8
    halved[..., :-1] += tilt[..., 1:]
    halved[..., 1:] -= tilt[..., :-1]
    return halved
