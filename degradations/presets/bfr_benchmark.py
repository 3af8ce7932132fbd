"""The five tracks of the BFR benchmark (Zhang et al. 2022), with ranges that are not the paper's.

Its LQs came as archives; its repositories hold no ranges, and the paper's whole text was not at hand. The
script of HiFaceGAN, one of the benchmark's methods, degrades by the same factors with Gaussian and motion
blur and Gaussian, Laplace and Poisson noise, as the benchmark does by what others write of it. So its
ranges stand in for the unknown ones.
"""

from bfrbench.degradations.draws import (
    AnyOrder,
    Draw,
    DrawNoise,
    DrawWholeBlur,
    ImgaugQuality,
    OddUp,
    OneOf,
    ResizeBack,
    ResizeTo,
    Seed,
    Uniform,
    step,
)
from bfrbench.degradations.draws.blur import imgaug_kernel
from bfrbench.degradations.ops.blur import MotionBlur
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.noise import LaplaceNoise, SignedPoissonNoise
from bfrbench.degradations.ops.rounding import Round
from bfrbench.degradations.presets.preset import Preset

_ROUND = step(Round)
_BLURS = {512: ((3, 8), (10, 20)), 128: ((0.75, 2), (3, 5))}
"""Sigma of the Gaussian and length of the motion, in pixels of the HQ; at 128 px a quarter of 512's."""

_NOISE: tuple[Draw, ...] = (
    OneOf(
        (
            (DrawNoise(sigma=(20, 40)),),
            (step(LaplaceNoise, scale=Uniform(20, 40), seed=Seed()),),
            (step(SignedPoissonNoise, rate=Uniform(15, 30), seed=Seed()),),
        )
    ),
    _ROUND,
)
_JPEG: tuple[Draw, ...] = (step(Jpeg, quality=ImgaugQuality(50, 85)),)
_LR: tuple[Draw, ...] = (
    OneOf(tuple((ResizeTo(scale, ("cubic",)),) for scale in (2, 4, 8))),
    _ROUND,
    ResizeBack("cubic"),
    _ROUND,
)


def _blur(size: int) -> tuple[Draw, ...]:
    sigma, (shortest, longest) = _BLURS[size]
    motion = step(
        MotionBlur,
        size=OddUp(shortest, longest),
        angle_degrees=Uniform(0, 360),
        direction=Uniform(-1, 1),
    )
    return OneOf(((motion,), (DrawWholeBlur(sigma=sigma, kernel=imgaug_kernel),))), _ROUND


def _tracks(size: int) -> dict[str, tuple[str, tuple[Draw, ...]]]:
    parts = {"blur": _blur(size), "noise": _NOISE, "jpeg": _JPEG, "lr": _LR}
    full = (AnyOrder(tuple(parts.values())),)
    return {track: (f"{track} track", draws) for track, draws in parts.items()} | {
        "full": ("full track, all four in an order by lot", full)
    }


_PAPER = "Zhang et al. 2022 (arXiv:2206.03697)"
_SOURCE = (
    f"bfrbench: the tracks of {_PAPER} and its repository "
    "bitzpy/Blind-Face-Restoration-Benchmark-Datasets-and-a-Baseline-Model 715cc99, the ranges of "
    "HiFaceGAN's degrade.py, Lotayou/Face-Renovation eea8c65"
)
_UNKNOWN = (
    "The benchmark's ranges were not found: its repositories hold none, and the paper's whole text was not "
    "at hand. Numbers on this preset do not compare with the paper's. "
)
_RANGES = {
    "blur": "The ranges of blur are HiFaceGAN's. ",
    "noise": "The ranges of noise are HiFaceGAN's. ",
    "jpeg": "The range of JPEG, compression 50..85 (quality 51..17), is HiFaceGAN's. ",
    "lr": "",
    "full": "The ranges of blur, noise and JPEG, and that the order is random, are HiFaceGAN's. ",
}
_SCALES = (
    "Scales 2, 4 and 8 are those of a folder (X2_X4_X8) in the benchmark's training code; that they are "
    "mixed alike, shrunk without antialiasing and enlarged by cubic interpolation is ours. "
)
_QUARTER = "They are for 512 px; blur scales with the size here, noise and JPEG act on pixels and stay. "
_8_BIT = "As in imgaug there is a rounding to 8 bits after every step."


def _row(size: int, track: str, title: str, draws: tuple[Draw, ...]) -> Preset:
    quarter = _QUARTER if size == 128 and track in ("blur", "full") else ""
    scales = _SCALES if track in ("lr", "full") else ""
    return Preset(
        id=f"bfr-benchmark-{track}{'' if size == 512 else f'-{size}'}",
        version=1,
        title=f"BFR benchmark, {title}; the ranges are not the paper's",
        source=_SOURCE,
        size=size,
        notes=_UNKNOWN + _RANGES[track] + quarter + scales + _8_BIT,
        draws=draws,
        stands_in_for=_PAPER,
    )


ROWS = tuple(
    _row(size, track, title, draws) for size in _BLURS for track, (title, draws) in _tracks(size).items()
)
