"""The one kind of PNG that the suite writes, and a quick way back for it.

8-bit RGB, not interlaced, every row filtered by Up (the row above is subtracted), deflated by ISA-L at
its level 1. Beside libpng's run-length strategy that is a quarter of the time and nine tenths of the
size; any viewer opens it. Equal pixels give equal bytes with one version of ISA-L on one platform
(x86-64: any CPU with SSE 4.2, for that is the only place where its deflate branches).

Whoever reads images wants `pixels`, which knows every other kind of file too.
"""

import struct
import zlib
from itertools import pairwise

import numpy as np
from isal import igzip_lib, isal_zlib

from bfrbench.types import Image

MAX_PIXELS = 2**26
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB_8_BIT = (8, 2, 0, 0, 0)  # depth, colour type, compression, filter method, not interlaced
_UP = 2
_CHANGE_THE_PICTURE = frozenset({b"tRNS", b"eXIf", b"acTL"})  # transparency, orientation, animation


def encode(image: Image) -> bytes:
    """H×W×3 uint8 RGB with at least one pixel, as a PNG file."""
    height, width = image.shape[:2]
    flat = image.reshape(height, 3 * width)
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, *_RGB_8_BIT)
    pixels = isal_zlib.compress(rows, 1)
    return b"".join((_SIGNATURE, *_chunk(b"IHDR", header), *_chunk(b"IDAT", pixels), *_chunk(b"IEND", b"")))


def is_plain(data: bytes) -> bool:
    """Whether a file is a whole 8-bit RGB PNG whose pixels are what it shows.

    So: at most MAX_PIXELS, no alpha, no transparent colour, no EXIF (which may turn the picture), not
    interlaced or animated, every chunk's checksum right, nothing missing and nothing behind the end. Once
    it is decoded, it can be copied where the suite would otherwise write the picture again.
    """
    return _plain_chunks(data) is not None


def decode_own(data: bytes) -> Image | None:
    """The pixels of a PNG like `encode` writes; None for any other file, whole or not."""
    plain = _plain_chunks(data)
    if plain is None:
        return None
    width, height, deflated = plain
    stride = 1 + 3 * width
    try:
        first = isal_zlib.decompressobj().decompress(deflated[:4096], stride)
        if not first or first[0] != _UP:
            return None  # not ours, most likely: leave it to a whole decoder
        stream = isal_zlib.decompressobj()
        raw = stream.decompress(deflated, height * stride + 1)  # a stream that goes on is not let go on
    except igzip_lib.IsalError:  # type: ignore[misc]  # its stub takes the class for an instance
        return None
    if not stream.eof or len(raw) != height * stride:
        return None
    rows = np.frombuffer(raw, dtype=np.uint8).reshape(height, stride)
    if (rows[:, 0] != _UP).any():
        return None
    flat = rows[:, 1:].copy()
    for above, row in pairwise(flat):
        np.add(above, row, out=row)
    return flat.reshape(height, width, 3)


def _chunk(kind: bytes, body: bytes) -> tuple[bytes, ...]:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)


def _plain_chunks(data: bytes) -> tuple[int, int, bytes] | None:
    """Width, height and deflated pixels of a plain PNG; None for any other file."""
    if len(data) < 33 or data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        return None
    width, height, *form = struct.unpack(">IIBBBBB", data[16:29])
    if tuple(form) != _RGB_8_BIT or not 0 < width * height <= MAX_PIXELS:
        return None
    view, parts, place, kind = memoryview(data), [], 8, b""
    while place + 12 <= len(data) and kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, place)
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data) or kind in _CHANGE_THE_PICTURE:
            return None
        if zlib.crc32(view[place + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            return None
        if kind == b"IDAT":
            parts.append(view[place + 8 : end - 4])
        place = end
    if kind != b"IEND" or place != len(data) or not parts:
        return None
    return width, height, b"".join(parts)
