"""The page of the ablations says what the board's raw scores say."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from bfrbench.errors import InputError

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ablation_page", DOCS / "ablation_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh(script: ModuleType) -> None:
    page = script.page(script.BOARD)
    assert (DOCS / "ablations.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_an_effect_is_the_rows_mean_minus_that_of_full(script: ModuleType) -> None:
    rows = script.read(script.BOARD)
    found = script.effects(rows)
    for row in rows[1:]:
        effect = found[row.name, "lpips/alex"]
        expected = row.mean("lpips/alex") - rows[0].mean("lpips/alex")
        assert effect.difference == pytest.approx(expected, rel=1e-9)
        assert effect.low < effect.difference < effect.high


def test_a_row_that_lacks_a_seed_is_refused(script: ModuleType, tmp_path: Path) -> None:
    shutil.copytree(script.BOARD, tmp_path / "board")
    shutil.rmtree(tmp_path / "board" / "gfpgan-no-prior-seed1")
    with pytest.raises(InputError, match="as many seeds"):
        script.read(tmp_path / "board")


def test_only_an_effect_on_which_all_seeds_agree_is_bold(script: ModuleType) -> None:
    rows = script.read(script.BOARD)
    effect = script.effects(rows)["no-prior", "lpips/alex"]
    assert script._cell(effect, 0.001, [0.1, 0.2], 4).startswith("**")
    assert not script._cell(effect, 0.001, [0.1, -0.2], 4).startswith("**")
    assert not script._cell(effect, 0.2, [0.1, 0.2], 4).startswith("**")
