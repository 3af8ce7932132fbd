"""Where a restored face replaces the photograph: S×S weights from 0 to 1."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.reference_model.photo.parsenet import FaceParser
from bfrbench.types import Image

Weights = NDArray[np.float32]
Mask = Callable[[Image], Weights]
"""A restored face → its weights, of the same height and width."""

CENTRE, AXES = (256.0, 276.0), (160.0, 182.0)  # px of the 512 template: hairline to chin, ear to ear
FEATHER = 16.0  # px of the 512 template: standard deviation of the Gaussian at the rim
NOT_FACE = (0, 14, 16, 17, 18)  # ParseNet's background, hat, necklace, neck, clothes


def ellipse_mask(face: Image) -> Weights:
    """A soft ellipse from hairline to chin; the same for every face."""
    return _ellipse(face.shape[0])


@lru_cache(maxsize=4)
def _ellipse(size: int) -> Weights:
    scale = size / 512
    x, y = np.meshgrid(*2 * [(np.arange(size) + 0.5) / scale - 0.5])
    radius = np.hypot((x - CENTRE[0]) / AXES[0], (y - CENTRE[1]) / AXES[1])
    soft = cv2.GaussianBlur((radius <= 1).astype(np.float32), (0, 0), FEATHER * scale)
    weights = _without_rim(soft, max(1, round(2 * scale)))
    weights.setflags(write=False)
    return weights


@dataclass(frozen=True, slots=True)
class ParsingMask:
    """Skin, features and hair as a parser sees them, feathered as facexlib does (two blurs, sigma 11)."""

    parse: FaceParser

    def __call__(self, face: Image) -> Weights:
        """Weights for one restored face."""
        image = np.asarray(cv2.resize(face, (512, 512), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        hard = np.isin(self.parse(image), NOT_FACE, invert=True).astype(np.float32)
        soft = cv2.GaussianBlur(cv2.GaussianBlur(hard, (101, 101), 11), (101, 101), 11)
        weights = cv2.resize(_without_rim(soft, 10), face.shape[:2], interpolation=cv2.INTER_LINEAR)
        return np.asarray(weights, dtype=np.float32)


def _without_rim(weights: NDArray[Any], rim: int) -> Weights:
    inner = np.zeros(weights.shape, np.float32)
    inner[rim:-rim, rim:-rim] = weights[rim:-rim, rim:-rim]
    return inner
