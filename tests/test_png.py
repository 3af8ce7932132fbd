"""The suite's own PNG: other readers open it, and nothing but whole, plain files is taken for one."""

import io
import struct
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
    np.testing.assert_array_equal(png.decode_own(data), image)


def test_a_file_is_no_larger_than_opencv_makes_it() -> None:
    assert len(png.encode(FACE)) < len(cv2.imencode(".png", FACE[:, :, ::-1])[1])


def test_what_is_decoded_can_be_written_to() -> None:
    image = pixels.decode_image(png.encode(NOISE), "here")
    image[0, 0] = 0
    assert image.flags.c_contiguous


@pytest.mark.parametrize("options", [{}, {"compress_level": 0}, {"pnginfo": None, "icc_profile": b"any"}])
def test_plain_files_of_others_are_plain_and_read_alike(options: dict[str, object]) -> None:
    data = pillow_file(FACE[:64, :64], **options)
    assert pixels.is_plain_png(data)
    np.testing.assert_array_equal(pixels.decode_image(data, "here"), FACE[:64, :64])


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
    assert png.decode_own(data) is None


def broken_pixels() -> dict[str, bytes]:
    raw, whole = raw_of(png.encode(NOISE)), png.encode(NOISE)[41:-16]
    return {
        "too few rows": zlib.compress(raw[:-200]),
        "half of the stream": whole[: len(whole) // 2],
        "a wrong Adler sum": whole[:-4] + b"abcd",
        "an unknown filter": zlib.compress(b"\x09" + raw[1:]),
        "no stream at all": b"nonsense",
    }


@pytest.mark.parametrize("kind", broken_pixels())
def test_right_checksums_do_not_hide_a_broken_stream(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="the face is damaged"):
        pixels.decode_image(with_pixels(broken_pixels()[kind]), "the face")


def test_a_stream_that_never_ends_is_not_followed() -> None:
    raw = raw_of(png.encode(NOISE))
    assert png.decode_own(with_pixels(zlib.compress(raw + bytes(10**7)))) is None


def test_rows_that_are_filtered_otherwise_are_left_to_a_whole_decoder() -> None:
    rows = np.frombuffer(raw_of(png.encode(NOISE)), np.uint8).reshape(len(NOISE), -1).copy()
    rows[5, 0], rows[5, 1:] = 0, NOISE[5].ravel()
    data = with_pixels(zlib.compress(rows.tobytes()))
    assert png.decode_own(data) is None
    np.testing.assert_array_equal(pixels.decode_image(data, "here"), NOISE)
