"""What a preset draws, in words: for its page, and for whoever writes about a data set."""

from collections.abc import Iterable, Mapping
from typing import Any

from bfrbench.degradations.draws import (
    AnyOrder,
    Chance,
    Choice,
    Draw,
    DrawBlur,
    DrawColourJitter,
    DrawColourShift,
    DrawDownsample,
    DrawGrey,
    DrawJpeg,
    DrawKernel,
    DrawLensBlur,
    DrawNoise,
    DrawPatch,
    DrawRescale,
    DrawSide,
    DrawStep,
    DrawWholeBlur,
    ImgaugQuality,
    LogUniform,
    Maybe,
    OddUp,
    OneOf,
    ResizeBack,
    ResizeTo,
    Seed,
    Uniform,
    Whole,
)
from bfrbench.degradations.draws.blur import imgaug_kernel
from bfrbench.degradations.presets.preset import Grid, Preset

_INTERPOLATIONS: Mapping[str, str] = {"adaptive": "area (as PyTorch)"}


def describe(preset: Preset) -> str:
    """The draws of a preset in their order, as one line: `blur …; shrink …; noise …`."""
    if not isinstance(preset.draws, Grid):
        return _all(preset.draws)
    if len(preset.draws.axes) == 1:
        ((_, levels),) = preset.draws.axes
        return "; ".join(f"{_number(level)}: [{_all(preset.draws.cell(level))}]" for level in levels)
    axes = (f"{name} {{{', '.join(_number(level) for level in axis)}}}" for name, axis in preset.draws.axes)
    order = "crossed by lot" if preset.draws.crossed else "in this order"
    return f"{len(preset.draws):,} combinations of {' × '.join(axes)}, {order}"


def _all(draws: Iterable[Draw]) -> str:
    return "; ".join(words for draw in draws if (words := _words(draw)))


def _words(draw: Draw) -> str:  # noqa: PLR0911, PLR0912  # one line for each kind of draw
    match draw:
        case DrawBlur(kernel, sigma, anisotropic):
            return f"Gaussian blur {kernel} px, σ {_range(sigma)}, {_percent(anisotropic)} anisotropic"
        case DrawKernel(sizes, kinds, sigma):
            mix = ", ".join(f"{_percent(weight)} {_plain(kind)}" for kind, weight in kinds)
            return f"blur {_either(sizes)} px, σ {_range(sigma)} ({mix})"
        case DrawWholeBlur(sigma, kernel):
            how = "imgaug's kernel" if kernel is imgaug_kernel else "kernel not cut"
            return f"Gaussian blur σ {_range(sigma)}, {how}"
        case DrawLensBlur(share):
            return f"Gaussian blur σ {_value(share)} of the side"
        case DrawDownsample(scale, interpolation):
            return f"shrink by {_range(scale)} ({interpolation})"
        case ResizeBack(interpolation):
            return f"back to size ({interpolation})"
        case DrawRescale(scale, weights, interpolations, divide):
            up, down, keep = (_percent(weight) for weight in weights)
            of = "" if divide == 1 else f" of 1/{_number(divide)}"
            return (
                f"resize to {_range(scale)}{of} ({up} up, {down} down, {keep} kept; {_modes(interpolations)})"
            )
        case ResizeTo(divide, interpolations):
            return f"resize to 1/{_number(divide)} ({_modes(interpolations)})"
        case DrawSide(side, interpolations):
            return f"resize to {_range(side)} px ({_modes(interpolations)})"
        case DrawNoise(sigma, grey):
            return f"Gaussian noise σ {_range(sigma)}/255" + (f", {_percent(grey)} grey" if grey else "")
        case DrawJpeg(quality):
            return f"JPEG {_range(quality)}"
        case DrawColourShift(levels, probability):
            return f"{_percent(probability)} colour shift ±{_number(levels)}/255"
        case DrawGrey(probability):
            return f"{_percent(probability)} grey"
        case DrawColourJitter(brightness, contrast, saturation, hue, probability):
            return (
                f"{_percent(probability)} colour jitter (brightness {_range(brightness)}, contrast "
                f"{_range(contrast)}, saturation {_range(saturation)}, hue {_range(hue)})"
            )
        case Maybe(probability, draws):
            return f"{_percent(probability)} [{_all(draws)}]"
        case OneOf(options, weights):
            whole = sum(weights) or len(options)
            shares = [_percent(weight / whole) for weight in weights or (1,) * len(options)]
            return " or ".join(
                f"{share} [{_all(option) or 'nothing'}]"
                for share, option in zip(shares, options, strict=True)
            )
        case AnyOrder(parts):
            return f"in an order by lot: {', '.join(f'[{_all(part)}]' for part in parts)}"
        case DrawPatch(side, draws):
            return f"uneven, a square of {_range(side)} px apart, each part with: {_all(draws)}"
        case DrawStep(make, fields):
            values = ", ".join(
                f"{_plain(name)} {_value(value)}" for name, value in fields if not isinstance(value, Seed)
            )
            return f"{_plain(make.__dataclass_fields__['op'].default)} {values}".rstrip()  # type: ignore[attr-defined]
    raise TypeError(f"{type(draw).__name__} has no words yet: give it a case here.")


def _value(value: Any) -> str:  # noqa: PLR0911  # one line for each kind of value
    match value:
        case Uniform(low, high) | Whole(low, high):
            return _range((low, high))
        case LogUniform(low, high):
            return f"{_range((low, high))} (logarithmic)"
        case OddUp(low, high):
            return f"{_range((low, high))} (odd)"
        case ImgaugQuality(low, high):
            return f"of compression {_range((low, high))}"
        case Choice(values, weights):
            shares = [f" {_percent(weight / sum(weights))}" for weight in weights] or [""] * len(values)
            return "/".join(f"{_plain(v)}{share}" for v, share in zip(values, shares, strict=True))
        case Chance(probability):
            return _percent(probability)
    return _plain(value)


def _plain(value: Any) -> str:
    return _number(value) if isinstance(value, int | float) else str(value).replace("_", " ")


def _modes(interpolations: Iterable[str]) -> str:
    return ", ".join(_INTERPOLATIONS.get(name, name) for name in interpolations)


def _either(sizes: tuple[int, ...]) -> str:
    return " or ".join(map(str, sizes)) if len(sizes) < 3 else f"{sizes[0]} to {sizes[-1]}"


def _range(ends: tuple[float, float]) -> str:
    low, high = ends
    return _number(low) if low == high else f"{_number(low)}–{_number(high)}"


def _percent(share: float) -> str:
    return f"{_number(100 * share)} %"


def _number(value: float) -> str:
    return f"{value:.4g}"
