"""Rows of METRICS: whether it is still the same person."""

from typing import Final

from bfrbench.benchmark.metrics import identity
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric

IDENTITY: Final[tuple[Metric, ...]] = (
    ImageMetric(
        id="identity/dlib",
        version=1,
        better="lower",
        group="identity",
        needs_hq=True,
        value=identity.identity_dlib,
        title="Distance of dlib's face descriptors on frozen landmarks; below 0.6 is one person",
        source="dlib_face_recognition_resnet_model_v1 (King 2017), Euclidean distance",
        perfect=0.0,
        judges=(identity.DLIB,),
    ),
)
