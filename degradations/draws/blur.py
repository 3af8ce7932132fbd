"""Draws of blur kernels."""
# ruff: noqa: ARG002  # every draw is handed the size; few need it

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, pi

import numpy as np

from bfrbench.degradations.draws.base import Range, Size, pick
from bfrbench.degradations.draws.values import LogUniform, Uniform
from bfrbench.degradations.ops.blur import Blur, Kind
from bfrbench.degradations.recipe import Step


@dataclass(frozen=True, slots=True)
class DrawBlur:
    """A Gaussian kernel; anisotropic ones draw sigma_y like sigma_x, and theta from all directions."""

    kernel: int
    sigma: Range
    anisotropic: float = 0.5  # probability

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Blur."""
        turned = rng.random() < self.anisotropic
        sigma_x = rng.uniform(*self.sigma)
        if not turned:
            return (Blur(kind="isotropic", size=self.kernel, sigma_x=sigma_x, sigma_y=sigma_x),)
        sigma_y, theta = rng.uniform(*self.sigma), rng.uniform(-pi, pi)
        return (Blur(kind="anisotropic", size=self.kernel, sigma_x=sigma_x, sigma_y=sigma_y, theta=theta),)


@dataclass(frozen=True, slots=True)
class DrawKernel:
    """BasicSR's random_mixed_kernels with a random size: size, kind, sigma_x, then what the kind needs.

    Anisotropic kinds go on with sigma_y and theta; generalised and plateau ones end with beta, half of
    them below 1 and half above, uniform on either side.
    """

    sizes: tuple[int, ...]
    kinds: tuple[tuple[Kind, float], ...]  # with their weights
    sigma: Range
    beta_generalised: Range = (1, 1)
    beta_plateau: Range = (1, 1)

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Blur."""
        kernel = self.sizes[int(rng.integers(len(self.sizes)))]
        kind = self.kinds[pick(rng, tuple(weight for _, weight in self.kinds))][0]
        sigma_x = sigma_y = rng.uniform(*self.sigma)
        theta = 0.0
        if kind.endswith("anisotropic"):
            sigma_y, theta = rng.uniform(*self.sigma), rng.uniform(-pi, pi)
        beta = 1.0
        if kind.startswith(("generalised", "plateau")):
            low, high = self.beta_plateau if kind.startswith("plateau") else self.beta_generalised
            beta = rng.uniform(low, 1) if rng.random() < 0.5 else rng.uniform(1, high)
        return (Blur(kind=kind, size=kernel, sigma_x=sigma_x, sigma_y=sigma_y, theta=theta, beta=beta),)


def whole_kernel(sigma: float) -> int:
    """A kernel size that cuts nothing off worth naming: 3 sigma to either side, 255 at most."""
    return min(2 * ceil(3 * sigma) + 1, 255)


def imgaug_kernel(sigma: float) -> int:
    """The kernel size of imgaug's GaussianBlur (imgaug 0.4, augmenters/blur.py), at least 5 and odd."""
    share = 3.3 if sigma < 3 else 2.9 if sigma < 5 else 2.6
    return int(max(share * sigma, 5)) | 1


@dataclass(frozen=True, slots=True)
class DrawWholeBlur:
    """An isotropic Gaussian whose kernel grows with its sigma."""

    sigma: Range
    kernel: Callable[[float], int] = whole_kernel

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Blur."""
        sigma = rng.uniform(*self.sigma)
        return (Blur(kind="isotropic", size=self.kernel(sigma), sigma_x=sigma, sigma_y=sigma),)


@dataclass(frozen=True, slots=True)
class DrawLensBlur:
    """An isotropic Gaussian whose sigma is a share of the HQ's shorter side, its kernel not cut."""

    share: Uniform | LogUniform

    def draw(self, rng: np.random.Generator, size: Size) -> tuple[Step, ...]:
        """One Blur."""
        sigma = self.share.draw(rng) * min(size)
        return (Blur(kind="isotropic", size=whole_kernel(sigma), sigma_x=sigma, sigma_y=sigma),)
