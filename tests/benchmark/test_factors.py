"""What is known of each pair: the manifest, the axes of grids, and the columns of a CSV."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.factors import read_factors
from bfrbench.degradations.dataset import make_dataset
from bfrbench.errors import InputError
from bfrbench.pixels import write_png


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve small faces: with eleven copies each, names sort otherwise than positions."""
    folder = tmp_path_factory.mktemp("faces")
    for number in range(12):
        write_png(
            folder / f"f-{number}.png", np.ascontiguousarray(astronaut()[number : number + 32, 150:182])
        )
    return folder


def test_severity_is_the_level_that_the_recipe_was_made_at(faces: Path, tmp_path: Path) -> None:
    _, known = read_factors(make_dataset(faces, tmp_path / "data", preset="ladder-jpeg-128", copies=5).folder)
    quality = {1: 75, 2: 50, 3: 30, 4: 15, 5: 8}
    assert [quality[level] for level in known["severity"]] == known["jpeg.quality"].tolist()
    assert known.loc["f-11-3", "severity"] == 3


@pytest.mark.parametrize("preset", ["difface-test", "difface-test-crossed"])
def test_the_axes_of_other_grids_too_whatever_the_order_of_names(
    faces: Path, tmp_path: Path, preset: str
) -> None:
    data = make_dataset(faces, tmp_path / "data", preset=preset, copies=11, seed=3)
    _, known = read_factors(data.folder)
    assert known["quality"].tolist() == known["jpeg.quality"].tolist()
    assert known["noise"].tolist() == known["noise.sigma"].tolist()
    recipes = [json.loads(recipe)["steps"][0]["theta"] for recipe in known["recipe"]]
    assert known["theta"].tolist() == pytest.approx(recipes)


def test_a_preset_without_grid_has_the_manifests_columns(faces: Path, tmp_path: Path) -> None:
    _, known = read_factors(make_dataset(faces, tmp_path / "data", preset="gfpgan-release-128").folder)
    assert "severity" not in known
    assert {"blur.sigma_x", "jpeg.quality", "person_id"} <= set(known.columns)


@pytest.mark.parametrize(
    ("header", "key"), [("file", "f-{n}.png"), ("name", "f-{n}"), ("name", "f-{n}-1"), ("person_id", "f-{n}")]
)
def test_an_index_is_of_faces_pairs_or_people(faces: Path, tmp_path: Path, header: str, key: str) -> None:
    data = make_dataset(faces, tmp_path / "data", preset="gfpgan-release-128", copies=2)
    rows = "".join(f"{key.format(n=n)},{n},\n" for n in range(11))
    (tmp_path / "i.csv").write_text(f"{header},age,split\n{rows}")
    _, known = read_factors(data.folder, tmp_path / "i.csv")
    assert known.loc["f-7-1", "age"] == 7
    assert np.isnan(known.loc["f-11-1", "age"])  # no row: not known
    assert known["split"].isna().all()  # the manifest's own
    assert np.isnan(known.loc["f-7-2", "age"]) == key.endswith("-1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,age\nf-1,3\n", "no column `file`, `name` or `person_id`; it has who, age"),
        ("name,age\nf-1.png,3\nf-1,4\n", "two rows for f-1"),
        ("name,age\nsomebody,3\n", "no row for any pair"),
        ("", "cannot be read as CSV"),
    ],
)
def test_an_index_that_does_not_fit_is_an_error(faces: Path, tmp_path: Path, text: str, said: str) -> None:
    data = make_dataset(faces, tmp_path / "data", preset="gfpgan-release-128")
    (tmp_path / "i.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_factors(data.folder, tmp_path / "i.csv")
