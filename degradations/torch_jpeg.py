"""JPEG on any torch device, in integers: level for level what libjpeg-turbo writes and reads again.

Followed step by step (IJG's jcsample.c, jfdctint.c, jcdctmgr.c, jidctint.c, jdsample.c, jdcolor.c): its
fixed-point colour conversion, its chroma down- and upsampling, its slow integer DCT. Only the lossless
half, the entropy code, is left out. Roundings have no gradient: this is for data, not for losses.

The butterflies of the slow integer DCT are linear until each pass's one rounding, so a pass is a product
with an integer matrix; float64 holds such products exactly.
"""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from bfrbench.degradations.ops.jpeg import Chroma

Tensor = torch.Tensor

_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
"""Quantisation tables of ITU-T T.81, annex K."""


def jpeg(levels: Tensor, quality: Tensor, chroma: Chroma) -> Tensor:
    """Compress and decode N×3×H×W whole levels 0..255 (any dtype) at N qualities 1..100; int64 comes back."""
    height, width = levels.shape[2:]
    luma, blue, red = _to_ycc(levels.to(torch.int64))
    tall, wide = {"4:4:4": (1, 1), "4:2:2": (1, 2), "4:2:0": (2, 2)}[chroma]
    decoded = [_code(_pad(luma, 8, 8), _tables(_LUMA, quality))[:, :height, :width]]
    rows, columns = -(-height // tall), -(-width // wide)
    for plane in (blue, red):
        small = _shrink(_pad(plane, tall, 8 * wide), tall, wide)
        coded = _code(_pad(small, 8, 8), _tables(_CHROMA, quality))[:, :rows, :columns]
        decoded.append(_enlarge(coded, tall, wide)[:, :height, :width])
    return _to_rgb(*decoded)


def _to_ycc(rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    red, green, blue = rgb.unbind(1)
    offset = (128 << 16) + (1 << 15) - 1
    return (
        (19595 * red + 38470 * green + 7471 * blue + (1 << 15)) >> 16,
        (-11059 * red - 21709 * green + 32768 * blue + offset) >> 16,
        (32768 * red - 27439 * green - 5329 * blue + offset) >> 16,
    )


def _to_rgb(luma: Tensor, blue: Tensor, red: Tensor) -> Tensor:
    half, blue, red = 1 << 15, blue - 128, red - 128
    channels = (
        luma + ((91881 * red + half) >> 16),
        luma + ((-22554 * blue - 46802 * red + half) >> 16),
        luma + ((116130 * blue + half) >> 16),
    )
    return torch.stack(channels, dim=1).clamp(0, 255)


def _pad(plane: Tensor, rows: int, columns: int) -> Tensor:
    """Repeat the last row and column up to multiples."""
    height, width = plane.shape[1:]
    down = torch.arange(-(-height // rows) * rows, device=plane.device).clamp(max=height - 1)
    right = torch.arange(-(-width // columns) * columns, device=plane.device).clamp(max=width - 1)
    return plane[:, down][:, :, right]


def _shrink(plane: Tensor, tall: int, wide: int) -> Tensor:
    """Means of tall×wide pixels; halves are rounded by turns, so that no column drifts."""
    if wide == 1:
        return plane
    sums = sum(plane[:, row::tall, column::wide] for row in range(tall) for column in range(wide))
    turns = torch.arange(plane.shape[2] // wide, device=plane.device) % 2
    return (sums + turns + tall - 1) >> tall


def _enlarge(plane: Tensor, tall: int, wide: int) -> Tensor:
    """The triangle filter ("fancy upsampling"); libjpeg repeats pixels of up to two columns."""
    if wide == 1:
        return plane
    if plane.shape[2] <= 2:
        return plane.repeat_interleave(tall, 1).repeat_interleave(wide, 2)
    if tall == 2:
        above, below = plane[:, [0, *range(plane.shape[1] - 1)]], torch.cat([plane[:, 1:], plane[:, -1:]], 1)
        plane = torch.stack([3 * plane + above, 3 * plane + below], dim=2).flatten(1, 2)
    left, right = (
        torch.cat([plane[:, :, :1], plane[:, :, :-1]], 2),
        torch.cat([plane[:, :, 1:], plane[:, :, -1:]], 2),
    )
    even, odd, shift = (8, 7, 4) if tall == 2 else (1, 2, 2)
    pairs = [(3 * plane + left + even) >> shift, (3 * plane + right + odd) >> shift]
    return torch.stack(pairs, dim=3).flatten(2)


def _tables(base: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """N×1×1×8×8 quantisation steps, by libjpeg's scaling of a table."""
    scale = torch.where(quality < 50, 5000 // quality, 200 - 2 * quality).view(-1, 1, 1, 1, 1)
    table = torch.tensor(base, dtype=torch.int64, device=quality.device)
    return ((table * scale + 50) // 100).clamp(1, 255)


def _code(plane: Tensor, tables: Tensor) -> Tensor:
    """Transform, quantise and transform back a plane of whole blocks; levels 0..255 come back."""
    n, height, width = plane.shape
    blocks = (plane - 128).view(n, height // 8, 8, width // 8, 8).transpose(2, 3)
    dct = torch.from_numpy(dct_matrix()).to(plane.device)
    rows = _descale(blocks.double() @ dct.T, 11)
    coefficients = _descale(dct @ rows, 15)  # eight times the DCT's
    steps = (coefficients.abs().long() + 4 * tables) // (8 * tables) * coefficients.sign().long()
    columns = _descale(dct.T @ (steps * tables).double(), 11)
    levels = _descale(columns @ dct, 18).long() + 128
    return levels.clamp(0, 255).transpose(2, 3).reshape(n, height, width)


def _descale(values: Tensor, bits: int) -> Tensor:
    """Divide by 2^bits, halves up."""
    return torch.floor((values + 2 ** (bits - 1)) / 2**bits)


@cache
def dct_matrix() -> NDArray[np.float64]:
    """8×8 whole numbers: jfdctint.c's butterflies (Loeffler, Ligtenberg and Moschytz 1989) on unit vectors.

    2^13 times the DCT with rows of squared length 8; its transpose is the way back.
    """
    x = np.eye(8, dtype=np.int64)
    plus, minus = x[:4] + x[:3:-1], x[:4] - x[:3:-1]  # tmp0..3 and tmp7..4
    outer, inner = plus[:2] + plus[:1:-1], plus[:2] - plus[:1:-1]  # tmp10, tmp11 and tmp13, tmp12
    shared = (inner[0] + inner[1]) * 4433
    t7, t6, t5, t4 = minus
    z5 = (t4 + t6 + t5 + t7) * 9633
    z1, z2 = (t4 + t7) * -7373, (t5 + t6) * -20995
    z3, z4 = (t4 + t6) * -16069 + z5, (t5 + t7) * -3196 + z5
    matrix = np.stack(
        [
            (outer[0] + outer[1]) << 13,
            t7 * 12299 + z1 + z4,
            shared + inner[0] * 6270,
            t6 * 25172 + z2 + z3,
            (outer[0] - outer[1]) << 13,
            t5 * 16819 + z2 + z4,
            shared - inner[1] * 15137,
            t4 * 2446 + z1 + z3,
        ]
    )
    return matrix.astype(np.float64)
