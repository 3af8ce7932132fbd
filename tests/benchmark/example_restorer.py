"""A whole restorer of your own: `bfrbench restore DATA OUT --restorer example_restorer:Sharpen`."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.types import Image


class Sharpen:
    """Adds to each image a share of what a blur takes away from it."""

    name = "sharpen"  # what the board shows

    def __init__(self) -> None:
        self.share = 0.5  # a network would load its weights here, once for every worker process

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """H×W×3 uint8 RGB in, as many of the same out, in order."""
        return [self.sharpen(image) for image in batch]

    def sharpen(self, image: NDArray[np.uint8]) -> Image:
        blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.5)
        return np.clip(np.rint(image + self.share * (image - blurred)), 0, 255).astype(np.uint8)
