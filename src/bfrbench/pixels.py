"""The one place that turns files into pixels and pixels into files.

What a file holds becomes H×W×3 uint8 RGB by these rules, whatever the library underneath does:

| in the file                    | what you get                                                       |
|--------------------------------|--------------------------------------------------------------------|
| 8-bit RGB                      | its values                                                         |
| grey, grey+alpha, 1-bit        | the grey value in all three channels                               |
| palette                        | the colours it stands for                                          |
| 16 bits a channel              | round(v / 257), so that 65535 becomes 255                          |
| alpha that is not fully opaque | composited over white: round(c·a + 255·(1 - a)), a = A/255          |
| CMYK JPEG                      | the plain conversion, without a colour profile                     |
| EXIF orientation               | honoured: the picture as a viewer shows it                         |
| colour profile (ICC)           | ignored: benchmark numbers are about the stored values             |
| several frames (GIF-like TIFF) | refused; a multi-picture JPEG gives its first picture              |
| truncated, empty, not an image | refused (`UnreadableImage`)                                        |
| more than 2^26 pixels (8192²)  | refused before decoding                                            |
"""

import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from bfrbench import png
from bfrbench.errors import UnreadableImage
from bfrbench.files import read_bytes, write_bytes
from bfrbench.types import Image

if TYPE_CHECKING:
    import torch

MAX_PIXELS = png.MAX_PIXELS
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
_DECODE_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    MemoryError,
    EOFError,
    OverflowError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Pillow.DecompressionBombError,
)


def read_image(path: Path) -> Image:
    """Read a file as H×W×3 uint8 RGB, by the rules of this module.

    Raises UnreadableImage, with the file's path and the reason, when there is no whole picture.
    """
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be opened: {error.strerror or error}.") from error
    return decode_image(data, str(path))


def decode_image(data: bytes, where: str) -> Image:
    """Decode a file's bytes; `where` names them in error messages."""
    if not data:
        raise UnreadableImage(f"{where} is an empty file.")
    image = png.decode_plain(data, where)
    if image is not None:
        return image
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; pixels are unaffected
            return _decode(data, where)
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            f"{where} is not an image that bfrbench reads ({', '.join(_FORMATS)})."
        ) from error
    except _DECODE_FAILURES as error:
        raise UnreadableImage(f"{where} is damaged or cut short: {error}.") from error


def decode_transparent(data: bytes, where: str) -> NDArray[np.uint8] | None:
    """The H×W×4 RGBA that `decode_image` puts over white; None for a picture without transparency.

    `data` is what decode_image has taken.
    """
    if png.is_plain(data):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Pillow.open(io.BytesIO(data), formats=_FORMATS) as file:
            if not (_is_16_bit(data, file) or _is_transparent(file)):
                return None
            file.load()  # which turns a TIFF
            values = _stored(file, data, where)
    return values if values.shape[2] == 4 else None


def is_plain_png(data: bytes) -> bool:
    """Whether a file is a whole 8-bit RGB PNG without alpha, orientation or animation, checksums right.

    Its pixels are what it shows, so it can be copied where it would else be decoded and written again.
    """
    return png.is_plain(data)


def _decode(data: bytes, where: str) -> Image:
    with Pillow.open(io.BytesIO(data), formats=_FORMATS) as file:
        width, height = file.size
        if width * height > MAX_PIXELS:
            raise UnreadableImage(
                f"{where} claims {width}×{height} pixels; the limit is {MAX_PIXELS:,}. "
                "Scale it down, or crop the face first."
            )
        frames = getattr(file, "n_frames", 1)
        if frames > 1 and file.format != "MPO":
            raise UnreadableImage(f"{where} holds {frames} frames; save the one you mean as a PNG.")
        file.load()
        values = _stored(file, data, where)
        return values if values.shape[2] == 3 else over_white(values)


def _stored(file: Pillow.Image, data: bytes, where: str) -> NDArray[np.uint8]:
    """H×W×3, or H×W×4 where the picture has transparency; upright, 8 bits a channel."""
    orientation = file.getexif().get(0x0112, 1)
    # Pillow keeps only the high byte of 16-bit colour, so such files are decoded by OpenCV
    if _is_16_bit(data, file):
        return _turn(_decode_16_bit(data, where), orientation)
    if file.mode in ("F", "I"):
        raise UnreadableImage(f"{where} holds {file.mode}-mode numbers, not 8- or 16-bit colours.")
    return _turn(np.array(file.convert("RGBA" if _is_transparent(file) else "RGB")), orientation)


def _is_transparent(file: Pillow.Image) -> bool:
    return file.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in file.info


def _is_16_bit(data: bytes, file: Pillow.Image) -> bool:
    if file.format == "PNG":
        return data[24] == 16  # IHDR: signature 8, length 4, type 4, width 4, height 4, depth
    if file.format == "TIFF":
        bits = file.tag_v2.get(258, (1,))  # type: ignore[attr-defined]  # TIFF's own tags
        return 16 in (bits if isinstance(bits, tuple) else (bits,))
    return False


def _decode_16_bit(data: bytes, where: str) -> NDArray[np.uint8]:
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None or raw.dtype != np.uint16:
        raise UnreadableImage(f"{where} says it is a 16-bit picture, but cannot be decoded as one.")
    eight = np.rint(raw.astype(np.float64) / 257.0).astype(np.uint8)
    if eight.ndim == 2:
        return np.repeat(eight[:, :, None], 3, axis=2)
    if eight.shape[2] == 4:
        return np.ascontiguousarray(eight[:, :, [2, 1, 0, 3]])
    return np.ascontiguousarray(eight[:, :, ::-1])


def _turn(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation, 1 to 8."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8) and orientation not in (4, 8):
        image = image[::-1, ::-1]
    elif orientation in (2, 6):
        image = image[:, ::-1]
    elif orientation in (4, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def over_white(rgba: NDArray[np.uint8]) -> Image:
    """Composite H×W×4 uint8 over white; where it is fully opaque the colours are untouched."""
    alpha = rgba[:, :, 3:].astype(np.float64) / 255.0
    over: Image = np.rint(rgba[:, :, :3] * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)
    return over


def encode_png(image: Image) -> bytes:
    """Encode H×W×3 uint8 RGB as PNG; the same pixels give the same bytes on one platform (see `png`)."""
    check_image(image, "the image to write")
    return png.encode(image)


def write_png(path: Path, image: Image) -> bytes:
    """Write a PNG atomically and return the bytes written."""
    data = encode_png(image)
    write_bytes(path, data)
    return data


def check_image(image: object, what: str) -> None:
    """Raise ValueError unless `image` is H×W×3 uint8 with at least one pixel."""
    if not isinstance(image, np.ndarray):
        raise ValueError(f"{what} is a {type(image).__name__}, not a numpy array of H×W×3 uint8.")  # noqa: TRY004
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"{what} is {image.dtype} of shape {image.shape}, not H×W×3 uint8.")


def to_unit(image: Image) -> NDArray[np.float32]:
    """uint8 0..255 → float32 0..1, same shape."""
    values = image.astype(np.float32)
    values /= np.float32(255.0)
    return values


def from_unit(values: NDArray[np.floating]) -> Image:
    """Float 0..1 → uint8, rounded half to even, clipped."""
    levels = np.asarray(values * 255.0)
    np.rint(levels, out=levels)
    np.clip(levels, 0, 255, out=levels)
    return levels.astype(np.uint8)


def to_tensor(images: Sequence[Image]) -> "torch.Tensor":
    """N images of one size → float32 N×3×H×W in [-1, 1]."""
    import torch  # noqa: PLC0415  # degrading and publishing work without it

    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return batch.float().div_(127.5).sub_(1.0).contiguous()


def from_tensor(batch: "torch.Tensor") -> list[Image]:
    """N×3×H×W in [-1, 1] → N images; clipped, rounded half to even."""
    import torch  # noqa: PLC0415

    values = batch.detach().float().clamp(-1.0, 1.0).add(1.0).mul(127.5).round()
    return list(values.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy())
