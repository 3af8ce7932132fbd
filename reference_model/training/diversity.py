"""Are samples many people, or one in many colours? A Fréchet distance alone rewards one face drawn well."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

Floats = NDArray[np.floating]


def spread(samples: Floats, real: Floats) -> float:
    """Mean distance of two samples, n×d, over that of two real faces, m×d: 1 where they vary alike."""
    return float(pdist(samples).mean() / pdist(real).mean())
