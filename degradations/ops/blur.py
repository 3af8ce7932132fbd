"""Blur with a kernel, mirrored at the border (reflect-101)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations import kernels
from bfrbench.degradations.ops import STEP, UnitImage

Kind = Literal["isotropic", "anisotropic"]
Sigma = Annotated[float, Field(gt=0)]


def _odd(size: int) -> int:
    if size % 2 == 0:
        raise ValueError("a kernel's size must be odd")
    return size


@dataclass(frozen=True, kw_only=True, config=STEP)
class Blur:
    """A size×size kernel, sigmas in pixels, theta in radians. Isotropic: sigma_y = sigma_x, theta = 0."""

    op: Literal["blur"] = "blur"
    kind: Kind
    size: Annotated[int, Field(ge=1, le=255), AfterValidator(_odd)]
    sigma_x: Sigma
    sigma_y: Sigma
    theta: float = 0.0

    def __post_init__(self) -> None:
        if self.kind == "isotropic" and (self.sigma_x != self.sigma_y or self.theta != 0):
            raise ValueError("an isotropic kernel has sigma_y = sigma_x and theta = 0")


def _gaussian(step: Blur) -> kernels.Kernel:
    return kernels.gaussian(step.size, step.sigma_x, step.sigma_y, step.theta)


KERNELS: Mapping[Kind, Callable[[Blur], kernels.Kernel]] = {
    "isotropic": _gaussian,
    "anisotropic": _gaussian,
}


def kernel_of(step: Blur) -> kernels.Kernel:
    """The kernel that a step means."""
    return KERNELS[step.kind](step)


def blur(image: UnitImage, step: Blur) -> UnitImage:
    """Blur an image; a kernel that float32 cannot tell from a single 1 leaves it as it is."""
    kernel = kernel_of(step)
    centre = kernel[step.size // 2, step.size // 2]
    return image if np.float32(centre) == 1 else convolve(image, kernel)


def convolve(image: UnitImage, kernel: kernels.Kernel) -> UnitImage:
    """Correlate with an odd square kernel, border reflect-101: what cv2.filter2D computes, to 1e-6.

    Above 11×11 by one Fourier transform over the whole image, at half the time of filter2D's tiles.
    """
    if len(kernel) <= 11:
        direct = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
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
        one = image[:, :, channel]
        below, right = rows - height - reach, columns - width - reach
        cv2.copyMakeBorder(one, reach, below, reach, right, cv2.BORDER_REFLECT_101, plane)
        cv2.dft(plane, plane)
        cv2.mulSpectrums(plane, response, 0, plane, conjB=True)
        cv2.dft(plane, plane, cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT, nonzeroRows=height)
        blurred[:, :, channel] = plane[:height, :width]
    return blurred
