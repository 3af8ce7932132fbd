"""Severity ladders: one factor alone, or all together, at five fixed levels, to show a method as curves.

A ladder gives each face all five severities (`per_face` LQs); a single level is a preset of its own.
Numbers are fixed, so two faces at one severity differ in nothing but the face and the noise's seed.
To train for a ladder there are ranges around its levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bfrbench.degradations.draws import (
    Draw,
    DrawJpeg,
    DrawNoise,
    DrawSide,
    DrawWholeBlur,
    OneOf,
    Range,
    ResizeBack,
    ResizeTo,
)
from bfrbench.degradations.presets.preset import Grid, Preset

SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Level:
    """What one severity does to a face; None leaves a factor out."""

    blur: float | None = None  # sigma, in pixels of the HQ
    side: int | None = None  # pixels that are left of the HQ's side
    noise: float | None = None  # sigma, in levels of 255
    quality: int | None = None  # of JPEG


SIDES: Mapping[int, tuple[int, ...]] = {
    512: (256, 128, 64, 32, 16),
    256: (160, 128, 64, 32, 16),
    128: (96, 64, 48, 32, 16),
}
_TITLES = {
    "blur": "blur alone",
    "downsample": "fewer pixels alone",
    "noise": "noise alone",
    "jpeg": "JPEG alone",
    "all": "blur, fewer pixels, noise and JPEG together",
}
FACTORS = tuple(_TITLES)

_BLURS = (0, 1, 2.5, 5, 7.5, 10, 12.5)
_NOISES = (0, 2, 5, 10, 15, 20, 25)
_QUALITIES = (100, 90, 75, 60, 45, 30, 15)
"""Of "all", blur in pixels of 512: a whole face, levels 1 to 5, and where a sixth would lie."""
_SIXTH_SIDE = 8


def levels(factor: str, size: int) -> tuple[Level, ...]:
    """The five levels of a factor ("blur", "downsample", "noise", "jpeg" or "all") at 512, 256 or 128 px.

    Blur scales with the size and sides end at 16 px at every size; noise and JPEG act on pixels and stay.
    "all" is milder in each: its third level is near the hard end of GFP-GAN's training ranges, its fifth
    that of DifFace's, whose sigma 15 acts as 10.4 in 41 px.
    """
    sides, pixel = SIDES[size], size / 512
    return {
        "blur": tuple(Level(blur=sigma * pixel) for sigma in (2, 4, 7, 11, 16)),
        "downsample": tuple(Level(side=side) for side in sides),
        "noise": tuple(Level(noise=sigma) for sigma in (5, 10, 20, 35, 50)),
        "jpeg": tuple(Level(quality=quality) for quality in (75, 50, 30, 15, 8)),
        "all": tuple(
            Level(blur=_BLURS[n] * pixel, side=sides[n - 1], noise=_NOISES[n], quality=_QUALITIES[n])
            for n in SEVERITIES
        ),
    }[factor]


def _draws(factor: str, size: int, severity: int) -> tuple[Draw, ...]:
    """What a level draws, in the field's order."""
    level = levels(factor, size)[severity - 1]
    draws: list[Draw] = []
    if level.blur is not None:
        draws.append(DrawWholeBlur(sigma=(level.blur, level.blur)))
    if level.side is not None:
        draws.append(ResizeTo(size / level.side, ("area",)))
    if level.noise is not None:
        draws.append(DrawNoise(sigma=(level.noise, level.noise)))
    if level.quality is not None:
        draws.append(DrawJpeg(quality=(level.quality, level.quality)))
    if level.side is not None:
        draws.append(ResizeBack())
    return tuple(draws)


def _ladder(factor: str, size: int) -> Preset:
    suffix = "" if size == 512 else f"-{size}"
    return Preset(
        id=f"ladder-{factor}{suffix}",
        version=1,
        title=f"Severity 1 to 5: {_TITLES[factor]}",
        source="bfrbench",
        size=size,
        notes="Five fixed levels, 1 mild to 5 severe. Shrinking averages (area), so that fewer pixels do "
        "not also mean aliasing; kernels reach 3 sigma to either side, so that sigma is what it says. "
        "JPEG qualities are whole, int() changes none.",
        draws=Grid(axes=(("severity", SEVERITIES),), cell=partial(_draws, factor, size)),
        per_face=len(SEVERITIES),
    )


def _level(ladder: Preset, factor: str, severity: int) -> Preset:
    return replace(
        ladder,
        id=f"{ladder.id}-{severity}",
        title=f"Severity {severity} of {ladder.id}",
        draws=_draws(factor, ladder.size, severity),
        per_face=1,
    )


def _around(levels: Sequence[float], severity: int) -> Range:
    """From half way to the milder level to half way to the harder one; `levels` begins with level 0."""
    below, level, above = levels[severity - 1 : severity + 2]
    ends = (below + level) / 2, (level + above) / 2
    return min(ends), max(ends)


def _near(size: int, severity: int) -> tuple[Draw, ...]:
    """Draws around a level of "all"."""
    shortest, longest = _around((size, *SIDES[size], _SIXTH_SIDE), severity)
    return (
        DrawWholeBlur(sigma=_around([sigma * size / 512 for sigma in _BLURS], severity)),
        DrawSide((int(shortest), int(longest)), ("area",)),
        DrawNoise(sigma=_around(_NOISES, severity)),
        DrawJpeg(quality=_around(_QUALITIES, severity)),
        ResizeBack(),
    )


_LADDERS = tuple((factor, _ladder(factor, size)) for size in SIDES for factor in FACTORS)

ROWS = tuple(ladder for _, ladder in _LADDERS)

LEVELS = tuple(_level(ladder, factor, severity) for factor, ladder in _LADDERS for severity in SEVERITIES)
"""Every single level as a preset: `ladder-blur-1` to `ladder-all-128-5`."""

TRAINING = tuple(
    Preset(
        id=f"{ladder.id}-train",
        version=1,
        title=f"around the levels of {ladder.id}, to train on",
        source="bfrbench",
        size=ladder.size,
        notes="Each level as often as the others; around it every factor by itself, from half way to the "
        "milder level to half way to the harder one. Below the first lies the whole face, above the fifth "
        "8 px, and of all else a step as large as the last. JPEG's quality is cut by int().",
        draws=(OneOf(tuple(_near(ladder.size, severity) for severity in SEVERITIES)),),
    )
    for factor, ladder in _LADDERS
    if factor == "all"
)
"""A ladder is a test set, at fixed numbers; these are ranges, so that what trains learns the way between."""
