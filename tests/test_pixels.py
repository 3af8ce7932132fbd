"""Pixels: what each kind of file becomes."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from bfrbench import pixels
from bfrbench.errors import UnreadableImage

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (11, 7, 3), dtype=np.uint8)


def save(path: Path, image: Pillow.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp"])
def test_eight_bit_rgb_keeps_its_values(tmp_path: Path, suffix: str) -> None:
    path = save(
        tmp_path / f"a.{suffix}", Pillow.fromarray(RGB), **({"lossless": True} if suffix == "webp" else {})
    )
    np.testing.assert_array_equal(pixels.read_image(path), RGB)


def test_jpeg_decodes_as_opencv_does(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", Pillow.fromarray(RGB), quality=90)
    np.testing.assert_array_equal(pixels.read_image(path), cv2.imread(str(path))[:, :, ::-1])


def test_grey_stands_in_all_three_channels(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Pillow.fromarray(RGB[:, :, 0]))
    np.testing.assert_array_equal(pixels.read_image(path), np.repeat(RGB[:, :, :1], 3, axis=2))


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Pillow.fromarray(RGB[:, :, 0] > 127))
    assert set(np.unique(pixels.read_image(path))) == {0, 255}


def test_palette_becomes_its_colours(tmp_path: Path) -> None:
    image = Pillow.fromarray(RGB).quantize(16)
    path = save(tmp_path / "a.png", image)
    np.testing.assert_array_equal(pixels.read_image(path), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_rounded_to_eight(tmp_path: Path, suffix: str, channels: int) -> None:
    deep = RNG.integers(0, 65536, (9, 5, channels), dtype=np.uint16)
    deep[0, 0], deep[0, 1] = 65535, 0
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), deep[:, :, ::-1] if channels == 3 else deep[:, :, 0])
    expected = np.rint(deep / 257).astype(np.uint8)
    np.testing.assert_array_equal(pixels.read_image(path), np.broadcast_to(expected, (9, 5, 3)))


def test_sixteen_bits_with_alpha_lie_over_white(tmp_path: Path) -> None:
    deep = np.zeros((2, 2, 4), np.uint16)  # BGRA: transparent black, then opaque red
    deep[0, 0] = (0, 0, 65535, 65535)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), deep)
    image = pixels.read_image(path)
    assert image[0, 0].tolist() == [255, 0, 0]
    assert image[1, 1].tolist() == [255, 255, 255]


def test_alpha_lies_over_white_and_opaque_alpha_changes_nothing(tmp_path: Path) -> None:
    alpha = np.full((11, 7, 1), 255, np.uint8)
    alpha[0, 0], alpha[0, 1] = 0, 51
    path = save(tmp_path / "a.png", Pillow.fromarray(np.concatenate([RGB, alpha], axis=2)))
    image = pixels.read_image(path)
    assert image[0, 0].tolist() == [255, 255, 255]
    np.testing.assert_array_equal(image[0, 1], np.rint(RGB[0, 1] * 0.2 + 255 * 0.8))
    np.testing.assert_array_equal(image[1:], RGB[1:])


def test_cmyk_jpeg_is_converted(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", Pillow.new("CMYK", (8, 8), (0, 255, 255, 0)), quality=100)
    red, green, blue = pixels.read_image(path)[4, 4]
    assert red > 240
    assert green < 15
    assert blue < 15


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("deep", [False, True])
def test_exif_orientation_is_honoured(tmp_path: Path, orientation: int, deep: bool) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    upright = Pillow.fromarray(RGB)
    upright.save(buffer, format="PNG", exif=exif)
    with Pillow.open(buffer) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored))
    if deep:
        buffer = io.BytesIO(with_exif_chunk(RGB.astype(np.uint16) * 257, exif))
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    np.testing.assert_array_equal(pixels.read_image(tmp_path / "a.png"), expected)


def with_exif_chunk(deep: np.ndarray, exif: Pillow.Exif) -> bytes:
    """A 16-bit PNG with an eXIf chunk after IHDR, which neither library writes for us."""
    png = cv2.imencode(".png", deep[:, :, ::-1])[1].tobytes()
    body = b"eXIf" + exif.tobytes().removeprefix(b"Exif\x00\x00")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(pixels.encode_png(RGB))
    np.testing.assert_array_equal(pixels.read_image(path), RGB)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("keep", [0.05, 0.5, 0.9])
def test_a_truncated_file_is_refused(tmp_path: Path, kind: str, keep: float) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(buffer, format=kind)
    path = tmp_path / "a.png"
    path.write_bytes(buffer.getvalue()[: int(len(buffer.getvalue()) * keep)])
    with pytest.raises(UnreadableImage, match=r"a\.png"):
        pixels.read_image(path)


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "empty"), (b"hello, I am text", "not an image"), (b"\x89PNG\r\n\x1a\n", "a.png")]
)
def test_what_is_no_image_is_named(tmp_path: Path, data: bytes, word: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(UnreadableImage, match=word):
        pixels.read_image(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="No such file"):
        pixels.read_image(tmp_path / "gone.png")


def test_a_decompression_bomb_is_refused_before_decoding(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    chunk = b"IDAT" + zlib.compress(b"\0" * 1000)
    data += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path = tmp_path / "bomb.png"
    path.write_bytes(data)
    with pytest.raises(UnreadableImage, match="60000"):
        pixels.read_image(path)


def test_several_frames_are_refused(tmp_path: Path) -> None:
    frames = [Pillow.fromarray(RGB), Pillow.fromarray(RGB[::-1].copy())]
    path = save(tmp_path / "a.tif", frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(UnreadableImage, match="2 frames"):
        pixels.read_image(path)


def test_float_pixels_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", Pillow.fromarray(np.ones((4, 4), np.float32)))
    with pytest.raises(UnreadableImage, match=r"a\.tif"):
        pixels.read_image(path)


def test_png_round_trip_and_equal_bytes() -> None:
    assert pixels.encode_png(RGB) == pixels.encode_png(RGB.copy())
    np.testing.assert_array_equal(pixels.decode_image(pixels.encode_png(RGB), "here"), RGB)


@pytest.mark.parametrize("wrong", [RGB.astype(np.float32), RGB[:, :, 0], RGB[:0], RGB[:, :, :2], [[1]]])
def test_only_images_are_written(wrong: object) -> None:
    with pytest.raises(ValueError, match="H×W×3"):
        pixels.encode_png(wrong)


def test_tensors_round_trip_exactly() -> None:
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    np.testing.assert_array_equal(pixels.from_tensor(pixels.to_tensor([every, every]))[1], every)
    np.testing.assert_array_equal(pixels.from_unit(pixels.to_unit(every)), every)
