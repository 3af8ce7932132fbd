"""Blur with a kernel: Gaussian and its kin, sinc, motion and average."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeAlias

import cv2
import numpy as np
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations import kernels
from bfrbench.degradations.ops import STEP, UnitImage

Kind = Literal[
    "isotropic",
    "anisotropic",
    "generalised_isotropic",
    "generalised_anisotropic",
    "plateau_isotropic",
    "plateau_anisotropic",
]
Border = Literal["reflect-101", "reflect", "replicate", "zero"]
"""What lies beyond the edge: dcb|abcd|cba, dcba|abcd|dcba, aaa|abcd|ddd or 000|abcd|000."""

BORDERS: Mapping[Border, int] = {
    "reflect-101": cv2.BORDER_REFLECT_101,
    "reflect": cv2.BORDER_REFLECT,
    "replicate": cv2.BORDER_REPLICATE,
    "zero": cv2.BORDER_CONSTANT,
}


def _odd(size: int) -> int:
    if size % 2 == 0:
        raise ValueError("a kernel's size must be odd")
    return size


Sigma = Annotated[float, Field(gt=0)]
OddSize = Annotated[int, Field(ge=1, le=255), AfterValidator(_odd)]


@dataclass(frozen=True, kw_only=True, config=STEP)
class Blur:
    """A size×size kernel, sigmas in pixels, theta in radians. Isotropic: sigma_y = sigma_x, theta = 0.

    Beta shapes the generalised and the plateau kernels; for the Gaussians it is 1.
    """

    op: Literal["blur"] = "blur"
    kind: Kind
    size: OddSize
    sigma_x: Sigma
    sigma_y: Sigma
    theta: float = 0.0
    beta: Annotated[float, Field(gt=0)] = 1.0
    border: Border = "reflect-101"

    def __post_init__(self) -> None:
        is_round = not self.kind.endswith("anisotropic")
        if is_round and (self.sigma_x != self.sigma_y or self.theta != 0):
            raise ValueError("an isotropic kernel has sigma_y = sigma_x and theta = 0")
        if self.kind in ("isotropic", "anisotropic") and self.beta != 1:
            raise ValueError("a Gaussian kernel has beta = 1; other betas are for generalised and plateau")


@dataclass(frozen=True, kw_only=True, config=STEP)
class Sinc:
    """The ideal low-pass filter, which rings: cut-off omega in radians a pixel, zeros up to pad_to."""

    op: Literal["sinc"] = "sinc"
    size: OddSize
    omega: Annotated[float, Field(ge=0.001, le=np.pi)]
    pad_to: Annotated[int, Field(ge=0, le=255)] = 0
    border: Border = "reflect-101"

    def __post_init__(self) -> None:
        if self.pad_to > self.size and self.pad_to % 2 == 0:
            raise ValueError("a kernel's padded size must be odd")


@dataclass(frozen=True, kw_only=True, config=STEP)
class MotionBlur:
    """A line `size` pixels long, turned clockwise from upright; direction 0 is even, ±1 fades to one end."""

    op: Literal["motion"] = "motion"
    size: Annotated[OddSize, Field(ge=3)]
    angle_degrees: float
    direction: Annotated[float, Field(ge=-1, le=1)] = 0.0
    border: Border = "reflect-101"


@dataclass(frozen=True, kw_only=True, config=STEP)
class AverageBlur:
    """The mean of size×size pixels; an even size looks one pixel further up and left (cv2.blur)."""

    op: Literal["average"] = "average"
    size: Annotated[int, Field(ge=1, le=255)]
    border: Border = "reflect-101"


KernelStep: TypeAlias = Blur | Sinc | MotionBlur | AverageBlur


def _gaussian(step: Blur) -> kernels.Kernel:
    return kernels.gaussian(step.size, step.sigma_x, step.sigma_y, step.theta)


def _generalised(step: Blur) -> kernels.Kernel:
    return kernels.generalised_gaussian(step.size, step.sigma_x, step.sigma_y, step.theta, step.beta)


def _plateau(step: Blur) -> kernels.Kernel:
    return kernels.plateau(step.size, step.sigma_x, step.sigma_y, step.theta, step.beta)


KERNELS: Mapping[Kind, Callable[[Blur], kernels.Kernel]] = {
    "isotropic": _gaussian,
    "anisotropic": _gaussian,
    "generalised_isotropic": _generalised,
    "generalised_anisotropic": _generalised,
    "plateau_isotropic": _plateau,
    "plateau_anisotropic": _plateau,
}


def kernel_of(step: KernelStep) -> kernels.Kernel:
    """The kernel that a step means, on an odd square."""
    match step:
        case Blur():
            return KERNELS[step.kind](step)
        case Sinc():
            return kernels.sinc(step.size, step.omega, step.pad_to)
        case MotionBlur():
            return kernels.motion(step.size, step.angle_degrees, step.direction)
        case AverageBlur():
            return kernels.box(step.size)


def blur(image: UnitImage, step: KernelStep) -> UnitImage:
    """Correlate with the step's kernel; one that float32 cannot tell from a single 1 leaves all as it is.

    Formulas and sources are those of the kernel functions in `kernels.py`.
    """
    kernel = kernel_of(step)
    centre = kernel[len(kernel) // 2, len(kernel) // 2]
    if np.float32(centre) == 1:
        return image
    if isinstance(step, Blur) and step.kind == "isotropic" and len(kernel) > 11:
        return _convolve_rows_and_columns(image, kernel, step.border)
    return convolve(image, kernel, step.border)


def _convolve_rows_and_columns(image: UnitImage, kernel: kernels.Kernel, border: Border) -> UnitImage:
    """Correlate with a kernel g·gᵀ, as isotropic Gaussians are: rows, then columns; as filter2D, to 1e-6."""
    taps = kernel.sum(axis=0)  # g itself, for its sum is 1
    reach = int(np.flatnonzero(taps > 1e-10).max()) - len(taps) // 2  # float32 cannot see what lies beyond
    taps = taps[len(taps) // 2 - reach : len(taps) // 2 + reach + 1]
    smooth = cv2.sepFilter2D(image, -1, taps, taps, borderType=BORDERS[border])
    return np.asarray(smooth, dtype=np.float32)


def convolve(image: UnitImage, kernel: kernels.Kernel, border: Border = "reflect-101") -> UnitImage:
    """Correlate with an odd square kernel: what cv2.filter2D computes, to 1e-6.

    Above 11×11 by one Fourier transform over the whole image, at half the time of filter2D's tiles.
    """
    beyond = BORDERS[border]
    if len(kernel) <= 11:
        direct = cv2.filter2D(image, -1, kernel, borderType=beyond)
        return np.asarray(direct, dtype=np.float32)
    height, width = image.shape[:2]
    reach = len(kernel) // 2
    rows, columns = (cv2.getOptimalDFTSize(side + 2 * reach) for side in (height, width))
    response = np.zeros((rows, columns), dtype=np.float32)
    response[: len(kernel), : len(kernel)] = kernel
    cv2.dft(response, response)
    # one plane of memory, written over again and again: fresh pages would cost more than the transforms
    plane, blurred = np.empty_like(response), np.empty_like(image)
    for channel in range(3):
        one = cv2.extractChannel(image, channel)
        below, right = rows - height - reach, columns - width - reach
        cv2.copyMakeBorder(one, reach, below, reach, right, beyond, plane)
        cv2.dft(plane, plane)
        cv2.mulSpectrums(plane, response, 0, plane, conjB=True)
        cv2.dft(plane, plane, cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT, nonzeroRows=height)
        cv2.insertChannel(plane[:height, :width], blurred, channel)
    return blurred
