"""YuNet, a detector of 0.08 million parameters that OpenCV runs.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bfrbench.detection.face import Face, as_faces
from bfrbench.types import Image

LOWEST_SCORE = 0.3  # faint ones are for the caller to drop
MIN_SIDE = 32  # px; a smaller picture is put on a black ground


@dataclass(frozen=True, slots=True)
class Yunet:
    """OpenCV's detector on one ONNX file; see `load_yunet`."""

    network: cv2.FaceDetectorYN

    def __call__(self, image: Image) -> list[Face]:
        """All faces of about 10 px and more."""
        height, width = image.shape[:2]
        right, below = max(0, MIN_SIDE - width), max(0, MIN_SIDE - height)
        bgr = cv2.copyMakeBorder(image[:, :, ::-1], 0, below, 0, right, cv2.BORDER_CONSTANT)
        self.network.setInputSize((bgr.shape[1], bgr.shape[0]))
        _, found = self.network.detect(bgr)
        # OpenCV gives None, not an empty array, when there is no face
        rows = np.array([] if found is None else found, dtype=np.float64).reshape(-1, 15)
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
        return as_faces(boxes, rows[:, 4:14].reshape(-1, 5, 2), rows[:, 14])


def load_yunet(path: Path) -> Yunet:
    """The detector from its ONNX file."""
    # OpenCV 5 warns that its new engine has no targets to choose from, though none was asked for
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        network = cv2.FaceDetectorYN.create(str(path), "", (320, 320), LOWEST_SCORE, 0.3, 5000)
    finally:
        cv2.utils.logging.setLogLevel(before)
    return Yunet(network)
