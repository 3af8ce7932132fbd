"""A photograph from its file and back, with all that is not pixels of a face left as it was."""

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from bfrbench.errors import InputError
from bfrbench.files import read_bytes, write_bytes
from bfrbench.pixels import decode_image, decode_transparent
from bfrbench.types import Image

ORIENTATION, EXIF_IFD, EXIF_SIZE = 0x0112, 0x8769, (0xA002, 0xA003)
DESCRIPTIVE = {0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298, EXIF_IFD, 0x8825}
MAX_PIXELS_OUT = 2**28  # 16384²: 0.8 GB
MAX_SIDE: Mapping[str, int] = {"WEBP": 16383, "JPEG": 65500}  # what their writers take; beyond: PNG

SAVE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "JPEG": (".jpg", {"quality": 95, "subsampling": 0}),
    "PNG": (".png", {}),
    "WEBP": (".webp", {"lossless": True}),
    "TIFF": (".tif", {"compression": "tiff_deflate"}),
}
"""Formats that are kept, with their suffix and how they are written; all others become PNG."""
SUFFIXES = tuple(suffix for suffix, _ in SAVE.values())


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A photograph, upright, in 8-bit RGB, and what its file holds besides."""

    colour: Image  # H×W×3
    alpha: NDArray[np.uint8] | None  # H×W
    format: str  # JPEG, PNG, WEBP or TIFF
    grey: bool  # stored in one channel; written so again as long as it is grey
    exif: bytes  # orientation taken out: the pixels are upright
    extra: Mapping[str, Any] = field(default_factory=dict)  # icc_profile, dpi

    @property
    def seen(self) -> Image:
        """What a viewer shows: over white where it is transparent."""
        if self.alpha is None:
            return self.colour
        share = self.alpha[:, :, None] / np.float32(255)
        return np.asarray(np.rint(self.colour * share + 255 * (1 - share)), dtype=np.uint8)


def read_picture(path: Path) -> Picture:
    """Read a photograph; pixels as `pixels` defines them, 16 bits a channel rounded to 8.

    EXIF that cannot be written again (a number too large for its tag, say) is left out. Raises
    UnreadableImage for what is no whole picture, or one of more than 2^26 pixels.
    """
    data = read_bytes(path)
    colour, alpha = decode_image(data, path.name), None
    rgba = decode_transparent(data, path.name)
    if rgba is not None:
        colour, alpha = np.ascontiguousarray(rgba[:, :, :3]), np.ascontiguousarray(rgba[:, :, 3])
    with Pillow.open(io.BytesIO(data)) as file:
        kept = {key: file.info[key] for key in ("icc_profile", "dpi") if file.info.get(key)}
        if file.mode == "CMYK":
            kept.pop("icc_profile", None)  # a profile of inks says nothing of RGB
        return Picture(
            colour=colour,
            alpha=alpha,
            format={"MPO": "JPEG"}.get(file.format or "", file.format or "")
            if file.format in SAVE
            else "PNG",
            grey=file.mode in ("1", "L", "LA", "I;16"),
            exif=_about(file),
            extra=kept,
        )


def _about(file: Pillow.Image) -> bytes:
    """EXIF less the orientation; of a TIFF, whose tags also say where its pixels lie, what describes it."""
    exif = file.getexif()
    unwanted = set(exif) - DESCRIPTIVE if file.format == "TIFF" else {ORIENTATION} & set(exif)
    for tag in unwanted:
        del exif[tag]
    try:
        return exif.tobytes() if len(exif) else b""
    except (struct.error, TypeError, ValueError, OverflowError):  # says something that no EXIF can say
        return b""


def write_picture(folder: Path, stem: str, picture: Picture) -> Path:
    """Write a photograph in its format as folder/stem.suffix, whole or not at all; returns the path.

    JPEG at quality 95 without chroma subsampling, the others lossless. Raises OutputError when it cannot be
    written.
    """
    height, width = picture.colour.shape[:2]
    too_wide = max(height, width) > MAX_SIDE.get(picture.format, max(height, width))
    name = "PNG" if too_wide or (picture.alpha is not None and picture.format == "JPEG") else picture.format
    suffix, options = SAVE[name]
    exif, extra = _sized(picture.exif, width, height), dict(picture.extra)
    image = _channels(picture)
    if picture.grey and image.mode not in ("L", "LA"):
        extra.pop("icc_profile", None)  # a profile of greys says nothing of RGB
    buffer = io.BytesIO()
    image.save(buffer, format=name, **options, **extra, **({"exif": exif} if exif else {}))
    path = folder / f"{stem}{suffix}"
    write_bytes(path, buffer.getvalue())
    return path


def _channels(picture: Picture) -> Pillow.Image:
    colour, alpha = picture.colour, picture.alpha
    if picture.grey and all(np.array_equal(colour[:, :, 0], colour[:, :, other]) for other in (1, 2)):
        colour = colour[:, :, :1]
    planes = colour if alpha is None else np.concatenate([colour, alpha[:, :, None]], axis=2)
    return Pillow.fromarray(planes[:, :, 0] if planes.shape[2] == 1 else np.ascontiguousarray(planes))


def _sized(exif: bytes, width: int, height: int) -> bytes:
    """EXIF whose own note of the size, where there is one, is the picture's."""
    tags = Pillow.Exif()
    tags.load(exif)
    if EXIF_IFD not in tags:
        return exif
    about = tags.get_ifd(EXIF_IFD)
    for tag, side in zip(EXIF_SIZE, (width, height), strict=True):
        if tag in about:
            about[tag] = side
    return tags.tobytes()


def check_output(height: int, width: int, upscale: int) -> None:
    """Raise InputError when the enlarged picture would not fit into memory on an ordinary machine."""
    if height * width * upscale**2 > MAX_PIXELS_OUT:
        raise InputError(
            f"{width}×{height} pixels enlarged {upscale} times are more than {MAX_PIXELS_OUT:,}: "
            "use a smaller --upscale."
        )


def enlarged(picture: Picture, colour: Image) -> Picture:
    """The picture with other pixels, whose transparency is brought to their size."""
    alpha, size = picture.alpha, (colour.shape[1], colour.shape[0])
    if alpha is not None and alpha.shape != colour.shape[:2]:
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LANCZOS4), dtype=np.uint8)
    return replace(picture, colour=colour, alpha=alpha)
