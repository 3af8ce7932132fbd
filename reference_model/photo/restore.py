"""Restored faces in batches; a face that fails is told, never passed off as restored."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bfrbench.errors import RestorerFailed
from bfrbench.pixels import check_image
from bfrbench.types import Image, Restorer

COLOUR_GRID = 32  # cells a side, in which the colour of the photograph is kept


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """A restored face, or the sentence that says why there is none."""

    image: Image | None
    message: str = ""


def restore_faces(crops: Sequence[Image], restorer: Restorer, *, batch: int) -> list[Restored]:
    """Restore aligned crops of one size, `batch` a call; results are square, of any one size.

    When a call fails its crops are tried one by one, so that one bad face costs no other.
    """
    restored: list[Restored] = []
    for start in range(0, len(crops), batch):
        some = crops[start : start + batch]
        try:
            restored += _call(some, restorer)
        except Exception:  # noqa: BLE001  # a restorer is anybody's code; each crop's failure is told below
            restored += [_attempt(crop, restorer) for crop in some]
    return restored


def _attempt(crop: Image, restorer: Restorer) -> Restored:
    try:
        return _call([crop], restorer)[0]
    except Exception as error:  # noqa: BLE001  # what anybody's code may raise; it goes into the report
        return Restored(None, f"{type(error).__name__}: {error}")


def _call(crops: Sequence[Image], restorer: Restorer) -> list[Restored]:
    images = restorer(crops)
    if len(images) != len(crops):
        raise RestorerFailed(f"{restorer.name} gave {len(images)} images for {len(crops)} faces.")
    for image in images:
        check_image(image, f"what {restorer.name} gave")
        if image.shape[0] != image.shape[1]:
            raise RestorerFailed(
                f"{restorer.name} gave {image.shape[1]}×{image.shape[0]} px for a square face."
            )
    return [Restored(image) for image in images]


def keep_colour(restored: Image, crop: Image) -> Image:
    """The restored face with the photograph's colour and light: details of one, low frequencies of the other.

    restored + G(crop - restored), G a low-pass of about 1/16 of the crop. Where a restorer changes nothing,
    nothing changes; a shift of colour, which would show as a patch in the photograph, is undone.
    """
    size = restored.shape[0]
    grid = (COLOUR_GRID, COLOUR_GRID)
    before, after = (
        cv2.resize(image.astype(np.float32), grid, interpolation=cv2.INTER_AREA) for image in (crop, restored)
    )
    shift = cv2.GaussianBlur(before - after, (0, 0), 1.5)
    shift = cv2.resize(shift, (size, size), interpolation=cv2.INTER_CUBIC)
    kept: Image = np.rint(np.clip(restored + shift, 0, 255)).astype(np.uint8)
    return kept
