"""Small faces to degrade."""

from collections.abc import Callable
from pathlib import Path

import pytest
import skimage.data

from bfrbench import pixels

MakeFaces = Callable[[int, int], Path]


@pytest.fixture
def make_faces(tmp_path: Path) -> MakeFaces:
    """make_faces(count, size): a folder of different size×size crops, a.png, b.png, ..."""

    def make(count: int, size: int) -> Path:
        folder = tmp_path / "faces"
        folder.mkdir()
        astronaut = skimage.data.astronaut()
        for number in range(count):
            crop = astronaut[20 + 9 * number :, 130 + 7 * number :][:size, :size]
            pixels.write_png(folder / f"{chr(ord('a') + number)}.png", crop)
        return folder

    return make
