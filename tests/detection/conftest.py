"""Photographs with known faces, which every install has."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bfrbench.benchmark.datasets.embedded import PHOTOS, _read
from bfrbench.pixels import decode_image
from bfrbench.types import Image

Photo = tuple[Image, NDArray[np.float64]]  # picture, N×5×2 landmarks from left to right


def _photo(number: int) -> Photo:
    photo = PHOTOS[number]
    points = np.array(list(photo.faces.values())).reshape(-1, 5, 2)
    return decode_image(_read(photo), photo.file), points[np.argsort(points[:, 0, 0])]


@pytest.fixture(scope="session")
def astronaut_photo() -> Photo:
    return _photo(0)


@pytest.fixture(scope="session")
def group_photo() -> Photo:
    return _photo(1)


@pytest.fixture
def shared_weights(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of weights that do not come with the package, made known to bfrbench."""
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))
    return shared / "weights"
