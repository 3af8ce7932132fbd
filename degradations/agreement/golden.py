"""Checks against stored arrays that BasicSR, GFP-GAN and Real-ESRGAN's own code made, stage by stage.

They lie in a `golden/degradations` folder, beside a README that says why the tolerances are what they are.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bfrbench import pixels
from bfrbench.degradations.agreement.check import Against, Array, Check
from bfrbench.degradations.kernels import Kernel, axis_sigmas
from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.blur import Blur, Kind, Sinc, convolve, kernel_of
from bfrbench.degradations.ops.colour import (
    CHANGES,
    Change,
    ColourJitter,
    ColourShift,
    Grey,
    colour_jitter,
    colour_shift,
    grey,
)
from bfrbench.degradations.ops.diffjpeg import DiffJpeg, diffjpeg
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg
from bfrbench.degradations.ops.noise import add_field, poisson_field, rounded_for_poisson
from bfrbench.degradations.ops.resample import Resample, resample
from bfrbench.degradations.ops.unsharp import UnsharpMask, unsharp

KINDS: Mapping[str, Kind] = {
    "iso": "isotropic",
    "aniso": "anisotropic",
    "generalized_iso": "generalised_isotropic",
    "generalized_aniso": "generalised_anisotropic",
    "plateau_iso": "plateau_isotropic",
    "plateau_aniso": "plateau_anisotropic",
}


def golden_checks(golden: Path) -> list[Check]:
    """All checks against a `golden/degradations` folder."""
    parts = (kernel_checks, chain_checks, jitter_checks, poisson_checks, second_order_checks)
    return [check for part in parts for check in part(golden)]


def kernel_checks(golden: Path) -> Iterator[Check]:
    """Every kernel family against BasicSR: the values, and the widths after the cut-off."""
    stored = _arrays(golden / "kernels.npz")
    for name, row in _json(golden / "kernels.json").items():
        kernel, subject = stored_kernel(row), f"{name}, {row['shape'][0]} px"
        widths = np.array([row["effective_sigma_x"], row["effective_sigma_y"]])
        against = Against("basicsr 1.4.2", subject)
        yield against.largest(f"kernel, {row['type']}", kernel, stored[name], 1e-9)
        yield against.largest("effective sigma", np.array(axis_sigmas(kernel)), widths, 1e-9)


def stored_kernel(row: Mapping[str, Any]) -> Kernel:
    """Our kernel for a row of kernels.json."""
    if row["type"] == "sinc":
        return kernel_of(Sinc(size=row["size"], omega=row["cutoff"], pad_to=row["pad_to"]))
    sigma_x, sigma_y = row["sigma_x"], row.get("sigma_y", row["sigma_x"])
    shape = {"theta": row.get("theta", 0.0), "beta": row.get("beta", 1.0)}
    return kernel_of(
        Blur(kind=KINDS[row["type"]], size=row["size"], sigma_x=sigma_x, sigma_y=sigma_y, **shape)
    )


def chain_checks(golden: Path) -> Iterator[Check]:
    """GFP-GAN's chain on three images, each stage from the stored one before it, then as a whole."""
    shapes, arrays = _json(golden / "kernels.json"), _arrays(golden / "ops.npz")
    for name, row in _json(golden / "ops.json").items():
        if not name.startswith("ops"):
            continue
        # stored as BGR, and for larger images as a crop
        stages = {
            key.removeprefix(f"{name}_").removesuffix("_crop"): value[..., ::-1] if value.ndim == 3 else value
            for key, value in arrays.items()
            if key.startswith(f"{name}_")
        }
        hq = pixels.to_unit(pixels.read_image(golden / row["image"]))
        yield from _chain(row, stages, hq, stored_kernel(shapes[row["kernel"]]))


def _chain(
    row: Mapping[str, Any], stages: Mapping[str, Array], hq: UnitImage, kernel: Kernel
) -> Iterator[Check]:
    against, size, code = Against("gfpgan 1.3.8", row["image"]), row["size"], Jpeg(quality=row["q"])
    blurred = convolve(hq, kernel)
    yield against.largest("blur", _middle(blurred, stages["blur"]), stages["blur"], 2e-5)
    side = int(size // row["scale"])
    small = resample(blurred, Resample(height=side, width=side))
    yield against.largest("resample, after blur", small, stages["small"], 2e-5 + 1e-5)
    noisy = pixels.from_unit(add_field(stages["small"], stages["noise"]))
    yield against.largest("noise and rounding, levels", noisy, stages["jpeg_in_u8"], 0)
    decoded = pixels.from_unit(jpeg(pixels.to_unit(stages["jpeg_in_u8"]), code))
    yield against.largest("jpeg, levels", decoded, stages["jpeg_out_u8"], 0)
    back = Resample(height=size, width=size)
    up = resample(pixels.to_unit(stages["jpeg_out_u8"]), back)
    yield against.largest("resample, back", _middle(up, stages["up"]), stages["up"], 1e-5)
    last = stages["final_u8"]
    yield from against.levels("final image", _middle(pixels.from_unit(up), last), last, 0.002)
    whole = pixels.from_unit(resample(jpeg(add_field(small, stages["noise"]), code), back))
    yield against.largest("whole chain, levels", _middle(whole, last), last, 12)
    yield against.mean("whole chain, levels", _middle(whole, last), last, 0.05)
    if "gray" in stages:
        yield against.largest("grey", grey(_whole(stages["up"]), Grey())[:, :, 0], stages["gray"], 1e-6)
    if "shift_u8" in stages:
        blue, green, red = (255 * value for value in row["shift"])
        shifted = colour_shift(_whole(stages["up"]), ColourShift(red=red, green=green, blue=blue))
        yield against.largest("colour_shift, levels", pixels.from_unit(shifted), stages["shift_u8"], 1)


def jitter_checks(golden: Path) -> Iterator[Check]:
    """Colour jitter against torchvision: in three orders, and each change alone."""
    rows, stored = _json(golden / "ops.json")["jitter_pt"], _arrays(golden / "ops.npz")
    image, by = pixels.to_unit(stored["jitter_in_u8"][:, :, ::-1]), "torchvision 0.29.2"
    names: tuple[Change, ...] = ("brightness", "contrast", "saturation", "hue")
    for number, row in enumerate(rows):
        order = tuple(names[i] for i in row["order"])
        ours = colour_jitter(image, ColourJitter(order=order, **{name: row[name] for name in names}))
        theirs = stored[f"jitter{number}_out"]
        yield Against(by, ", ".join(order)).largest("colour_jitter", ours, theirs, 1e-4)
    for name in names:
        ours, theirs = CHANGES[name](image, rows[0][name]), stored[f"jitter_single_{name}"]
        tolerance = 1e-4 if name == "hue" else 1e-5
        yield Against(by, f"{name} alone").largest("colour_jitter", ours, theirs, tolerance)


def poisson_checks(golden: Path) -> Iterator[Check]:
    """Poisson noise against BasicSR, from the counts that it drew."""
    rows, stored = _json(golden / "ops.json"), _arrays(golden / "ops.npz")
    image = pixels.to_unit(stored["jitter_in_u8"][:, :, ::-1])
    for name, subject in (("poisson", "colour"), ("poisson_gray", "grey")):
        rounded = rounded_for_poisson(image, one_channel=subject == "grey")
        counts = np.atleast_3d(stored[f"{name}_counts"])[:, :, ::-1].astype(np.int64)
        ours = add_field(image, poisson_field(rounded, counts, rows[name]["scale"]))
        theirs = stored[f"{name}_out"][:, :, ::-1]
        yield Against("basicsr 1.4.2", subject).largest("poisson", ours, theirs, 1e-6)


def second_order_checks(golden: Path) -> Iterator[Check]:
    """Real-ESRGAN's second-order chain, each stage from the stored one before it."""
    row, shapes = _json(golden / "second_order.json"), _json(golden / "kernels.json")
    stages = {
        name: np.ascontiguousarray(batch[0].transpose(1, 2, 0))
        for name, batch in _arrays(golden / "second_order.npz").items()
    }
    against = Against("Real-ESRGAN (basicsr 1.4.2)", row["image"])
    hq = pixels.to_unit(pixels.read_image(golden / row["image"]))
    first, second, ring = (stored_kernel(shapes[row[key]]) for key in ("kernel1", "kernel2", "sinc_kernel"))
    (height, width), (full_height, full_width) = row["resize2"]["size"], row["resize_back"]["size"]
    tall, wide, _ = stages["s2_resize"].shape  # torch cuts 64·1.31 to 83, and samples at 1/1.31 all the same
    cubic = Resample(height=tall, width=wide, interpolation="cubic", factor=row["resize1"]["scale_factor"])
    area = Resample(height=height, width=width, interpolation="adaptive")
    back = Resample(height=full_height, width=full_width)

    def poisson_noise(image: UnitImage) -> UnitImage:
        counts = stages["s7_poisson_counts"].astype(np.int64)
        return poisson_field(rounded_for_poisson(image, one_channel=False), counts, row["poisson"]["scale"])

    # what, the stage that goes in, the one that must come out
    steps: tuple[tuple[str, str | None, str, Callable[[UnitImage], UnitImage]], ...] = (
        ("unsharp", None, "s0_usm", lambda image: unsharp(image, UnsharpMask())),
        ("blur, generalised", "s0_usm", "s1_blur", lambda image: convolve(image, first)),
        ("resample, cubic by a factor", "s1_blur", "s2_resize", lambda image: resample(image, cubic)),
        ("noise", "s2_resize", "s3_noisy", lambda image: add_field(image, stages["s3_noise_field"])),
        ("blur, plateau", "s4_jpeg", "s5_blur2", lambda image: convolve(image, second)),
        ("resample, adaptive", "s5_blur2", "s6_resize2", lambda image: resample(image, area)),
        ("poisson", "s6_resize2", "s7_noise_field", poisson_noise),
        ("noise", "s6_resize2", "s7_noisy", lambda image: add_field(image, stages["s7_noise_field"])),
        ("resample, sinc", "s7_noisy", "s8_resize_sinc", lambda image: convolve(resample(image, back), ring)),
    )
    for what, before, after, step in steps:
        ours = step(hq if before is None else stages[before])
        yield against.largest(f"second order, {after}: {what}", ours, stages[after], 2e-5)
    for before, after, quality in (
        ("s3_noisy", "s4_jpeg", row["jpeg1"]),
        ("s8_resize_sinc", "s9_jpeg", row["jpeg2"]),
    ):
        ours = diffjpeg(np.clip(stages[before], 0, 1), DiffJpeg(quality=quality))
        what = f"second order, {after}: diffjpeg"
        yield against.share(what, ours, stages[after], beyond=2e-5, tolerance=0.001)
    final = pixels.from_unit(stages["s9_jpeg"])
    yield from against.levels("second order, s10_final: rounding", final, stages["s10_final_u8"], 0.005)


def _middle(image: Array, like: Array) -> Array:
    """The middle of an image that is as large as another."""
    top, left = ((whole - part) // 2 for whole, part in zip(image.shape[:2], like.shape[:2], strict=True))
    return image[top : top + like.shape[0], left : left + like.shape[1]]


def _whole(view: Array) -> UnitImage:
    """A view as an array of its own, which OpenCV wants."""
    return np.ascontiguousarray(view)


def _arrays(path: Path) -> dict[str, Array]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
