"""The detectors there are, and how each is opened from its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bfrbench import weights
from bfrbench.detection.face import Bounded, Detector
from bfrbench.errors import UnknownName

DEFAULT_DETECTOR = "mtcnn"
MAX_SIDE = 1280  # px: what detectors look at, at most


@dataclass(frozen=True, slots=True)
class DetectorRow:
    """One row of the table."""

    title: str
    source: str
    weights: tuple[str, ...]  # names in `bfrbench.weights`, which has their licence and origin
    load: Callable[..., Detector]  # from the paths of the weights
    min_score: float  # where it finds all clear faces and little else
    largest: int | None = 400  # px: larger faces are looked for in a smaller copy; None: no need

    @property
    def licence(self) -> str:
        """Of the weights."""
        return weights.weight_file(self.weights[0]).licence


def _mtcnn(*paths: Path) -> Detector:
    from bfrbench.detection.mtcnn import load_mtcnn  # noqa: PLC0415  # PyTorch takes seconds

    return load_mtcnn(*paths)


def _yunet(path: Path) -> Detector:
    from bfrbench.detection.yunet import load_yunet  # noqa: PLC0415

    return load_yunet(path)


def _scrfd(path: Path) -> Detector:
    from bfrbench.detection.scrfd import load_scrfd  # noqa: PLC0415

    return load_scrfd(path)


def _insightface(path: Path) -> Detector:
    from bfrbench.detection.insightface_adapter import load_insightface  # noqa: PLC0415

    return load_insightface(path)


def _retinaface_mobilenet(path: Path) -> Detector:
    from bfrbench.detection.retinaface import load_retinaface  # noqa: PLC0415

    return load_retinaface(path, "mobilenet0.25")


def _retinaface_resnet50(path: Path) -> Detector:
    from bfrbench.detection.retinaface import load_retinaface  # noqa: PLC0415

    return load_retinaface(path, "resnet50")


DETECTORS: dict[str, DetectorRow] = {
    "mtcnn": DetectorRow(
        title="MTCNN, embedded: works right after install",
        source="Zhang et al. 2016, as in facenet-pytorch",
        weights=("mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"),
        load=_mtcnn,
        min_score=0.9,
        largest=None,
    ),
    "yunet": DetectorRow(
        title="YuNet, the smallest",
        source="Wu et al. 2023, run by OpenCV",
        weights=("yunet",),
        load=_yunet,
        min_score=0.6,
    ),
    "scrfd": DetectorRow(
        title="SCRFD-2.5g of InsightFace",
        source="Guo et al. 2022",
        weights=("scrfd-2.5g",),
        load=_scrfd,
        min_score=0.5,
    ),
    "insightface": DetectorRow(
        title="SCRFD-10g of the buffalo_l pack by insightface's own code",
        source="insightface",
        weights=("insightface-det-10g",),
        load=_insightface,
        min_score=0.5,
        largest=None,
    ),
    "retinaface-mobilenet": DetectorRow(
        title="RetinaFace, MobileNet-0.25",
        source="Deng et al. 2020, as in Pytorch_Retinaface",
        weights=("retinaface-mobilenet",),
        load=_retinaface_mobilenet,
        min_score=0.8,
    ),
    "retinaface-resnet50": DetectorRow(
        title="RetinaFace, ResNet-50: what GFP-GAN's own script detects with",
        source="Deng et al. 2020, as in facexlib",
        weights=("retinaface-resnet50",),
        load=_retinaface_resnet50,
        min_score=0.97,
    ),
}


def detector_row(name: str) -> DetectorRow:
    """The table's row; raises UnknownName with the names there are."""
    if name not in DETECTORS:
        raise UnknownName(f"No detector is called {name!r}. There are: {', '.join(DETECTORS)}.")
    return DETECTORS[name]


def open_detector(
    name: str = DEFAULT_DETECTOR, *, min_score: float | None = None, max_side: int = MAX_SIDE
) -> Detector:
    """A detector by its name: H×W×3 uint8 RGB in, faces out, the largest first.

    min_score: drop fainter faces; None: the table's own. max_side: detect on a copy no larger than this
    (pixels of the longer side), so that memory is bounded. On one CPU thread; the same picture gives the same
    faces everywhere. `functools.partial(open_detector, name)` is a factory
    that any worker process can call.

    Raises UnknownName for another name, WeightsUnavailable when its weights are not at hand.
    """
    row = detector_row(name)
    find = row.load(*(weights.find(weight) for weight in row.weights))
    return Bounded(
        find,
        max_side=max_side,
        min_score=row.min_score if min_score is None else min_score,
        largest=row.largest,
    )
