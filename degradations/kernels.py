"""Blur kernels, on the grid and with the formulas that GFP-GAN's training data were made with.

A kernel is size×size float64 of sum 1, x to the right and y down, its centre at [size // 2, size // 2].
A new family is one function here, of the same quadratic form, and one row in `ops.blur.KERNELS`.
"""

import math

import numpy as np
from numpy.typing import NDArray

Kernel = NDArray[np.float64]


def gaussian(size: int, sigma_x: float, sigma_y: float, theta: float = 0.0) -> Kernel:
    """A Gaussian cut off at size×size: k ∝ exp(-q/2), q from `quadratic_form` (BasicSR, degradations.py).

    The cut makes wide kernels narrower than their name: σ 10 in 41 px acts as 8.9 (`effective_sigma`).
    """
    return normalised(np.exp(-0.5 * quadratic_form(size, sigma_x, sigma_y, theta)))


def quadratic_form(size: int, sigma_x: float, sigma_y: float, theta: float) -> NDArray[np.float64]:
    """q = pᵀ Σ⁻¹ p at each grid point p, with Σ = R diag(σx², σy²) Rᵀ and R a turn by theta radians.

    Sigmas are in pixels and above 0, `size` is odd; a size×size array comes back.
    Raises ValueError for an even size, whose kernel would shift the picture.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"A blur kernel of {size}×{size} has no centre: give an odd size.")
    x, y = np.meshgrid(_offsets(size), _offsets(size))
    along, across = np.cos(theta) * x + np.sin(theta) * y, np.cos(theta) * y - np.sin(theta) * x
    form: NDArray[np.float64] = (along / sigma_x) ** 2 + (across / sigma_y) ** 2
    return form


def normalised(weights: NDArray[np.float64]) -> Kernel:
    """Weights scaled to sum 1."""
    kernel: Kernel = weights / weights.sum()
    return kernel


def axis_sigmas(kernel: Kernel) -> tuple[float, float]:
    """Standard deviations along x and y, in pixels: what the kernel does after its cut-off.

    Kernels with negative lobes can have a second moment below 0; it counts as 0.
    """
    squares = _offsets(len(kernel)) ** 2
    x, y = float(kernel.sum(axis=0) @ squares), float(kernel.sum(axis=1) @ squares)
    return math.sqrt(max(x, 0.0)), math.sqrt(max(y, 0.0))


def effective_sigma(kernel: Kernel) -> float:
    """One width for any kernel: √((σx² + σy²)/2) of `axis_sigmas`, the same however the kernel is turned."""
    x, y = axis_sigmas(kernel)
    return math.sqrt((x * x + y * y) / 2)


def _offsets(size: int) -> NDArray[np.float64]:
    return np.arange(size, dtype=np.float64) - size // 2
