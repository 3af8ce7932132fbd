"""Rows of METRICS: whether the parts of the face are where they belong, and whether a face is found."""

from functools import partial
from typing import Final

from bfrbench.benchmark.judges.face_finder import face_finder
from bfrbench.benchmark.metrics import landmark_distance
from bfrbench.benchmark.metrics.detectability import found
from bfrbench.benchmark.metrics.landmark_distance import LANDMARKERS, Form
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric
from bfrbench.detection import DETECTORS

_DETECTORS: Final = ("mtcnn", "yunet", "retinaface-resnet50")


def _lmd(name: str, ending: str, form: Form, what: str) -> ImageMetric:
    landmarker = LANDMARKERS[name]
    return ImageMetric(
        id=f"lmd/{name}{ending}",
        version=1,
        better="lower",
        group="landmarks",
        needs_hq=True,
        value=partial(landmark_distance.lmd, landmarker, form),
        title=f"LMD of {landmarker.title}: {what}",
        source=landmarker.source,
        perfect=0.0,
        judges=(landmarker.judge,),
    )


def _forms(name: str) -> tuple[ImageMetric, ...]:
    fraction = partial(landmark_distance.normalised, LANDMARKERS[name].eyes)
    return (
        _lmd(name, "", landmark_distance.moved, "mean distance in px at 512"),
        _lmd(name, "-normalised", fraction, "mean distance over the distance of the eyes"),
        _lmd(
            name, "-similarity", landmark_distance.after_similarity, "what the best similarity leaves, in px"
        ),
        _lmd(name, "-affine", landmark_distance.after_affine, "what the best affine map leaves, in px"),
    )


def _detect(name: str) -> ImageMetric:
    finder, row = face_finder(name), DETECTORS[name]
    return ImageMetric(
        id=f"detect/{name}",
        version=1,
        better="higher",
        group="landmarks",
        needs_hq=False,
        value=partial(found, finder),
        title=f"Share of images with a face that scores {row.min_score:g} or more; {row.title}",
        source=row.source,
        judges=(finder,),
    )


LANDMARKS: Final[tuple[Metric, ...]] = (
    *(row for name in LANDMARKERS for row in _forms(name)),
    *(_detect(name) for name in _DETECTORS),
)
