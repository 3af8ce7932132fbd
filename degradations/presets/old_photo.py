"""Old photographs: what time, film, print and scanner did to portraits of 1900 to 1925."""

from bfrbench.degradations.draws import (
    Chance,
    Choice,
    Draw,
    DrawDownsample,
    DrawGrey,
    DrawJpeg,
    DrawLensBlur,
    LogUniform,
    Maybe,
    ResizeBack,
    Seed,
    Uniform,
    Whole,
    step,
)
from bfrbench.degradations.ops.dust import Dust
from bfrbench.degradations.ops.exposure import Exposure
from bfrbench.degradations.ops.fade import Fade
from bfrbench.degradations.ops.grain import FilmGrain
from bfrbench.degradations.ops.halftone import Halftone
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.scratches import Scratches
from bfrbench.degradations.ops.tint import Tint
from bfrbench.degradations.presets.preset import Preset


def _maybe(probability: float, *draws: Draw) -> Maybe:
    return Maybe(probability, draws)


def _scratches(count: Whole, length: Uniform, width: Uniform, opacity: Uniform, level: float) -> Draw:
    return step(Scratches, count=count, length=length, width=width, opacity=opacity, level=level, seed=Seed())


def _dust(specks: Whole, hairs: Whole, opacity: Uniform, level: float) -> Draw:
    radius = Uniform(0.0008, 0.002)
    return step(Dust, specks=specks, hairs=hairs, radius=radius, opacity=opacity, level=level, seed=Seed())


_FILM: tuple[Draw, ...] = (
    DrawGrey(probability=0.95),
    DrawLensBlur(LogUniform(0.0008, 0.005)),
    _maybe(0.4, step(Exposure, stops=Uniform(-0.8, 0.6))),
    _maybe(0.8, step(FilmGrain, strength=LogUniform(0.008, 0.08), size=Uniform(0.0006, 0.003), seed=Seed())),
    _maybe(0.25, step(FilmGrain, strength=Uniform(0.01, 0.05), size=Uniform(0.01, 0.04), seed=Seed())),
    _maybe(0.5, _dust(Whole(5, 119), Whole(0, 4), Uniform(0.4, 1), level=1.0)),
)
_PRINT: tuple[Draw, ...] = (
    _maybe(
        0.12,
        step(
            Halftone,
            period=Uniform(0.005, 0.011),
            angle_degrees=Choice((0.0, 15.0, 45.0, 75.0)),
            amount=Uniform(0.3, 0.9),
        ),
        DrawLensBlur(Uniform(0.001, 0.0025)),
    ),
    _maybe(0.8, step(Fade, black=Uniform(0, 0.3), white=Uniform(0.8, 1))),
    _maybe(
        0.4,
        step(
            Tint,
            kind=Choice(
                ("sepia", "warm", "green", "purple", "cyanotype"), weights=(0.35, 0.40, 0.12, 0.08, 0.05)
            ),
            amount=Uniform(0.1, 0.8),
        ),
    ),
)
_AGE: tuple[Draw, ...] = (
    _maybe(
        0.4, _scratches(Whole(1, 15), Uniform(0.05, 0.5), Uniform(0.001, 0.003), Uniform(0.3, 1), level=1.0)
    ),
    _maybe(
        0.15, _scratches(Whole(1, 9), Uniform(0.05, 0.4), Uniform(0.001, 0.002), Uniform(0.2, 0.7), level=0.0)
    ),
    _maybe(0.3, _dust(Whole(5, 79), Whole(0, 3), Uniform(0.3, 0.9), level=0.0)),
    _maybe(0.3, step(Fade, yellowing=Uniform(0.05, 0.5))),
)
_SCAN: tuple[Draw, ...] = (
    DrawDownsample(scale=(1, 5), interpolation="area"),
    step(GaussianNoise, sigma=Uniform(0, 3), grey=Chance(0.7), seed=Seed()),
    DrawJpeg(quality=(50, 96)),
    ResizeBack("cubic"),
)

ROWS = (
    Preset(
        id="old-photo",
        version=1,
        title="Old portraits: film, print, age and scan",
        source="bfrbench; the list of defects after Wan et al., Bringing Old Photos Back to Life, CVPR 2020 "
        "(noise, blur and fading; scratches and dust)",
        size=512,
        notes="Ranges were compared with 120 scans of portraits of the 1900s to 1920s (chroma, levels, "
        "spectrum); the probabilities are ours. Folds, tears, stains and silver mirroring are not "
        "modelled. Lengths of defects are shares of the shorter side, so it fits any size; int() cuts "
        "JPEG qualities to 50 to 95.",
        draws=(*_FILM, *_PRINT, *_AGE, *_SCAN),
    ),
)
