"""Identity: how far the restored person is from the person in the HQ, as a face recogniser sees them.

Variant `dlib`: the Euclidean distance between dlib's 128-number descriptors of two chips, lower is better;
below 0.6, dlib's rule takes both for one person. Both chips are cut by the same landmarks: the pair's own, or
the template of aligned faces. They are never detected on the restored image, so there is no "no face found",
and a restorer cannot gain by moving the face.
"""

from typing import Final

import numpy as np

from bfrbench.alignment import crop_face
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
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
"""Side of a chip in px."""

CHIP_TEMPLATE: Final[Landmarks] = (_MEAN_FACE + 0.25) / 1.5 * CHIP
"""Where the five points lie in a chip, in its pixels."""


def _look_dlib(picture: Picture) -> Vector:
    from bfrbench.benchmark.judges import dlib_resnet  # noqa: PLC0415  # torch only when a judge starts

    return dlib_resnet.descriptor(chip(picture.image, picture.landmarks))


DLIB: Final = Judge("dlib/chip", 1, _look_dlib, ("dlib-face",), framed=True)
"""dlib's 128-number descriptor of the chip that the frozen landmarks cut."""


def identity_dlib(restored: Picture, hq: Picture) -> float:
    """Distance of the two descriptors, 0 and up, lower is better; symmetric.

    Raises ValueError when there are no landmarks and the image is no aligned square.
    """
    one, other = (picture.through(DLIB).astype(np.float64) for picture in (restored, hq))
    return float(np.linalg.norm(one - other))


def chip(image: Image, landmarks: Landmarks) -> Image:
    """The 150×150 chip that dlib's recogniser expects."""
    return crop_face(image, landmarks, CHIP, target=CHIP_TEMPLATE)
