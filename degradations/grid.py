"""One picture of a data set, to look at: HQ above LQ, pair by pair."""

from pathlib import Path

import cv2
import numpy as np

from bfrbench import pixels
from bfrbench.types import DataSet, Image

TILE = 256


def write_grid(data: DataSet, path: Path, pairs: int = 8) -> None:
    """Write a PNG of the first pairs, HQ in the upper row and LQ below, each shown at 256×256."""
    shown = [pair for pair in data.pairs if pair.hq is not None][:pairs]
    columns = [
        np.vstack([_tile(data.folder / file) for file in (pair.hq, pair.lq) if file is not None])
        for pair in shown
    ]
    pixels.write_png(path, np.hstack(columns))


def _tile(path: Path) -> Image:
    image = pixels.read_image(path)
    shrinks = max(image.shape[:2]) > TILE
    tile = cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    return np.asarray(tile, dtype=np.uint8)
