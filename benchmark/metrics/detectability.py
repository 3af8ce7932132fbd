"""Detectability: whether a detector finds a face in the restored image at all.

1 or 0 for an image; a run's value is the share of images in which a face is found, at the score that the
table of detectors states. Misses are counted here, and hidden nowhere else.
"""

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector


def found(finder: Judge[Vector], restored: Picture) -> float:
    """1.0 when the detector finds a face, else 0.0."""
    return float(restored.through(finder).size > 0)
