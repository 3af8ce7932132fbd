"""JPEG by the textbook, without a codec: what training pipelines on an accelerator call DiffJPEG."""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Plane: TypeAlias = NDArray[np.float64]
"""One channel, H×W, levels 0..255."""

# ITU-T T.81, tables K.1 and K.2; K.1 stands transposed, as DiffJPEG has it
LUMA_TABLE = np.array(
    [
        [16, 12, 14, 14, 18, 24, 49, 72],
        [11, 12, 13, 17, 22, 35, 64, 92],
        [10, 14, 16, 22, 37, 55, 78, 95],
        [16, 19, 24, 29, 56, 64, 87, 98],
        [24, 26, 40, 51, 68, 81, 103, 112],
        [40, 58, 57, 87, 109, 104, 121, 100],
        [51, 60, 69, 80, 103, 113, 120, 103],
        [61, 55, 56, 62, 77, 92, 101, 99],
    ],
    dtype=np.float64,
)
CHROMA_TABLE = np.full((8, 8), 99.0)
CHROMA_TABLE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

TO_YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], dtype=np.float64
)
TO_RGB = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]], dtype=np.float64)

# the orthonormal DCT-II: row u is cos((2x + 1)·u·π/16)/2, row 0 divided by √2
DCT = np.cos(np.outer(np.arange(8), 2 * np.arange(8) + 1) * np.pi / 16) / 2
DCT[0] /= np.sqrt(2)


@dataclass(frozen=True, kw_only=True, config=STEP)
class DiffJpeg:
    """A real libjpeg quality, 4:2:0. At 100 DiffJPEG divides by zero, so it stays below."""

    op: Literal["diffjpeg"] = "diffjpeg"
    quality: Annotated[float, Field(ge=1, lt=100)]


def diffjpeg(image: UnitImage, step: DiffJpeg) -> UnitImage:
    """Clip, YCbCr, chroma means of 2×2, 8×8 DCT, round(coefficient/(table·factor)), and all the way back.

    factor = 50/quality below 50, else 2 - quality/50. Nothing but the coefficients is rounded, chroma is
    enlarged by repeating, and sides are filled up to multiples of 16 with black, which shows at the edge.
    Source: BasicSR's diffjpeg.py with hard rounding, as Real-ESRGAN trains with it.
    """
    height, width = image.shape[:2]
    factor = 50 / step.quality if step.quality < 50 else 2 - step.quality / 50
    filled = np.pad(np.clip(image, 0, 1), ((0, -height % 16), (0, -width % 16), (0, 0))).astype(np.float64)
    ycbcr = 255 * filled @ TO_YCBCR.T + [0, 128, 128]
    luma = _quantised(ycbcr[:, :, 0], LUMA_TABLE * factor)
    chroma = [_enlarged(_quantised(_halved(ycbcr[:, :, c]), CHROMA_TABLE * factor)) for c in (1, 2)]
    rgb = (np.stack([luma, *chroma], axis=2) - [0, 128, 128]) @ TO_RGB.T
    decoded: UnitImage = (np.clip(rgb[:height, :width], 0, 255) / 255).astype(np.float32)
    return decoded


def _quantised(plane: Plane, table: Plane) -> Plane:
    """Every 8×8 block with its DCT coefficients rounded to multiples of the table."""
    height, width = plane.shape
    blocks = plane.reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2) - 128
    coefficients = np.rint(DCT @ blocks @ DCT.T / table) * table
    restored: Plane = (DCT.T @ coefficients @ DCT + 128).swapaxes(1, 2).reshape(height, width)
    return restored


def _halved(plane: Plane) -> Plane:
    """Means of 2×2 pixels."""
    height, width = plane.shape
    means: Plane = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return means


def _enlarged(plane: Plane) -> Plane:
    """Every pixel as 2×2."""
    return plane.repeat(2, axis=0).repeat(2, axis=1)
