"""The face template that aligned data sets share, and crops by it.

Five points (eyes, nose tip, mouth corners) at 512 px, as facexlib's FaceRestoreHelper and FFHQ-style
crops of the field use them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench.types import Image, Landmarks

TEMPLATE_512: Landmarks = np.array(
    [
        (192.98138, 239.94708),
        (318.90277, 240.19360),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ]
)


def template(size: int) -> Landmarks:
    """The template for a size×size crop: t' = (t + 1/2)·size/512 - 1/2, pixel centres at integers."""
    return (TEMPLATE_512 + 0.5) * (size / 512) - 0.5


def similarity(source: Landmarks, target: Landmarks) -> NDArray[np.float64]:
    """The 2×3 least-squares similarity (no reflection) that takes source points to target points.

    With points as complex numbers s, d and their means s̄, d̄:
    a = Σ conj(s - s̄)(d - d̄) / Σ |s - s̄|²,  b = d̄ - a·s̄   (Umeyama 1991, in the plane).
    Raises ValueError when all source points coincide.
    """
    s = source[:, 0] + 1j * source[:, 1]
    d = target[:, 0] + 1j * target[:, 1]
    spread = (np.abs(s - s.mean()) ** 2).sum()
    if not spread > 0:
        raise ValueError("All landmarks are at one point: no similarity maps them to a face.")
    a = (np.conj(s - s.mean()) * (d - d.mean())).sum() / spread
    b = d.mean() - a * s.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def crop_face(image: Image, landmarks: Landmarks, size: int, *, target: Landmarks | None = None) -> Image:
    """Cut a size×size crop whose five points lie on `target` (None: the template), without aliasing.

    As the OpenFaces procedure: warp to k·size with bicubic interpolation (Lanczos when nothing shrinks),
    k = ceil(1/scale) up to 10, then average k×k blocks. Outside the picture it is mirrored.
    """
    matrix = similarity(landmarks, template(size) if target is None else target)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    k = min(10, max(1, int(np.ceil(1 / scale))))
    large = k * matrix
    large[:, 2] += (k - 1) / 2
    warped = cv2.warpAffine(
        image,
        large,
        (k * size, k * size),
        flags=cv2.INTER_CUBIC if k > 1 else cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    crop = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA) if k > 1 else warped
    return np.asarray(crop, dtype=np.uint8)
