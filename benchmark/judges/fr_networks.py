"""Two small networks of the npm package faceplugin-face-recognition-js (MIT): a recogniser and a landmarker.

The recogniser is a MobileFaceNet trained with a margin loss (Chen et al. 2018; Deng et al. 2019), the
landmarker finds the 68 points of iBUG 300-W. Both are ONNX files.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.judges.onnx_session import open_session, run_session
from bfrbench.types import Image
from bfrbench.weights import find

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FACE_SIDE: Final = 112
"""Side in px of the crop that the recogniser takes."""

LANDMARK_SIDE: Final = 64
"""Side in px of the crop that the landmarker takes."""


def embedding(crop: Image) -> NDArray[np.float32]:
    """512 numbers of a 112×112 crop, not normalised; two are compared by their angle."""
    if crop.shape != (FACE_SIDE, FACE_SIDE, 3):
        raise ValueError(f"The crop has shape {crop.shape}, not {FACE_SIDE}×{FACE_SIDE}×3.")
    batch = (crop.astype(np.float32).transpose(2, 0, 1)[None] - np.float32(127.5)) / np.float32(128)
    return run_session(_session("fr-feature"), batch)


def landmarks(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """68×2, (x, y) in pixels of the 64×64 grey crop, pixel centres at integers."""
    if grey.shape != (LANDMARK_SIDE, LANDMARK_SIDE):
        raise ValueError(f"The crop has shape {grey.shape}, not {LANDMARK_SIDE}×{LANDMARK_SIDE}.")
    found = run_session(_session("fr-landmark"), grey[None, None].astype(np.float32) / np.float32(256))
    return found.reshape(68, 2).astype(np.float64) * LANDMARK_SIDE - 0.5


@cache
def _session(weights: str) -> "InferenceSession":
    return open_session(find(weights))
