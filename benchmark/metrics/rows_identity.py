"""Rows of METRICS: whether it is still the same person."""

from collections.abc import Callable
from functools import partial
from typing import Final

from bfrbench.benchmark.judges.judge import Judge, Vector
from bfrbench.benchmark.metrics import identity, identity_accept, identity_angle
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric
from bfrbench.types import Direction

_DLIB: Final = "dlib_face_recognition_resnet_model_v1 (King 2017), Euclidean distance"
_MBF_FR: Final = "fr_feature of faceplugin-face-recognition-js, cosine"
_INSIGHTFACE: Final = "w600k_r50 of InsightFace's buffalo_l (Deng et al. 2019), cosine"
_NON_COMMERCIAL: Final = "InsightFace's models are for NON-COMMERCIAL research only"
_FOUND: Final = "landmarks found by MTCNN in each image"
_RATE: Final = f"share of faces still recognised, false-accept rate {identity_accept.FALSE_ACCEPT_RATE:g}"


def _row(
    variant: str,
    *,
    value: Callable[..., float],
    judge: Judge[Vector],
    better: Direction,
    perfect: float | None,
    title: str,
    source: str,
    licence: str = "",
) -> ImageMetric:
    return ImageMetric(
        id=f"identity/{variant}",
        version=1,
        better=better,
        group="identity",
        needs_hq=True,
        value=value,
        title=title,
        source=source,
        perfect=perfect,
        judges=(judge,),
        licence=licence,
    )


IDENTITY: Final[tuple[Metric, ...]] = (
    _row(
        "dlib",
        value=identity.identity_dlib,
        judge=identity.DLIB,
        better="lower",
        perfect=0.0,
        title="Distance of dlib's face descriptors on frozen landmarks; below 0.6 is one person",
        source=_DLIB,
    ),
    _row(
        "dlib-detected",
        value=partial(identity.distance, identity.DLIB_DETECTED),
        judge=identity.DLIB_DETECTED,
        better="lower",
        perfect=0.0,
        title=f"Distance of dlib's face descriptors, {_FOUND}",
        source=_DLIB,
    ),
    _row(
        "dlib-accept",
        value=identity_accept.dlib_accept,
        judge=identity.DLIB,
        better="higher",
        perfect=1.0,
        title=f"dlib on frozen landmarks: {_RATE} (distance below {identity_accept.DLIB_DISTANCE:g})",
        source=f"{_DLIB}; threshold measured here",
    ),
    _row(
        "mbf-fr",
        value=partial(identity.likeness, identity.MBF_FR),
        judge=identity.MBF_FR,
        better="higher",
        perfect=1.0,
        title="Cosine of a MobileFaceNet's embeddings on frozen landmarks",
        source=_MBF_FR,
    ),
    _row(
        "mbf-fr-detected",
        value=partial(identity.likeness, identity.MBF_FR_DETECTED),
        judge=identity.MBF_FR_DETECTED,
        better="higher",
        perfect=1.0,
        title=f"Cosine of a MobileFaceNet's embeddings, {_FOUND}",
        source=_MBF_FR,
    ),
    _row(
        "mbf-fr-accept",
        value=identity_accept.mbf_fr_accept,
        judge=identity.MBF_FR,
        better="higher",
        perfect=1.0,
        title=f"MobileFaceNet on frozen landmarks: {_RATE} (cosine above {identity_accept.MBF_FR_COSINE:g})",
        source=f"{_MBF_FR}; threshold measured here",
    ),
    _row(
        "cosine-insightface",
        value=partial(identity.likeness, identity.INSIGHTFACE),
        judge=identity.INSIGHTFACE,
        better="higher",
        perfect=1.0,
        title="Cosine of InsightFace's embeddings on frozen landmarks",
        source=_INSIGHTFACE,
        licence=_NON_COMMERCIAL,
    ),
    _row(
        "cosine-insightface-detected",
        value=partial(identity.likeness, identity.INSIGHTFACE_DETECTED),
        judge=identity.INSIGHTFACE_DETECTED,
        better="higher",
        perfect=1.0,
        title=f"Cosine of InsightFace's embeddings, {_FOUND}",
        source=_INSIGHTFACE,
        licence=_NON_COMMERCIAL,
    ),
    _row(
        "deg-gfpgan",
        value=identity_angle.deg_gfpgan,
        judge=identity_angle.VQFR,
        better="lower",
        perfect=0.0,
        title="Deg. of GFP-GAN: angle between ArcFace ResNet-18 embeddings of the grey picture, in degrees",
        source="Wang, Li, Zhang, Shan 2021, table 1; calculate_cos_dist.py of VQFR, but all pairs count",
    ),
    _row(
        "deg-vqfr",
        value=identity_angle.deg_vqfr,
        judge=identity_angle.VQFR,
        better="lower",
        perfect=None,
        title="Deg. as VQFR's script averages it: pairs below 1° are left out",
        source="calculate_cos_dist.py of VQFR",
    ),
    _row(
        "restoreformer-rad",
        value=identity_angle.restoreformer_rad,
        judge=identity_angle.RESTOREFORMER,
        better="lower",
        perfect=0.0,
        title="IDD of RestoreFormer: the angle in radians, red and blue exchanged, values in [0, 1]",
        source="cal_identity_distance.py of RestoreFormer, but a missing image lowers no mean",
    ),
)
