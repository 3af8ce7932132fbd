"""Verification: would a recogniser still take the restored face for the person in the HQ?

1 or 0 for an image; a run's value is the share of faces still recognised. The mean distance hides the few
whose person is lost; this counts them. The threshold is the one at which a pair of photographs of two people
is taken for one person once in a thousand times (a false-accept rate of 0.001).

The thresholds were measured on 1,915 aligned 128 px photographs of 1,440 people, officials mostly,
1.8 million pairs of two people; `python -m bfrbench.benchmark.separation` prints the measurement. On
other people the rate is another: on studio portraits at 512 px the same command shows it.
"""

from functools import partial
from typing import Final

from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.benchmark.metrics.identity import DLIB, MBF_FR, distance, likeness

FALSE_ACCEPT_RATE: Final = 0.001
DLIB_DISTANCE: Final = 0.5486
"""dlib's descriptors are taken for one person's when their distance is below this."""

MBF_FR_COSINE: Final = 0.3703
"""Embeddings of `mbf-fr` are taken for one person's when their cosine is above this."""


def near(judge: Judge[Vector], threshold: float, restored: Picture, hq: Picture) -> float:
    """1.0 when the distance is below the threshold, else 0.0; raises as `identity.distance`."""
    return float(distance(judge, restored, hq) < threshold)


def alike(judge: Judge[Vector], threshold: float, restored: Picture, hq: Picture) -> float:
    """1.0 when the cosine is above the threshold, else 0.0; raises as `identity.likeness`."""
    return float(likeness(judge, restored, hq) > threshold)


dlib_accept: Final = partial(near, DLIB, DLIB_DISTANCE)
mbf_fr_accept: Final = partial(alike, MBF_FR, MBF_FR_COSINE)
