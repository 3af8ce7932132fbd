"""A small data set for the tests of restoring."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from bfrbench.files import sha256_bytes
from bfrbench.pixels import write_png
from bfrbench.types import Card, DataSet, Pair


@pytest.fixture
def small_data(tmp_path: Path) -> DataSet:
    """Seven noisy 24×24 pieces of the astronaut, face-0 to face-6, with their HQ."""
    folder = tmp_path / "data"
    for kind in ("lq", "hq"):
        (folder / kind).mkdir(parents=True)
    astronaut, rng = skimage.data.astronaut(), np.random.default_rng(0)
    pairs = []
    for index in range(7):
        name, top = f"face-{index}", 60 + 16 * index
        hq = np.ascontiguousarray(astronaut[top : top + 24, 200:224])
        lq = np.clip(hq + rng.normal(0, 10, hq.shape), 0, 255).astype(np.uint8)
        lq_sha256 = sha256_bytes(write_png(folder / f"lq/{name}.png", lq))
        hq_sha256 = sha256_bytes(write_png(folder / f"hq/{name}.png", hq))
        pairs.append(Pair(name, f"lq/{name}.png", f"hq/{name}.png", lq_sha256, hq_sha256, "astronaut", None))
    card = Card("small", 7, 1, None, "", None, 1, "astronaut", "public domain", sha256_bytes(b"manifest"))
    return DataSet(folder, card, tuple(pairs))
