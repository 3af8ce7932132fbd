"""Blur kernels, on the grid and with the formulas that the field's training data were made with.

A kernel is size×size float64 of sum 1, x to the right and y down, its centre at [size // 2, size // 2].
A new family of the same quadratic form is one function here and one row in `ops.blur.KERNELS`.
The papers cut every kernel at a fixed size (41 px, whatever sigma is); `untruncated_size` gives one that
cuts nothing worth seeing, and `effective_sigma` tells how wide a kernel is after the cut.
"""

import math

import numpy as np
import scipy.special
from numpy.typing import NDArray

Kernel = NDArray[np.float64]


def gaussian(size: int, sigma_x: float, sigma_y: float, theta: float = 0.0) -> Kernel:
    """A Gaussian cut off at size×size: k ∝ exp(-q/2), q from `quadratic_form` (BasicSR, degradations.py).

    The cut makes wide kernels narrower than their name: σ 10 in 41 px acts as 8.9 (`effective_sigma`).
    """
    return normalised(np.exp(-0.5 * quadratic_form(size, sigma_x, sigma_y, theta)))


def generalised_gaussian(size: int, sigma_x: float, sigma_y: float, theta: float, beta: float) -> Kernel:
    """k ∝ exp(-q^β/2): heavy tails for β < 1, a Gaussian at 1, a flat top above.

    Source: Real-ESRGAN (Wang et al. 2021, §3.2), as in BasicSR's degradations.py.
    """
    return normalised(np.exp(-0.5 * _power(quadratic_form(size, sigma_x, sigma_y, theta), beta)))


def plateau(size: int, sigma_x: float, sigma_y: float, theta: float, beta: float) -> Kernel:
    """k ∝ 1/(1 + q^β): tails that fall with a power of the distance. Source: as `generalised_gaussian`."""
    return normalised(1 / (1 + _power(quadratic_form(size, sigma_x, sigma_y, theta), beta)))


def sinc(size: int, omega: float, pad_to: int = 0) -> Kernel:
    """The ideal circular low-pass filter of cut-off ω radians a pixel, cut off at size×size.

    k ∝ ω J₁(ω r)/(2π r), ω²/(4π) at r = 0 (Real-ESRGAN, equation 6). With pad_to above size, zeros are
    put around it up to pad_to×pad_to, which changes no result. Raises ValueError for even sizes.
    """
    x, y = _grid(size)
    radius = np.hypot(x, y)
    beyond = np.where(radius > 0, radius, 1.0)
    weights = np.where(
        radius > 0,
        omega * scipy.special.j1(omega * beyond) / (2 * np.pi * beyond),
        omega**2 / (4 * np.pi),
    )
    if pad_to > size and pad_to % 2 == 0:
        raise ValueError(f"A blur kernel padded to {pad_to}×{pad_to} has no centre: give an odd size.")
    return np.pad(normalised(weights), max(pad_to - size, 0) // 2)


def motion(size: int, angle_degrees: float, direction: float) -> Kernel:
    """A straight line one pixel wide and size long, turned clockwise by an angle; imgaug's MotionBlur.

    Upright, its weights run linearly from (direction + 1)/2 at the top to one minus that at the bottom:
    0 is even motion, ±1 fades from one end to the other. Like imgaug (augmenters/blur.py, 0.4) the line
    is kept in 8 bits and turned bilinearly about the kernel's centre, what leaves the square being lost.
    """
    x, y = _grid(size)
    top = (direction + 1) / 2
    levels = np.floor(255 * np.linspace(top, 1 - top, size, dtype=np.float32))
    angle = math.radians(angle_degrees)
    # where each pixel of the turned line comes from; x and y are offsets from the centre
    across = math.cos(angle) * x + math.sin(angle) * y
    along = math.cos(angle) * y - math.sin(angle) * x + size // 2
    low = np.floor(along).astype(int)
    share = along - low
    padded = np.concatenate([[0.0], levels, [0.0]])
    near, far = (padded[np.clip(low + step, 0, size + 1)] for step in (1, 2))
    line = np.maximum(1 - np.abs(across), 0) * ((1 - share) * near + share * far)
    return normalised(np.rint(line))


def box(size: int) -> Kernel:
    """The mean of size×size pixels. An even box looks one pixel further up and left, as cv2.blur's does;

    it comes as the upper left of an odd square, so that its centre is where every kernel has it.
    """
    return np.pad(np.full((size, size), 1 / size**2), (0, 1 - size % 2))


def quadratic_form(size: int, sigma_x: float, sigma_y: float, theta: float) -> NDArray[np.float64]:
    """q = pᵀ Σ⁻¹ p at each grid point p, with Σ = R diag(σx², σy²) Rᵀ and R a turn by theta radians.

    Sigmas are in pixels and above 0, `size` is odd; a size×size array comes back.
    Raises ValueError for an even size, whose kernel would shift the picture.
    """
    x, y = _grid(size)
    along, across = np.cos(theta) * x + np.sin(theta) * y, np.cos(theta) * y - np.sin(theta) * x
    with np.errstate(over="ignore"):  # a sigma of nearly nothing: infinitely far away is right
        form: NDArray[np.float64] = (along / sigma_x) ** 2 + (across / sigma_y) ** 2
    return form


def normalised(weights: NDArray[np.float64]) -> Kernel:
    """Weights scaled to sum 1."""
    kernel: Kernel = weights / weights.sum()
    return kernel


def untruncated_size(sigma: float) -> int:
    """The smallest odd size that reaches 3σ each way, so at least 6σ + 1: a Gaussian loses 0.3 % an axis.

    For anisotropic kernels take the larger sigma. Kernels with heavy tails (plateau, generalised with
    β < 1) are still cut; their `effective_sigma` says how much is left.
    """
    return 2 * math.ceil(3 * sigma) + 1


def axis_sigmas(kernel: Kernel) -> tuple[float, float]:
    """Standard deviations along x and y, in pixels: what the kernel does after its cut-off.

    They are about the kernel's own mean, which is its centre but for uneven motion. Kernels with negative
    lobes (sinc) can have a second moment below 0; it counts as 0.
    """
    return _deviation(kernel.sum(axis=0)), _deviation(kernel.sum(axis=1))


def effective_sigma(kernel: Kernel) -> float:
    """One width for any kernel: √((σx² + σy²)/2) of `axis_sigmas`, the same however the kernel is turned."""
    x, y = axis_sigmas(kernel)
    return math.sqrt((x * x + y * y) / 2)


def _deviation(profile: NDArray[np.float64]) -> float:
    offsets = _offsets(len(profile))
    return math.sqrt(max(float(profile @ offsets**2) - float(profile @ offsets) ** 2, 0.0))


def _power(form: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # infinity is where the kernel is 0
        powered: NDArray[np.float64] = form**beta
    return powered


def _grid(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The x and the y of each pixel from the centre; ValueError when there is no centre."""
    if size < 1 or size % 2 == 0:
        raise ValueError(f"A blur kernel of {size}×{size} has no centre: give an odd size.")
    x, y = np.meshgrid(_offsets(size), _offsets(size))
    return x, y


def _offsets(size: int) -> NDArray[np.float64]:
    return np.arange(size, dtype=np.float64) - size // 2
