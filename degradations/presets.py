"""Presets: the field's degradations as named, versioned ranges that recipes are drawn from.

A preset never changes: another range or another order of drawing is a new version, for the version is
part of every seed. The training sets' random horizontal flip is no part of a preset: it changes the HQ
as well, and a test set keeps its faces as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bfrbench import seeds
from bfrbench.degradations.draws import (
    Draw,
    DrawBlur,
    DrawColourJitter,
    DrawColourShift,
    DrawDownsample,
    DrawGrey,
    DrawJpeg,
    DrawNoise,
    Range,
    ResizeBack,
    Size,
)
from bfrbench.degradations.recipe import Recipe, Step
from bfrbench.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Preset:
    """Ranges to draw recipes from, and where they come from."""

    id: str
    version: int
    title: str
    source: str
    size: int  # the side in pixels that the ranges are meant for
    notes: str  # what is uncertain or differs from the source
    draws: tuple[Draw, ...]

    @property
    def full_name(self) -> str:
        """`id@version`, as cards and seeds know it."""
        return f"{self.id}@{self.version}"


_JPEG_NOTE = (
    "The released code hands OpenCV a real JPEG quality, which current versions refuse: it is drawn the "
    "same and cut by int(), so that 60 to 99 come up."
)
_SMALL_NOTE = (
    "Blur is in pixels, so sigma and kernel are those of 512 px divided by 4 (41 → 11, odd). The scale "
    "ends at 4, which leaves 32 px: at 8, 16 px hold no face to restore. Noise and JPEG act on pixels "
    "whatever the size and stay."
)
_GFPGAN_COLOUR: tuple[Draw, ...] = (
    DrawColourShift(levels=20, probability=0.3),
    DrawGrey(probability=0.01),
    DrawColourJitter(
        brightness=(0.5, 1.5), contrast=(0.5, 1.5), saturation=(0.0, 1.5), hue=(-0.1, 0.1), probability=0.3
    ),
)


def _gfpgan(kernel: int, sigma: Range, scale: Range, noise: Range) -> tuple[Draw, ...]:
    """GFP-GAN's order (FFHQDegradationDataset): blur, shrink, noise, JPEG, back, colour."""
    return (
        DrawBlur(kernel=kernel, sigma=sigma),
        DrawDownsample(scale=scale),
        DrawNoise(sigma=noise),
        DrawJpeg(quality=(60, 100)),
        ResizeBack(),
        *_GFPGAN_COLOUR,
    )


_ROWS = (
    Preset(
        id="gfpgan-paper",
        version=1,
        title="GFP-GAN, as its paper says",
        source="Wang et al., Towards Real-World Blind Face Restoration with Generative Facial Prior, "
        "CVPR 2021, arXiv:2101.04061",
        size=512,
        notes="Ranges read in a translation of the paper. It names colour jitter without ranges or "
        "probabilities: those of the released code stand in. " + _JPEG_NOTE,
        draws=_gfpgan(kernel=41, sigma=(0.2, 10), scale=(1, 8), noise=(0, 15)),
    ),
    Preset(
        id="gfpgan-release",
        version=1,
        title="GFP-GAN, as its released code does",
        source="TencentARC/GFPGAN 7552a77, options/train_gfpgan_v1.yml and "
        "gfpgan/data/ffhq_degradation_dataset.py",
        size=512,
        notes="Noise up to 20, sigma from .1 and scale from .8 differ from the paper. " + _JPEG_NOTE,
        draws=_gfpgan(kernel=41, sigma=(0.1, 10), scale=(0.8, 8), noise=(0, 20)),
    ),
    Preset(
        id="gfpgan-paper-128",
        version=1,
        title="gfpgan-paper, for faces of 128 px",
        source="gfpgan-paper@1, scaled by bfrbench",
        size=128,
        notes=_SMALL_NOTE + " " + _JPEG_NOTE,
        draws=_gfpgan(kernel=11, sigma=(0.05, 2.5), scale=(1, 4), noise=(0, 15)),
    ),
    Preset(
        id="gfpgan-release-128",
        version=1,
        title="gfpgan-release, for faces of 128 px",
        source="gfpgan-release@1, scaled by bfrbench",
        size=128,
        notes=_SMALL_NOTE + " " + _JPEG_NOTE,
        draws=_gfpgan(kernel=11, sigma=(0.025, 2.5), scale=(0.8, 4), noise=(0, 20)),
    ),
)

PRESETS: Mapping[str, Preset] = {preset.id: preset for preset in _ROWS}


def find_preset(name: str) -> Preset:
    """The preset of an id, or of `id@version`; raises UnknownName with what there is."""
    for preset in PRESETS.values():
        if name in (preset.id, preset.full_name):
            return preset
    near = get_close_matches(name, PRESETS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    known = ", ".join(preset.full_name for preset in PRESETS.values())
    raise UnknownName(f"No preset is called {name!r}.{hint} There are: {known}.")


def draw_recipe(preset: Preset, seed: int, name: str, size: Size) -> Recipe:
    """Draw the recipe of one pair: a function of the preset, the root seed, the pair's name and its size."""
    rng = seeds.generator(seeds.key(seed, preset.full_name, name))
    steps: list[Step] = []
    for draw in preset.draws:
        steps.extend(draw.draw(rng, size))
    return Recipe(steps=tuple(steps))
