from collections.abc import Callable
from pathlib import Path

import numpy as np

from bfrbench import pixels
from bfrbench.degradations.dataset import make_dataset
from bfrbench.degradations.grid import TILE, write_grid

MakeFaces = Callable[[int, int], Path]


def test_the_grid_shows_hq_above_lq(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = make_dataset(make_faces(3, TILE), tmp_path / "out", preset="gfpgan-release")
    write_grid(data, tmp_path / "grid.png", pairs=2)
    grid = pixels.read_image(tmp_path / "grid.png")
    assert grid.shape == (2 * TILE, 2 * TILE, 3)
    np.testing.assert_array_equal(grid[:TILE, TILE:], pixels.read_image(data.folder / "hq" / "b.png"))
    np.testing.assert_array_equal(grid[TILE:, :TILE], pixels.read_image(data.folder / "lq" / "a.png"))
