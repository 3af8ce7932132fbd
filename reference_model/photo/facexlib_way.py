"""Alignment and paste-back as facexlib's FaceRestoreHelper does them without a parser, to the pixel.

This is what GFP-GAN's own script did before parsing masks: for comparing with its results. It differs from
`align` and `paste` in what its users complained of: bilinear without averaging, a grey border that can show
at the photograph's edge, a square mask, and half a pixel of shift when upscaling.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from bfrbench.alignment import TEMPLATE_512
from bfrbench.reference_model.photo.align import Crop, Matrix, fit
from bfrbench.reference_model.photo.paste import Placed
from bfrbench.types import Image, Landmarks

BORDER = (132, 133, 135)  # RGB outside the photograph


def align_as_facexlib(image: Image, landmarks: Landmarks, size: int) -> Crop:
    """The crop by bilinear interpolation on a grey border."""
    matrix = fit(landmarks, TEMPLATE_512 * (size / 512))
    crop = cv2.warpAffine(image, matrix, (size, size), borderMode=cv2.BORDER_CONSTANT, borderValue=BORDER)
    return Crop(np.asarray(crop, dtype=np.uint8), matrix)


def paste_as_facexlib(background: Image, faces: Sequence[Placed], *, upscale: int) -> Image:
    """The background with every face under an eroded, blurred square; weights of the faces do not count."""
    canvas = background.copy()
    for face in faces:
        shift = 0.5 * upscale if upscale > 1 else 0.0
        inverse = np.asarray(cv2.invertAffineTransform(face.matrix), np.float64) * upscale
        _blend(canvas, face, np.add(inverse, [[0, 0, shift]] * 2), upscale)
    return canvas


def _blend(canvas: Image, placed: Placed, inverse: Matrix, upscale: int) -> None:
    """Blend in the part of the canvas that the blurred mask can reach; outside it is zero."""
    size = placed.size
    corners = np.array([[x, y, 1.0] for x in (0, size) for y in (0, size)]).T
    places = inverse @ corners
    margin = 2 * upscale + 2 + int(np.ptp(places)) // 4
    low = np.clip(places.min(axis=1) - margin, 0, canvas.shape[1::-1]).astype(int)
    high = np.clip(places.max(axis=1) + margin, 0, canvas.shape[1::-1]).astype(int)
    part = canvas[low[1] : high[1], low[0] : high[0]]
    if part.size == 0:
        return
    shape = part.shape[1::-1]
    matrix = inverse - [[0, 0, low[0]], [0, 0, low[1]]]
    face = cv2.warpAffine(cv2.resize(placed.image, (size, size)), matrix, shape)
    whole = cv2.warpAffine(np.ones((size, size), np.float32), matrix, shape)
    # the photograph's edge erodes nothing: OpenCV's border for erosion is the largest value
    inner = cv2.erode(whole, np.ones((2 * upscale, 2 * upscale), np.uint8))
    edge = int(np.sqrt(inner.sum())) // 20
    centre = cv2.erode(inner, np.ones((2 * edge, 2 * edge), np.uint8)) if edge else inner
    soft = placed.strength * cv2.GaussianBlur(centre, (2 * edge + 1, 2 * edge + 1), 0)[:, :, None]
    part[:] = (soft * (inner[:, :, None] * face) + (1 - soft) * part).astype(np.uint8)
