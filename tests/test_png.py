"""The suite's own PNG: other readers open it, and nothing but whole, plain files is taken for one."""

import io
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from bfrbench import pixels, png
from bfrbench.errors import UnreadableImage

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (37, 23, 3), dtype=np.uint8)
FACE = skimage.data.astronaut()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_pixels(deflated: bytes) -> bytes:
    """NOISE's file with other bytes for its pixels, all checksums of chunks right."""
    return png.encode(NOISE)[:33] + chunk(b"IDAT", deflated) + chunk(b"IEND", b"")


def raw_of(data: bytes) -> bytes:
    """The filtered rows of a file that `png.encode` wrote, by zlib."""
    (length,) = struct.unpack_from(">I", data, 33)
    return zlib.decompress(data[41 : 41 + length])


def pillow_file(image: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "PNG", **options)
    return file.getvalue()


ENCODE_MANY = """
import hashlib
import numpy as np
from bfrbench import png

random = np.random.default_rng(0)
for _ in range(6000):
    image = random.integers(0, 32, (8, 64, 3), dtype=np.uint8)
    image[0, 1:4] = image[0, 0]  # so that there are matches to the bytes whose hash is at stake
    print(hashlib.sha256(png.encode(image)).hexdigest())
"""

IMAGES = [
    FACE,
    NOISE,
    NOISE[:1],
    NOISE[:, :1],
    NOISE[:1, :1],
    NOISE[::2, ::-1],
    np.zeros((9, 2000, 3), np.uint8),
    np.full((2000, 3, 3), 255, np.uint8),
]


@pytest.mark.parametrize("image", IMAGES)
def test_opencv_pillow_and_we_read_the_same_pixels(image: np.ndarray) -> None:
    data = png.encode(image)
    with Pillow.open(io.BytesIO(data)) as opened:
        assert opened.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(opened), image)
    np.testing.assert_array_equal(
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[:, :, ::-1], image
    )
    np.testing.assert_array_equal(png.decode_plain(data, "here"), image)


def test_a_file_is_no_larger_than_opencv_makes_it() -> None:
    assert len(png.encode(FACE)) < len(cv2.imencode(".png", FACE[:, :, ::-1])[1])


def test_bytes_do_not_depend_on_where_a_process_has_its_stack() -> None:
    """ISA-L's do: without `_deflate`, some of these differ from process to process."""
    processes = [
        subprocess.Popen([sys.executable, "-c", ENCODE_MANY], stdout=subprocess.PIPE) for _ in range(8)
    ]
    digests = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    differing = [place for place, same in enumerate(zip(*digests, strict=True)) if len(set(same)) > 1]
    assert (len(digests[0]), differing) == (6000, [])


def test_what_is_decoded_can_be_written_to() -> None:
    image = pixels.decode_image(png.encode(NOISE), "here")
    image[0, 0] = 0
    assert image.flags.c_contiguous


@pytest.mark.parametrize("options", [{}, {"compress_level": 0}, {"pnginfo": None, "icc_profile": b"any"}])
@pytest.mark.parametrize("image", IMAGES)
def test_plain_files_of_others_are_plain_and_read_alike(
    image: np.ndarray, options: dict[str, object]
) -> None:
    data = pillow_file(image, **options)
    assert pixels.is_plain_png(data)
    np.testing.assert_array_equal(pixels.decode_image(data, "here"), image)


def not_plain() -> dict[str, bytes]:
    whole = png.encode(NOISE)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    wrong_sum = bytearray(whole)
    wrong_sum[60] ^= 1
    interlaced = bytearray(whole[8:33])
    interlaced[20] = 1
    return {
        "empty": b"",
        "text": b"hello",
        "cut short": whole[:-1],
        "cut in half": whole[: len(whole) // 2],
        "something behind the end": whole + b"\0",
        "a wrong checksum": bytes(wrong_sum),
        "an orientation": pillow_file(NOISE, exif=exif),
        "alpha": pillow_file(np.dstack([NOISE, NOISE[:, :, :1]])),
        "grey": pillow_file(NOISE[:, :, 0]),
        "a transparent colour": pillow_file(NOISE, transparency=(1, 2, 3)),
        "interlaced": whole[:8] + chunk(b"IHDR", bytes(interlaced[8:21])) + whole[33:],
        "no pixels": whole[:33] + chunk(b"IEND", b""),
        "no size": whole[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 5, 8, 2, 0, 0, 0)) + whole[33:],
        "too large": whole[:8]
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**14, 2**14, 8, 2, 0, 0, 0))
        + whole[33:],
        "JPEG": cv2.imencode(".jpg", NOISE)[1].tobytes(),
    }


@pytest.mark.parametrize("kind", not_plain())
def test_other_files_are_not_plain(kind: str) -> None:
    data = not_plain()[kind]
    assert not pixels.is_plain_png(data)
    assert png.decode_plain(data, "here") is None


def broken_pixels() -> dict[str, bytes]:
    raw, whole = raw_of(png.encode(NOISE)), png.encode(NOISE)[41:-16]
    return {
        "a row too few": zlib.compress(raw[: -1 - 3 * NOISE.shape[1]]),
        "a byte too few": zlib.compress(raw[:-1]),
        "half of the stream": whole[: len(whole) // 2],
        "an unknown filter": zlib.compress(b"\x09" + raw[1:]),
        "no stream at all": b"nonsense",
    }


@pytest.mark.parametrize("kind", broken_pixels())
def test_right_checksums_do_not_hide_a_broken_stream(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="the face is damaged"):
        pixels.decode_image(with_pixels(broken_pixels()[kind]), "the face")


def test_a_stream_that_goes_on_behind_the_last_row_is_not_followed() -> None:
    raw = raw_of(png.encode(NOISE))
    np.testing.assert_array_equal(png.decode_plain(with_pixels(zlib.compress(raw + bytes(10**7))), ""), NOISE)


def filtered(image: np.ndarray, kind: int) -> np.ndarray:
    """The rows of an image as PNG's filters 0 to 4 leave them (None, Sub, Up, Average, Paeth)."""
    wide = np.pad(image.astype(int), ((1, 0), (1, 0), (0, 0)))
    left, up, corner = wide[1:, :-1], wide[:-1, 1:], wide[:-1, :-1]
    estimate = left + up - corner
    nearest = np.argmin(np.abs(np.stack([left, up, corner]) - estimate), axis=0)
    paeth = np.choose(nearest, [left, up, corner])
    return ((image - [0 * left, left, up, (left + up) // 2, paeth][kind]) % 256).astype(np.uint8)


def test_rows_of_every_filter_are_read() -> None:
    rows = [
        bytes([y % 5]) + filtered(NOISE, y % 5)[y].tobytes()  # so no two neighbours have the same
        for y in range(len(NOISE))
    ]
    data = with_pixels(zlib.compress(b"".join(rows)))
    np.testing.assert_array_equal(pixels.decode_image(data, "here"), NOISE)


def test_pixels_in_many_chunks_are_read() -> None:
    body = png.encode(NOISE)[41:-16]
    chunks = b"".join(chunk(b"IDAT", body[start : start + 100]) for start in range(0, len(body), 100))
    data = png.encode(NOISE)[:33] + chunks + chunk(b"tEXt", b"Title\0a face") + chunk(b"IEND", b"")
    np.testing.assert_array_equal(pixels.decode_image(data, "here"), NOISE)
