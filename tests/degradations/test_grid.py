from collections.abc import Callable
from pathlib import Path

import numpy as np

from bfrbench import pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.dataset import make_dataset, plain_dataset
from bfrbench.degradations.grid import CAPTION, TILE, in_short, spread, write_grid
from bfrbench.types import Pair

MakeFaces = Callable[[int, int], Path]


def test_the_grid_shows_hq_above_lq_above_words(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = make_dataset(make_faces(3, TILE), tmp_path / "out", preset="gfpgan-release")
    write_grid(data, tmp_path / "grid.png", pairs=2)
    grid = pixels.read_image(tmp_path / "grid.png")
    assert grid.shape == (2 * TILE + CAPTION, 2 * TILE, 3)
    np.testing.assert_array_equal(grid[:TILE, TILE:], pixels.read_image(data.folder / "hq" / "b.png"))
    np.testing.assert_array_equal(
        grid[TILE : 2 * TILE, :TILE], pixels.read_image(data.folder / "lq" / "a.png")
    )
    left, right = grid[2 * TILE :, :TILE], grid[2 * TILE :, TILE:]
    assert left.min() < 50
    assert left.max() == 255
    assert (left != right).any()


def test_shards_and_folders_give_the_same_grid(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(3, 64)
    for name, shards in (("plain", None), ("packed", 2)):
        data = make_dataset(faces, tmp_path / name, preset="gfpgan-release-128", shards=shards)
        write_grid(data, tmp_path / f"{name}.png")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "packed.png").read_bytes()
    write_grid(plain_dataset(faces, faces), tmp_path / "bare.png")
    assert pixels.read_image(tmp_path / "bare.png").shape == (2 * TILE, 3 * TILE, 3)


def test_a_recipe_in_short_names_each_step_with_its_main_number() -> None:
    steps = recipe.from_json(
        '{"steps":[{"op":"blur","kind":"isotropic","size":41,"sigma_x":3.14159,"sigma_y":3.14159,"theta":0},'
        '{"op":"resample","height":80,"width":64},{"op":"noise","sigma":12.04,"seed":1},'
        '{"op":"jpeg","quality":71},{"op":"grey"}]}'
    )
    assert in_short(steps) == "blur 3.14, resample 64, noise 12, jpeg 71, grey"


def test_the_pairs_shown_are_spread_over_people() -> None:
    pairs = [
        Pair(f"{person}{number}", "", "", "", "", person, None) for person in "abcdef" for number in (1, 2, 3)
    ]
    assert [pair.name for pair in spread(pairs, 3)] == ["a1", "c1", "e1"]
    assert [pair.name for pair in spread(pairs, 8)] == ["a1", "a2", "b1", "c1", "d1", "d2", "e1", "f1"]
    assert spread(pairs, 100) == pairs
    assert spread([], 8) == []
