"""Rows of METRICS: how alike two sets of images are."""

import math
from collections.abc import Callable
from typing import Final

from bfrbench.benchmark.features import Features, Gaussian
from bfrbench.benchmark.judges.judge import Judge, Vector
from bfrbench.benchmark.metrics import fd, fid, identity
from bfrbench.benchmark.metrics.frechet import frechet
from bfrbench.benchmark.metrics.kid import kid
from bfrbench.benchmark.metrics.metric import Metric, SetMetric, SetValue, Statistics
from bfrbench.benchmark.metrics.precision_recall import precision, recall
from bfrbench.types import Direction

_FRECHET: Final = "Heusel et al. 2017, eq. 6; "
_KID: Final = "Bińkowski et al. 2018; Gretton et al. 2012, eq. 3; "
_SHARE: Final = (0.0, 1.0)
_ANY: Final = (-math.inf, math.inf)  # U-statistics may fall below 0
_NEIGHBOURS: Final = "Kynkäänniemi et al. 2019, eq. 1 and 2, three neighbours; "


def _row(
    name: str,
    judge: Judge[Vector],
    distance: Callable[[Features, Features | Gaussian], SetValue],
    title: str,
    source: str,
    *,
    better: Direction = "lower",
    perfect: float | None = 0.0,
    against: Statistics | None = None,
    bounds: tuple[float, float] = (0.0, math.inf),
    version: int = 1,
) -> SetMetric:
    return SetMetric(
        id=name,
        version=version,
        better=better,
        group="distribution",
        judge=judge,
        distance=distance,
        title=title,
        source=source,
        against=against,
        bounds=bounds,
        perfect=perfect,
    )


def _precision_and_recall(name: str, judge: Judge[Vector], through: str) -> tuple[SetMetric, SetMetric]:
    source = _NEIGHBOURS + through
    inside = f"Share of restored images that lie among the HQ, {through}"
    around = f"Share of HQ images that lie among the restored, {through}"
    return (
        _row(
            f"precision/{name}",
            judge,
            precision,
            inside,
            source,
            better="higher",
            perfect=1.0,
            bounds=_SHARE,
            version=2,  # 1 was 0 where every HQ stood four times or more
        ),
        _row(f"recall/{name}", judge, recall, around, source, better="higher", perfect=1.0, bounds=_SHARE),
    )


DISTRIBUTION: Final[tuple[Metric, ...]] = (
    _row(
        "fid/clean",
        fid.INCEPTION_CLEAN,
        frechet,
        "FID to the data set's own HQ, resized as clean-fid does",
        _FRECHET + "resizing of Parmar, Zhang, Zhu 2022",
    ),
    _row(
        "fid/legacy",
        fid.INCEPTION_LEGACY,
        frechet,
        "FID to the data set's own HQ, resized as pytorch-fid and basicsr do",
        _FRECHET + "pytorch-fid 0.3.0",
    ),
    _row(
        "fid/tf1",
        fid.INCEPTION_TF1,
        frechet,
        "FID to the data set's own HQ, resized as TensorFlow 1 and torch-fidelity do",
        _FRECHET + "torch-fidelity 0.4.0",
    ),
    _row(
        "fid/legacy@ffhq512",
        fid.INCEPTION_LEGACY,
        frechet,
        "FID to 50,000 faces of FFHQ at 512 px, as GFP-GAN, VQFR, RestoreFormer and DAEFR report it",
        _FRECHET + "basicsr's statistics inception_FFHQ_512",
        perfect=None,
        against=Statistics("ffhq512-fid-stats"),
    ),
    _row(
        "kid/clean",
        fid.INCEPTION_CLEAN,
        kid,
        "KID to the data set's own HQ, the whole U-statistic, resized as clean-fid does",
        _KID + "resizing of Parmar, Zhang, Zhu 2022",
        perfect=None,  # below 0 for the HQ itself: the sets are not independent
        bounds=_ANY,
    ),
    _row(
        "kid/legacy",
        fid.INCEPTION_LEGACY,
        kid,
        "KID to the data set's own HQ, the whole U-statistic, resized as pytorch-fid does",
        _KID + "pytorch-fid 0.3.0",
        perfect=None,  # below 0 for the HQ itself: the sets are not independent
        bounds=_ANY,
    ),
    _row(
        "fd-dinov2/vitl14",
        fd.DINOV2,
        frechet,
        "Fréchet distance to the data set's own HQ through DINOv2's ViT-L/14",
        _FRECHET + "Stein et al. 2023",
    ),
    _row(
        "fd/alexnet",
        fd.ALEXNET,
        frechet,
        "Fréchet distance to the data set's own HQ through LPIPS's AlexNet; not an FID",
        _FRECHET + "the fifth tap's mean over places",
    ),
    _row(
        "fd/dlib",
        identity.DLIB,
        frechet,
        "Fréchet distance to the data set's own HQ through dlib's face descriptors; not an FID",
        _FRECHET + "dlib_face_recognition_resnet_model_v1 (King 2017)",
    ),
    _row(
        "kd/alexnet",
        fd.ALEXNET,
        kid,
        "Kernel distance to the data set's own HQ through LPIPS's AlexNet; not a KID",
        _KID + "the fifth tap's mean over places",
        perfect=None,  # below 0 for the HQ itself: the sets are not independent
        bounds=_ANY,
    ),
    _row(
        "kd/dlib",
        identity.DLIB,
        kid,
        "Kernel distance to the data set's own HQ through dlib's face descriptors; not a KID",
        _KID + "dlib_face_recognition_resnet_model_v1 (King 2017)",
        perfect=None,  # below 0 for the HQ itself: the sets are not independent
        bounds=_ANY,
    ),
    *_precision_and_recall("inception", fid.INCEPTION_CLEAN, "through FID's Inception"),
    *_precision_and_recall("alexnet", fd.ALEXNET, "through LPIPS's AlexNet"),
    *_precision_and_recall("dlib", identity.DLIB, "through dlib's face descriptors"),
)
