"""Cut a crop out of its source, and tell whether it is the one that the recipe means."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bfrbench.alignment import crop_face
from bfrbench.degradations.openfaces.recipe import Crop
from bfrbench.errors import UnreadableImage
from bfrbench.files import sha256_bytes
from bfrbench.pixels import decode_image
from bfrbench.types import Image

MOST_LEVELS = 1
"""Of 255: how far any cell of the thumbnail may be off. Other versions of OpenCV stay within it, while half
a pixel, a missing white balance or swapped channels do not."""

Verdict = Literal["exact", "near", "wrong"]


def cut(data: bytes, crop: Crop) -> Image:
    """The crop, size×size, out of the bytes of its source file.

    Decoded with `pixels` (transparency over white, profiles ignored), warped and reduced as `crop_face` does
    by the five points, white-balanced where the row has gains. Raises UnreadableImage when the file is no
    picture or not of the recipe's size.
    """
    image = decode_image(data, crop.source.path)
    if image.shape[:2] != (crop.source.height, crop.source.width):
        raise UnreadableImage(
            f"{crop.source.path} decodes to {image.shape[1]}×{image.shape[0]} px, not to "
            f"{crop.source.width}×{crop.source.height}."
        )
    face = crop_face(image, crop.landmarks, crop.size)
    return face if crop.gain is None else _balanced(face, crop.gain)


def _balanced(image: Image, gain: tuple[float, ...]) -> Image:
    """Each channel times its gain: round(clip(c·gain, 0, 255)) in float32, ties to even."""
    levels = image.astype(np.float32) * np.array(gain, dtype=np.float32)
    return np.asarray(np.rint(np.clip(levels, 0, 255)), dtype=np.uint8)


def judge(face: Image, crop: Crop) -> Verdict:
    """`exact` by the checksum of its pixels, `near` by its thumbnail (another OpenCV did it), or `wrong`."""
    if face.shape != (crop.size, crop.size, 3):
        return "wrong"
    if sha256_bytes(face.tobytes()) in crop.sha256:
        return "exact"
    wanted = np.frombuffer(crop.thumb16, np.uint8).reshape(16, 16)
    off = np.abs(thumbnail(face).astype(np.int16) - wanted)
    return "near" if off.max() <= MOST_LEVELS else "wrong"


def thumbnail(face: Image) -> NDArray[np.uint8]:
    """16×16 grey: floor(mean + 1/2) over blocks of Y = 0.299 R + 0.587 G + 0.114 B."""
    grey = face.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    block = face.shape[0] // 16
    means = grey.reshape(16, block, 16, block).mean(axis=(1, 3))
    return np.asarray(np.floor(means + 0.5), dtype=np.uint8)
