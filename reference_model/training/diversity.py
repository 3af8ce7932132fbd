"""Are the samples many people, or one in many colours? Numbers from feature vectors, n×d and m×d.

A Fréchet distance alone rewards a generator that draws one face well; these do not.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

Floats = NDArray[np.floating]


def frechet(samples: Floats, real: Floats) -> float:
    """|μ1 - μ2|² + Tr Σ1 + Tr Σ2 - 2 Tr (Σ1 Σ2)^½; the last trace as a nuclear norm of the data."""
    means = [rows.mean(axis=0, dtype=np.float64) for rows in (samples, real)]
    one, two = (
        (rows - mean) / np.sqrt(len(rows) - 1) for rows, mean in zip((samples, real), means, strict=True)
    )
    nuclear = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    return float(((means[0] - means[1]) ** 2).sum() + (one**2).sum() + (two**2).sum() - 2 * nuclear)


def spread(samples: Floats, real: Floats) -> float:
    """Mean distance between two samples over that between two real faces: 1 where they vary alike."""
    return float(pdist(samples).mean() / pdist(real).mean())


def recall(samples: Floats, real: Floats, neighbours: int = 5) -> float:
    """Part of the real faces that lie among the samples (Kynkäänniemi et al. 2019).

    A face does when some sample is nearer to it than that sample's k-th nearest other sample.
    """
    return _covered(real, samples, neighbours)


def precision(samples: Floats, real: Floats, neighbours: int = 5) -> float:
    """Part of the samples that lie among the real faces."""
    return _covered(samples, real, neighbours)


def _covered(points: Floats, by: Floats, neighbours: int) -> float:
    radii = np.partition(cdist(by, by), neighbours, axis=1)[:, neighbours]
    return float((cdist(points, by) < radii).any(axis=1).mean())
