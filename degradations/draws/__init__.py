"""How steps are drawn at random: small frozen specs of ranges and probabilities, each giving steps.

A preset is a tuple of these. `draw(rng, size)` gets the size of the HQ image and returns the steps to
append, none when its probability missed. Numbers are drawn here and nowhere else, in the order in which
each spec's docstring or fields name them: another order would be another preset.
"""

from bfrbench.degradations.draws.base import Draw, Range, Size
from bfrbench.degradations.draws.blur import DrawBlur, DrawKernel, DrawLensBlur, DrawWholeBlur
from bfrbench.degradations.draws.colour import DrawColourJitter, DrawColourShift, DrawGrey
from bfrbench.degradations.draws.combine import AnyOrder, Maybe, OneOf
from bfrbench.degradations.draws.patch import DrawPatch
from bfrbench.degradations.draws.resize import DrawDownsample, DrawRescale, DrawSide, ResizeBack, ResizeTo
from bfrbench.degradations.draws.signal import DrawJpeg, DrawNoise
from bfrbench.degradations.draws.values import (
    Chance,
    Choice,
    DrawStep,
    ImgaugQuality,
    LogUniform,
    OddUp,
    Seed,
    Uniform,
    Whole,
    step,
)

__all__ = [
    "AnyOrder",
    "Chance",
    "Choice",
    "Draw",
    "DrawBlur",
    "DrawColourJitter",
    "DrawColourShift",
    "DrawDownsample",
    "DrawGrey",
    "DrawJpeg",
    "DrawKernel",
    "DrawLensBlur",
    "DrawNoise",
    "DrawPatch",
    "DrawRescale",
    "DrawSide",
    "DrawStep",
    "DrawWholeBlur",
    "ImgaugQuality",
    "LogUniform",
    "Maybe",
    "OddUp",
    "OneOf",
    "Range",
    "ResizeBack",
    "ResizeTo",
    "Seed",
    "Size",
    "Uniform",
    "Whole",
    "step",
]
