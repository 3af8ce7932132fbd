"""Finding faces: one table of detectors, each a function from a picture to faces with five points."""

from bfrbench.detection.face import Detector, Face
from bfrbench.detection.table import DEFAULT_DETECTOR, DETECTORS, open_detector

__all__ = ["DEFAULT_DETECTOR", "DETECTORS", "Detector", "Face", "open_detector"]
