"""Contact sheets: many small pictures, each with a line under it."""

import math
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench import pixels
from bfrbench.errors import UnreadableImage
from bfrbench.files import remove, write_bytes
from bfrbench.types import Image

TILE, CAPTION, COLUMNS, MOST = 128, 30, 8, 64


def spread(numbers: NDArray[np.int64], most: int = MOST) -> list[int]:
    """At most so many of the numbers, evenly from the first to the last."""
    count = min(most, len(numbers))
    return [int(numbers[place * len(numbers) // count]) for place in range(count)]


def write_sheet(path: Path, pictures: Iterable[tuple[Path, str]]) -> None:
    """Write a JPEG with a tile for each (file, words) of at most a few dozen; nothing for none of them.

    A file that is no picture gets a grey tile.
    """
    tiles = [np.concatenate([_picture(file), _words(words)]) for file, words in pictures]
    if not tiles:
        remove(path)
        return
    columns = min(COLUMNS, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[start : start + columns], axis=1) for start in range(0, len(tiles), columns)]
    sheet = np.concatenate(rows)
    done, data = cv2.imencode(".jpg", sheet[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise ValueError(f"OpenCV cannot encode a sheet of {sheet.shape[1]}×{sheet.shape[0]} px.")
    write_bytes(path, data.tobytes())


def _picture(file: Path) -> Image:
    """The whole picture in a square on white."""
    tile = np.full((TILE, TILE, 3), 255, np.uint8)
    try:
        image = pixels.read_image(file)
    except UnreadableImage:
        tile[2:-2, 2:-2] = 200
        return tile
    scale = (TILE - 4) / max(image.shape[:2])
    size = tuple(max(1, math.floor(side * scale)) for side in image.shape[1::-1])
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (TILE - size[1]) // 2, (TILE - size[0]) // 2
    tile[top : top + size[1], left : left + size[0]] = small
    return tile


def _words(words: str) -> Image:
    """The ends of two lines, black on white; the built-in font knows ASCII alone."""
    strip = np.full((CAPTION, TILE, 3), 255, np.uint8)
    plain = words.encode("ascii", "replace").decode()
    for number, line in enumerate(plain.split("\n")[:2]):
        place = (3, 11 + 13 * number)
        cv2.putText(strip, line[-22:], place, cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 0, 0), 1, cv2.LINE_AA)
    return strip
