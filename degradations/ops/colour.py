"""Colour: grey, shifts and jitter, all of them on the LQ image alone."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage

Change = Literal["brightness", "contrast", "saturation", "hue"]
Factor = Annotated[float, Field(ge=0, le=1000)]
Levels = Annotated[float, Field(ge=-255, le=255)]
Plane: TypeAlias = NDArray[np.float32]
"""One channel, H×W or H×W×1."""


@dataclass(frozen=True, kw_only=True, config=STEP)
class Grey:
    """Lose all colour."""

    op: Literal["grey"] = "grey"


@dataclass(frozen=True, kw_only=True, config=STEP)
class ColourShift:
    """Add a constant to each channel, in levels of 255."""

    op: Literal["colour_shift"] = "colour_shift"
    red: Levels
    green: Levels
    blue: Levels


@dataclass(frozen=True, kw_only=True, config=STEP)
class ColourJitter:
    """Four changes, done in `order`. A factor of 1, or a hue of 0 turns (-1/2..1/2), changes nothing."""

    op: Literal["colour_jitter"] = "colour_jitter"
    brightness: Factor
    contrast: Factor
    saturation: Factor
    hue: Annotated[float, Field(ge=-0.5, le=0.5)]
    order: tuple[Change, ...]


def grey(image: UnitImage, step: Grey) -> UnitImage:  # noqa: ARG001  # every op takes its step
    """0.299 R + 0.587 G + 0.114 B in all three channels."""
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    return np.repeat(luma[:, :, None], 3, axis=2)


def colour_shift(image: UnitImage, step: ColourShift) -> UnitImage:
    """Add the shifts and clip to 0..1."""
    shift = np.array([step.red, step.green, step.blue]) / 255
    shifted: UnitImage = np.clip(image + shift.astype(np.float32), 0, 1)
    return shifted


def colour_jitter(image: UnitImage, step: ColourJitter) -> UnitImage:
    """The changes in their order, by torchvision's definitions (transforms.functional, float tensors)."""
    for change in step.order:
        image = CHANGES[change](image, getattr(step, change))
    return image


def change_brightness(image: UnitImage, factor: float) -> UnitImage:
    """Blend with black."""
    return _blend(image, np.float32(0), factor)


def change_contrast(image: UnitImage, factor: float) -> UnitImage:
    """Blend with the mean luma of the whole image."""
    return _blend(image, _luma(image).mean(dtype=np.float64).astype(np.float32), factor)


def change_saturation(image: UnitImage, factor: float) -> UnitImage:
    """Blend with the image's own luma."""
    return _blend(image, _luma(image), factor)


def change_hue(image: UnitImage, turns: float) -> UnitImage:
    """Turn the hue of HSV by a share of the whole circle."""
    hue, saturation, value = _to_hsv(image)
    turned: Plane = (hue + np.float32(turns)) % np.float32(1)
    return _from_hsv(turned, saturation, value)


CHANGES: Mapping[Change, Callable[[UnitImage, float], UnitImage]] = {
    "brightness": change_brightness,
    "contrast": change_contrast,
    "saturation": change_saturation,
    "hue": change_hue,
}


def _blend(image: UnitImage, other: Plane | np.float32, factor: float) -> UnitImage:
    """factor·image + (1 - factor)·other, clipped: torchvision's way of doing all but hue."""
    blended: UnitImage = np.clip(np.float32(factor) * image + np.float32(1 - factor) * other, 0, 1)
    return blended


def _luma(image: UnitImage) -> Plane:
    """H×W×1, with torchvision's 0.2989 for red, which is not OpenCV's 0.299."""
    red, green, blue = image[:, :, :1], image[:, :, 1:2], image[:, :, 2:]
    luma: Plane = np.float32(0.2989) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    return luma


def _to_hsv(image: UnitImage) -> tuple[Plane, Plane, Plane]:
    """Hue, saturation and value, H×W, each 0..1; grey has hue 0."""
    red, green, blue = image[:, :, 0], image[:, :, 1], image[:, :, 2]
    value = image.max(axis=2)
    chroma = value - image.min(axis=2)
    some = np.where(chroma > 0, chroma, np.float32(1))
    sextant = np.where(
        value == red,
        (green - blue) / some,
        np.where(value == green, 2 + (blue - red) / some, 4 + (red - green) / some),
    )
    hue: Plane = (sextant / 6 % 1).astype(np.float32)
    saturation: Plane = chroma / np.where(value > 0, value, np.float32(1))
    return hue, saturation, value


def _from_hsv(hue: Plane, saturation: Plane, value: Plane) -> UnitImage:
    """HSV back to RGB (Smith 1978) without branches: channel = value·(1 - saturation·d).

    d = clip(min(k, 4 - k), 0, 1) with k = (n + 6·hue) mod 6 and n = 5, 3, 1 for red, green, blue.
    """
    k = (np.array([5, 3, 1], dtype=np.float32) + np.float32(6) * hue[:, :, None]) % np.float32(6)
    distance = np.clip(np.minimum(k, 4 - k), 0, 1)
    image: UnitImage = value[:, :, None] * (1 - saturation[:, :, None] * distance)
    return image
