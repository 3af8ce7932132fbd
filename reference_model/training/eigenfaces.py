"""Eigenface coordinates of thumbnails (Turk & Pentland 1991), to tie some numbers of z to what is seen.

A generator trained on few images with a strong discriminator tends to draw one person in many colours. Here
the first K numbers of z are whitened eigenface coordinates of a training face, as they are or with noise
added. The thumbnail of what the generator draws must have them again. So pose, light, hair and background
vary as they do among the training faces, whatever the discriminator lets pass. z stays standard normal, as
far as eigenface coordinates are: what comes out is a plain StyleGAN2, which knows nothing of this.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Eigenfaces:
    """Principal components of S×S thumbnails."""

    side: int  # S
    mean: Tensor  # 3·S·S
    components: Tensor  # K × 3·S·S, orthonormal rows divided by the deviations
    deviations: Tensor  # K, falling

    def coordinates(self, images: Tensor) -> Tensor:
        """N×3×H×W in [-1, 1] → N×K, each of mean 0 and variance 1 over the training faces."""
        thumbnails = F.avg_pool2d(images, images.shape[-1] // self.side).flatten(1)
        return (thumbnails - self.mean.to(images.device)) @ self.components.T.to(images.device)

    def difference(self, images: Tensor, coordinates: Tensor) -> Tensor:
        """Mean square difference of coordinates, weighted by their deviations: what is large counts more."""
        weights = (self.deviations / self.deviations.sum()).to(images.device)
        return ((self.coordinates(images) - coordinates).square() * weights).sum(dim=1).mean()

    def smoothed(self, images: Tensor, noise: Tensor, smoothing: float) -> Tensor:
        """√(1 - h²) · coordinates + h · noise: variance 1 again; h = `smoothing`."""
        return math.sqrt(1 - smoothing**2) * self.coordinates(images) + smoothing * noise


def fit(images: Tensor, numbers: int, side: int) -> Eigenfaces:
    """Eigenfaces of N×3×H×W in [-1, 1] and their mirror images."""
    thumbnails = F.avg_pool2d(images, images.shape[-1] // side)
    rows = torch.cat((thumbnails, thumbnails.flip(3))).flatten(1).double().numpy()
    mean = rows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    deviations = np.sqrt(values[::-1][:numbers])
    components = (vectors[:, ::-1][:, :numbers] / deviations).T
    return Eigenfaces(
        side, *(torch.from_numpy(part.copy()).float() for part in (mean, components, deviations))
    )
