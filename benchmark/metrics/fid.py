"""FID: the Fréchet distance of the restored images to the HQ images of the same data set.

Heusel et al. 2017 through the 2015 Inception; variant `clean` resizes as clean-fid does (Parmar, Zhang, Zhu
2022): bicubic with antialiasing, each channel in floating point, clipped, not rounded. The reference are the
HQ of the very images that were restored, so values compare restorers on one data set: not with tables
that took FFHQ as the reference, and not between sets of different size (FID is biased upwards as 1/n).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from bfrbench.benchmark.metrics.frechet import FeatureSet, frechet_distance
from bfrbench.types import Image, Pair

_SIDE: Final = 299


@dataclass(slots=True)
class FrechetToHq:
    """The measure: features of the restored images and of their HQ, compared as two sets."""

    features: Callable[[Image], NDArray[np.float32]]
    restored: FeatureSet = field(default_factory=FeatureSet)
    hq: FeatureSet = field(default_factory=FeatureSet)

    def add(self, restored: Image, hq: Image | None, pair: Pair) -> None:  # noqa: ARG002  # Measure's form
        """Take in one image and its HQ; a single image has no value."""
        if hq is None:
            raise ValueError("A distance to the HQ images needs them.")
        new, reference = self.features(restored), self.features(hq)
        self.restored.add(new)
        self.hq.add(reference)

    def merge(self, other: Self) -> None:
        """Take in both sets of another measure."""
        self.restored.merge(other.restored)
        self.hq.merge(other.hq)

    def result(self) -> float | None:
        """The distance; None for fewer than two images."""
        return frechet_distance(self.restored, self.hq) if len(self.hq) >= 2 else None


def fid_clean() -> FrechetToHq:
    """Start measuring FID, variant `clean`."""
    return FrechetToHq(inception_features)


def inception_features(image: Image) -> NDArray[np.float32]:
    """The 2048 Inception features of one image, resized as clean-fid does.

    Raises WeightsUnavailable when FID's own weights are not at hand.
    """
    from bfrbench.benchmark.judges import inception  # noqa: PLC0415  # torch only when a judge starts

    return inception.features((resize_clean(image) - np.float32(128.0)) / np.float32(128.0))


def resize_clean(image: Image) -> NDArray[np.float32]:
    """H×W×3 uint8 → 299×299×3 float32 in 0..255: Pillow's bicubic on each channel in floating point."""
    channels = [
        Pillow.fromarray(image[:, :, channel].astype(np.float32)).resize(
            (_SIDE, _SIDE), Pillow.Resampling.BICUBIC
        )
        for channel in range(3)
    ]
    resized = np.stack([np.asarray(channel, dtype=np.float32) for channel in channels], axis=2)
    return np.asarray(np.clip(resized, 0.0, 255.0), dtype=np.float32)
