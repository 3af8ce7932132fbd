"""Identity: how far the restored person is from the person in the HQ, as a face recogniser sees them.

Each recogniser looks at a crop that is cut by landmarks. By default these are frozen: the pair's own, or the
template of aligned faces, the same for HQ and every restored image. So there is no "no face found", and a
restorer cannot gain by moving the face. Variants called `-detected` find the points in each image anew, with
the embedded detector MTCNN; what a restorer moves is then forgiven, and an image without a face has the state
`no_face`.

- `dlib`: Euclidean distance of dlib's 128-number descriptors, lower is better; below 0.6, dlib's rule takes
  both for one person.
- `mbf-fr`: cosine of a MobileFaceNet's 512-number embeddings, higher is better. The crop is antialiased.
- `cosine-insightface`: cosine of the embeddings of InsightFace's `buffalo_l` recogniser, crop and network as
  its own code has them (the crop is bilinear and aliases).
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import cv2
import numpy as np

from bfrbench.alignment import crop_face, similarity
from bfrbench.benchmark.judges.face_finder import face_finder, points_found
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.benchmark.metrics.angle import cosine
from bfrbench.types import Image, Landmarks

# Where dlib's get_face_chip(size=150, padding=0.25) puts our five points. dlib publishes the mean face that
# its chips are aligned to (mean_face_shape_x/y in dlib/image_transforms/interpolation.h, points 17-67 of 68,
# in units of the face). Of it: the mean of the six points around each eye, the nose tip (point 30) and the
# outer mouth corners (48 and 54). A point p of the mean face is at (p + padding) / (1 + 2·padding) · size.
_MEAN_FACE: Final = np.array(
    [
        (0.225492, 0.215990),
        (0.754762, 0.215990),
        (0.490127, 0.515625),
        (0.254149, 0.780233),
        (0.726104, 0.780233),
    ]
)
CHIP: Final = 150
"""Side of dlib's chip in px."""

CHIP_TEMPLATE: Final[Landmarks] = (_MEAN_FACE + 0.25) / 1.5 * CHIP
"""Where the five points lie in dlib's chip, in its pixels."""

ARCFACE: Final = 112
"""Side of ArcFace's crop in px."""

ARCFACE_TEMPLATE: Final[Landmarks] = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Where the five points lie in ArcFace's crop, in its pixels, as insightface has it."""

MTCNN: Final = face_finder("mtcnn")


def chip(image: Image, landmarks: Landmarks) -> Image:
    """The 150×150 chip that dlib's recogniser expects."""
    return crop_face(image, landmarks, CHIP, target=CHIP_TEMPLATE)


def arcface_crop(image: Image, landmarks: Landmarks) -> Image:
    """ArcFace's 112×112 crop, antialiased."""
    return crop_face(image, landmarks, ARCFACE, target=ARCFACE_TEMPLATE)


def insightface_crop(image: Image, landmarks: Landmarks) -> Image:
    """ArcFace's 112×112 crop as insightface's `norm_crop` cuts it: bilinear, black outside the picture."""
    matrix = similarity(landmarks, ARCFACE_TEMPLATE)
    return np.asarray(cv2.warpAffine(image, matrix, (ARCFACE, ARCFACE), borderValue=0.0), dtype=np.uint8)


def _dlib(crop: Image) -> Vector:
    from bfrbench.benchmark.judges import dlib_resnet  # noqa: PLC0415  # torch only when a judge starts

    return dlib_resnet.descriptor(crop)


def _mbf_fr(crop: Image) -> Vector:
    from bfrbench.benchmark.judges import fr_networks  # noqa: PLC0415

    return fr_networks.embedding(crop)


def _insightface(crop: Image) -> Vector:
    from bfrbench.benchmark.judges import insightface_recogniser  # noqa: PLC0415

    return insightface_recogniser.embedding(crop)


Cut = Callable[[Image, Landmarks], Image]
Describe = Callable[[Image], Vector]


def _look(cut: Cut, describe: Describe, picture: Picture) -> Vector:
    return describe(cut(picture.image, picture.landmarks))


def _look_where_found(cut: Cut, describe: Describe, picture: Picture) -> Vector:
    return describe(cut(picture.image, points_found(MTCNN, picture)))


def _judges(name: str, weights: str, cut: Cut, describe: Describe) -> tuple[Judge[Vector], Judge[Vector]]:
    """A recogniser at the frozen landmarks, and at those that MTCNN finds."""
    frozen = Judge(name, 1, partial(_look, cut, describe), (weights,), framed=True)
    found = partial(_look_where_found, cut, describe)
    return frozen, Judge(f"{name}-detected", 1, found, (weights, *MTCNN.weights))


DLIB, DLIB_DETECTED = _judges("dlib/chip", "dlib-face", chip, _dlib)
MBF_FR, MBF_FR_DETECTED = _judges("mbf-fr/crop", "fr-feature", arcface_crop, _mbf_fr)
INSIGHTFACE, INSIGHTFACE_DETECTED = _judges(
    "insightface-w600k-r50/crop", "insightface-w600k-r50", insightface_crop, _insightface
)


def distance(judge: Judge[Vector], restored: Picture, hq: Picture) -> float:
    """Euclidean distance of what the judge sees, 0 and up, lower is better; symmetric.

    Raises ValueError when there are no landmarks and the image is no aligned square; NoFaceSeen when the
    judge detects and finds no face.
    """
    one, other = (picture.through(judge).astype(np.float64) for picture in (restored, hq))
    return float(np.linalg.norm(one - other))


def likeness(judge: Judge[Vector], restored: Picture, hq: Picture) -> float:
    """Cosine of what the judge sees, -1..1, higher is better; symmetric. Raises as `distance` does."""
    return cosine(restored.through(judge), hq.through(judge))


identity_dlib: Final = partial(distance, DLIB)
