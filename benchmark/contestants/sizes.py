"""A model's output at the size that its HQ has, and where models want their values."""

import re
from typing import Final

import cv2
import numpy as np

from bfrbench.errors import InputError, RestorerFailed
from bfrbench.types import Image

Range = tuple[float, float]
"""What black and white are to a model: (0, 1) or (-1, 1)."""

_RANGE: Final = re.compile(
    r"(?P<file>.+?)(\?range=(?P<low>-?\d+(\.\d+)?)\.\.(?P<high>-?\d+(\.\d+)?))?", re.DOTALL
)


def file_and_range(spec: str) -> tuple[str, Range | None]:
    """`model.onnx?range=-1..1` → the file, and the range if one is said.

    Raises InputError for a range whose ends are not in order.
    """
    found = _RANGE.fullmatch(spec)
    if found is None:
        raise InputError("The restorer names no file: say `onnx:FILE` or `onnx:FILE?range=0..1`.")
    if found["low"] is None:
        return found["file"], None
    low, high = float(found["low"]), float(found["high"])
    if not low < high:
        raise InputError(f"The range {low:g}..{high:g} is empty: black comes first, as in `?range=-1..1`.")
    return found["file"], (low, high)


def as_large_as(restored: Image, lq: Image, who: str) -> Image:
    """Bring an upscaler's output back to the LQ's size by averaging s×s blocks, for a whole factor s.

    Raises RestorerFailed for any other size.
    """
    height, width = lq.shape[:2]
    factor = restored.shape[0] // height
    if restored.shape[:2] != (factor * height, factor * width) or factor < 1:
        raise RestorerFailed(
            f"{who} made {restored.shape[1]}×{restored.shape[0]} px of {width}×{height} px, "
            "which is no whole multiple."
        )
    if factor == 1:
        return restored
    return np.asarray(cv2.resize(restored, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
