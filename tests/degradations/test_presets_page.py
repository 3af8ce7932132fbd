"""docs/presets.md says what the presets do."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bfrbench.degradations.draws import DrawBlur, Maybe, OneOf, ResizeBack, Uniform, step
from bfrbench.degradations.ops.haze import Haze
from bfrbench.degradations.presets import LEFT_OUT, PRESETS, Preset
from bfrbench.degradations.presets.words import describe
from bfrbench.pixels import read_image

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("presets_page", DOCS / "presets_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh(generator: ModuleType) -> None:
    assert generator.page() == (DOCS / "presets.md").read_text()


@pytest.mark.slow
def test_the_pictures_are_fresh(generator: ModuleType) -> None:
    assert not generator.stale(DOCS / "presets.png", generator.presets_picture())
    assert not generator.stale(DOCS / "presets-ladders.png", generator.ladders_picture())


def test_the_pictures_are_small() -> None:
    assert sum((DOCS / name).stat().st_size for name in ("presets.png", "presets-ladders.png")) < 500_000


def test_a_picture_that_shows_something_else_is_stale(generator: ModuleType, tmp_path: Path) -> None:
    image = read_image(DOCS / "presets-ladders.png")
    (tmp_path / "a.png").write_bytes(generator.small_png(image))
    assert not generator.stale(tmp_path / "a.png", image)
    assert generator.stale(tmp_path / "a.png", np.flipud(image))
    assert generator.stale(tmp_path / "a.png", image[1:])
    assert generator.stale(tmp_path / "none.png", image)


def test_the_page_names_every_preset_and_everything_left_out(generator: ModuleType) -> None:
    page = generator.page()
    assert all(f"`{preset.full_name}`" in page for preset in PRESETS.values())
    assert all(f"| `{name}` |" in page for name in LEFT_OUT)
    assert all(line.count("|") in (0, 3, 7) for line in page.splitlines())


def test_draws_are_told_in_their_order_with_their_numbers() -> None:
    draws = (
        DrawBlur(kernel=41, sigma=(0.1, 10)),
        OneOf(((ResizeBack(),), ()), weights=(1, 3)),
        Maybe(0.008, (step(Haze, alpha=Uniform(0.75, 0.95)),)),
    )
    preset = Preset(id="x", version=1, title="", source="", size=512, notes="", draws=draws)
    assert describe(preset) == (
        "Gaussian blur 41 px, σ 0.1–10, 50 % anisotropic; 25 % [back to size (linear)] or 75 % [nothing]; "
        "0.8 % [haze alpha 0.75–0.95]"
    )


def test_a_draw_without_words_is_an_error_and_no_gap() -> None:
    with pytest.raises(TypeError, match="str has no words yet"):
        describe(Preset(id="x", version=1, title="", source="", size=512, notes="", draws=("?",)))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_told(name: str) -> None:
    words = describe(PRESETS[name])
    assert words
    assert "object at" not in words
