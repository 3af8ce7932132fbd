"""The same recipes on an accelerator, many images at a time.

`degrade` carries out what `recipe.apply` does. Steps of one op on images of one size are done together:

| step                        | here                                    | off the reference, of 255 |
|-----------------------------|-----------------------------------------|---------------------------|
| blur, sinc, motion, average | FFT over the padded image, float32      | 0.01                      |
| resample, linear and cubic  | torch's interpolate, half-pixel centres | 0.01                      |
| noise, grey, colour shift   | the same field, drawn on the CPU        | 0.001                     |
| colour jitter               | the same formulas                       | 0.01                      |
| JPEG                        | in integers (`torch_jpeg.py`)           | 0 from equal levels       |
| all others                  | the reference itself, on the CPU        | 0                         |

A difference in the sixth digit can push a value over a rounding point before JPEG, and then moves a block
of 8×8. End to end an image stays within 32 levels and 0.5 on the mean, and the mean PSNR between both ways
is above 60 dB (48 faces by each preset: 11 levels, 0.29, 71 dB; the worst image 49 dB).
`tests/degradations/test_torch_ops.py` holds these numbers. CPU and CUDA; JPEG needs float64, which Apple's
GPUs lack.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from bfrbench.degradations.ops.blur import Border, KernelStep, kernel_of
from bfrbench.degradations.ops.colour import ColourJitter, ColourShift, Grey
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.noise import GaussianNoise, noise_field
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.recipe import STEPS, Recipe, Step
from bfrbench.degradations.torch_jpeg import jpeg as jpeg_levels
from bfrbench.errors import InputError

Tensor = torch.Tensor
"""N×3×H×W, RGB, float32, nominally 0..1, on its way through the steps."""

_PADDING: Mapping[Border, Any] = {
    "reflect-101": "reflect",
    "reflect": "symmetric",
    "replicate": "edge",
    "zero": "constant",
}
"""What numpy calls the borders."""


def degrade(hq: Tensor, recipes: Sequence[Recipe]) -> Tensor:
    """N×3×H×W in [-1, 1] and a recipe for each → LQ images in [-1, 1], rounded to 8 bits as files are.

    Raises InputError when the recipes end in images of different sizes, which no batch can hold.
    """
    images = list(_round((hq.float() + 1) / 2).unsqueeze(1).unbind(0))
    for number in range(max((len(recipe.steps) for recipe in recipes), default=0)):
        _run(
            images,
            {i: recipe.steps[number] for i, recipe in enumerate(recipes) if number < len(recipe.steps)},
        )
    sizes = sorted({tuple(image.shape[2:]) for image in images})
    if len(sizes) > 1:
        raise InputError(
            f"The recipes of a batch end in different sizes, {sizes}: put those of one size together."
        )
    return _round(torch.cat(images)) * 2 - 1


def _run(images: list[Tensor], steps: Mapping[int, Step]) -> None:
    """Carry out the next step of each image, in place in the list; alike ones in one go."""
    alike: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, step in steps.items():
        alike[images[i].shape, *_kind(step)].append(i)
    for members in alike.values():
        ours = [steps[i] for i in members]
        function = _BATCHED[ours[0].op] if _is_batched(ours[0]) else _reference
        done = function(torch.cat([images[i] for i in members]), ours)
        for place, i in enumerate(members):
            images[i] = done[place : place + 1]


def _kind(step: Step) -> tuple[object, ...]:
    """What steps must have in common to be done together."""
    match step:
        case Resample():
            return (step,)
        case Jpeg():
            return (step.op, step.chroma)
        case _:
            return (step.op, getattr(step, "border", None))


def _is_batched(step: Step) -> bool:
    if isinstance(step, Resample):
        plain = not step.antialias and step.factor is None
        return plain and step.interpolation in ("linear", "cubic")
    return step.op in _BATCHED


def _reference(batch: Tensor, steps: Sequence[Step]) -> Tensor:
    """The ops of the CPU, image by image."""
    images = batch.permute(0, 2, 3, 1).cpu().numpy()
    done = [STEPS[step.op](np.ascontiguousarray(i), step) for i, step in zip(images, steps, strict=True)]
    return torch.from_numpy(np.stack(done)).permute(0, 3, 1, 2).to(batch.device)


def _round(batch: Tensor) -> Tensor:
    """To whole levels of 255, halves to even, as `pixels.from_unit` does."""
    return (batch * 255).round().clamp(0, 255) / 255


def blur(batch: Tensor, steps: Sequence[KernelStep]) -> Tensor:
    """Correlate each image with its kernel, by FFT; the border is the first step's."""
    kernels = [kernel_of(step) for step in steps]
    reach = max(len(kernel) for kernel in kernels) // 2
    padded = _pad(batch, reach, steps[0].border)
    size = [cv2.getOptimalDFTSize(side) for side in padded.shape[2:]]
    response = np.zeros((len(kernels), 1, 2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    for plane, kernel in zip(response[:, 0], kernels, strict=True):
        edge = reach - len(kernel) // 2
        plane[edge : edge + len(kernel), edge : edge + len(kernel)] = kernel
    spectrum = torch.fft.rfft2(torch.from_numpy(response).to(batch.device), s=size).conj()
    blurred: Tensor = torch.fft.irfft2(torch.fft.rfft2(padded, s=size) * spectrum, s=size)
    return blurred[:, :, : batch.shape[2], : batch.shape[3]]


def _pad(batch: Tensor, reach: int, border: Border) -> Tensor:
    if border == "zero":
        return F.pad(batch, (reach,) * 4)
    rows, columns = (
        torch.from_numpy(np.pad(np.arange(side), reach, mode=_PADDING[border])).to(batch.device)
        for side in batch.shape[2:]
    )
    return batch[:, :, rows][:, :, :, columns]


def resample(batch: Tensor, steps: Sequence[Resample]) -> Tensor:
    """Resize all to the first step's size, without antialiasing."""
    size, mode = (steps[0].height, steps[0].width), {"linear": "bilinear", "cubic": "bicubic"}
    return F.interpolate(batch, size, mode=mode[steps[0].interpolation], align_corners=False)


def noise(batch: Tensor, steps: Sequence[GaussianNoise]) -> Tensor:
    """Add each step's own field, the one that the reference adds."""
    height, width = batch.shape[2:]
    fields = [noise_field(height, width, step).transpose(2, 0, 1) for step in steps]
    whole = np.stack([np.broadcast_to(field, (3, height, width)) for field in fields])
    return (batch + torch.from_numpy(whole).to(batch.device)).clamp(0, 1)


def jpeg(batch: Tensor, steps: Sequence[Jpeg]) -> Tensor:
    """Round to 8 bits, compress, decode; the chroma subsampling is the first step's."""
    quality = torch.tensor([step.quality for step in steps], device=batch.device)
    levels = (batch * 255).round().clamp(0, 255)
    return jpeg_levels(levels, quality, steps[0].chroma).float() / 255


def grey(batch: Tensor, steps: Sequence[Grey]) -> Tensor:  # noqa: ARG001
    """OpenCV's luma in all channels."""
    return _luma(batch, 0.299).expand(-1, 3, -1, -1)


def colour_shift(batch: Tensor, steps: Sequence[ColourShift]) -> Tensor:
    """Add three constants and clip."""
    return (
        batch + _column([(step.red / 255, step.green / 255, step.blue / 255) for step in steps], batch)
    ).clamp(0, 1)


def colour_jitter(batch: Tensor, steps: Sequence[ColourJitter]) -> Tensor:
    """Each step's changes in its own order."""
    images = list(torch.split(batch, 1))
    for i, step in enumerate(steps):
        for change in step.order:
            images[i] = _CHANGES[change](images[i], getattr(step, change))
    return torch.cat(images)


def _column(values: Sequence[tuple[float, ...]], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=like.device)[:, :, None, None]


def _luma(batch: Tensor, red: float) -> Tensor:
    return red * batch[:, :1] + 0.587 * batch[:, 1:2] + 0.114 * batch[:, 2:]


def _blend(image: Tensor, other: Tensor | float, factor: float) -> Tensor:
    return (factor * image + (1 - factor) * other).clamp(0, 1)


def _change_hue(image: Tensor, turns: float) -> Tensor:
    """As `ops.colour.change_hue`: to HSV, turn, and back."""
    red, green, blue = image[:, :1], image[:, 1:2], image[:, 2:]
    value = image.amax(1, keepdim=True)
    chroma = value - image.amin(1, keepdim=True)
    some = torch.where(chroma > 0, chroma, torch.ones_like(chroma))
    after_green = torch.where(value == green, 2 + (blue - red) / some, 4 + (red - green) / some)
    hue = torch.where(value == red, (green - blue) / some, after_green) / 6 % 1
    saturation = chroma / torch.where(value > 0, value, torch.ones_like(value))
    k = (_column([(5.0, 3.0, 1.0)], image) + 6 * ((hue + turns) % 1)) % 6
    return value * (1 - saturation * torch.minimum(k, 4 - k).clamp(0, 1))


_CHANGES: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "brightness": lambda image, factor: _blend(image, 0.0, factor),
    "contrast": lambda image, factor: _blend(image, _luma(image, 0.2989).double().mean().float(), factor),
    "saturation": lambda image, factor: _blend(image, _luma(image, 0.2989), factor),
    "hue": _change_hue,
}

_BATCHED: Mapping[str, Callable[[Tensor, Any], Tensor]] = {
    "blur": blur,
    "sinc": blur,
    "motion": blur,
    "average": blur,
    "resample": resample,
    "noise": noise,
    "jpeg": jpeg,
    "grey": grey,
    "colour_shift": colour_shift,
    "colour_jitter": colour_jitter,
}
