"""The one kind of PNG that the suite writes, and a quick way back from all PNGs of plain 8-bit RGB.

Written: not interlaced, every row filtered by Up (the row above is subtracted), deflated by ISA-L at
its level 1. Beside libpng's run-length strategy that is a quarter of the time and nine tenths of the
size; any viewer opens it. Equal pixels give equal bytes with one version of ISA-L on one platform
(x86-64: any CPU with SSE 4.2, for that is the only place where its deflate branches).

Read: by kornia-rs (the Rust crate png), in two fifths of OpenCV's time, whatever the filters of its rows.

Whoever reads images wants `pixels`, which knows every other kind of file too.
"""

import struct

import numpy as np
from isal import isal_zlib
from kornia_rs import io as kornia

from bfrbench.errors import UnreadableImage
from bfrbench.types import Image

MAX_PIXELS = 2**26
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB_8_BIT = (8, 2, 0, 0, 0)  # depth, colour type, compression, filter method, not interlaced
_UP = 2
_OWN_BLOCK = 8  # bytes; ISA-L hashes from 5 on, and takes up to 16 to be the last ones
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
    pixels = _deflate(rows)
    return b"".join((_SIGNATURE, *_chunk(b"IHDR", header), *_chunk(b"IDAT", pixels), *_chunk(b"IEND", b"")))


def _deflate(rows: Image) -> bytes:
    """Filtered rows as a zlib stream, by ISA-L at its level 1, the first eight bytes in a block of their own.

    ISA-L (2.32 and before, `.write_first_byte` of igzip_icf_body_h1_gr_bt.asm) takes the hash of a stream's
    third byte from a register in which the address of the stream still is. Where the system put the stack,
    which differs from process to process, then decides whether a few early matches are found: now and then
    a file came out otherwise. The loop for the last 16 bytes before a flush begins streams without that.
    """
    stream, data = isal_zlib.compressobj(1), rows.reshape(-1)
    first = stream.compress(data[:_OWN_BLOCK]) + stream.flush(isal_zlib.Z_SYNC_FLUSH)
    return first + stream.compress(data[_OWN_BLOCK:]) + stream.flush()


def is_plain(data: bytes) -> bool:
    """Whether a file is a whole 8-bit RGB PNG whose pixels are what it shows.

    So: at most MAX_PIXELS, no alpha, no transparent colour, no EXIF (which may turn the picture), not
    interlaced or animated, every chunk's checksum right, nothing missing and nothing behind the end. Once
    it is decoded, it can be copied where the suite would otherwise write the picture again.
    """
    return _plain_size(data) is not None


def decode_plain(data: bytes, where: str) -> Image | None:
    """The pixels of a plain PNG (see `is_plain`), None for any other file; `where` names it in errors.

    The checksums of its chunks vouch for every byte, so the deflate stream's own sum is not asked.
    Raises UnreadableImage when the stream is broken or ends before the last row.
    """
    size = _plain_size(data)
    if size is None:
        return None
    try:
        return np.asarray(kornia.decode_image_png_u8(data, size, "rgb"), dtype=np.uint8)
    except Exception as error:  # kornia-rs raises nothing narrower
        raise UnreadableImage(f"{where} is damaged or cut short: {str(error).rstrip('.')}.") from error


def _chunk(kind: bytes, body: bytes) -> tuple[bytes, ...]:
    checksum = isal_zlib.crc32(body, isal_zlib.crc32(kind))
    return struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)


def _plain_size(data: bytes) -> tuple[int, int] | None:
    """Height and width of a plain PNG; None for any other file."""
    if len(data) < 33 or data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        return None
    width, height, *form = struct.unpack(">IIBBBBB", data[16:29])
    if tuple(form) != _RGB_8_BIT or not 0 < width * height <= MAX_PIXELS:
        return None
    view, place, kinds = memoryview(data), 8, [b""]
    while place + 12 <= len(data) and kinds[-1] != b"IEND":
        (length,) = struct.unpack_from(">I", data, place)
        end = place + 12 + length
        kinds.append(data[place + 4 : place + 8])
        if end > len(data) or kinds[-1] in _CHANGE_THE_PICTURE:
            return None
        if isal_zlib.crc32(view[place + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            return None
        place = end
    whole = kinds[-1] == b"IEND" and place == len(data) and b"IDAT" in kinds
    return (height, width) if whole else None
