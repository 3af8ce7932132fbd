"""What a face must be like to be kept: measures with units, and limits for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bfrbench.alignment import similarity, template
from bfrbench.detection import Face
from bfrbench.types import Image, Landmarks


@dataclass(frozen=True, slots=True)
class Limits:
    """A face is kept when it is within all of them."""

    most_enlarged: float = 1.25  # crop pixels per photograph pixel, along a side
    most_turned: float = 0.38  # `Measures.turned`: about 30 degrees
    most_misshapen: float = 0.2  # `Measures.misshapen`
    most_outside: float = 0.2  # `Measures.outside`
    least_sharp: float = 0.2  # `Measures.sharpness`
    second_face: float = 0.4  # a face this large beside the largest (1: as large) is a second face
    largest: bool = False  # with several faces, take the largest instead of none


@dataclass(frozen=True, slots=True)
class Measures:
    """One face, measured. A length in eye distances is divided by that between the eyes' points."""

    score: float  # the detector's own, 0..1
    eyes_px: float  # distance of the eyes in the photograph
    enlarged: float  # crop pixels per photograph pixel; below 1 the crop is smaller
    turned: float  # nose tip beside the middle of the eyes, in eye distances; negative: to the left
    roll: float  # degrees by which the crop turned the photograph
    misshapen: float  # root mean square distance of the five points from the template, in eye distances
    outside: float  # share of the crop beyond the photograph's edge, which is mirrored, 0..1
    sharpness: float  # see `sharpness`, 0..1


def measure(face: Face, image: Image, crop: Image) -> Measures:
    """Measure a face of a photograph and the crop that its points gave."""
    points = face.landmarks
    matrix = similarity(points, template(crop.shape[0]))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    eyes = points[1] - points[0]
    distance = float(np.hypot(*eyes))
    return Measures(
        score=face.score,
        eyes_px=distance,
        enlarged=scale,
        turned=float((points[2] - points[:2].mean(axis=0)) @ eyes) / distance**2,
        roll=float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))),
        misshapen=_misshapen(points, crop.shape[0]),
        outside=_outside(points, image.shape[:2], crop.shape[0]),
        sharpness=sharpness(crop),
    )


def _misshapen(points: Landmarks, size: int) -> float:
    goal = template(size)
    matrix = similarity(points, goal)
    off = points @ matrix[:, :2].T + matrix[:, 2] - goal
    return float(np.sqrt((off**2).sum(axis=1).mean()) / np.hypot(*(goal[1] - goal[0])))


def _outside(points: Landmarks, shape: Sequence[int], size: int) -> float:
    back = similarity(template(size), points)
    corners = np.array([(-0.5, -0.5), (size - 0.5, -0.5), (size - 0.5, size - 0.5), (-0.5, size - 0.5)])
    square = (corners @ back[:, :2].T + back[:, 2]).astype(np.float32)
    height, width = shape
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - np.float32(0.5)
    inside, _ = cv2.intersectConvexConvex(square, edges)
    return float(np.clip(1 - inside / cv2.contourArea(square), 0, 1))


def sharpness(crop: Image) -> float:
    """The share of its gradients that a blur of σ = 1 px takes from the middle of an aligned face, 0..1.

    A face that was blurred before has little left to lose. Of 250 faces of OpenFaces at 512 px, 249 have 0.2
    and more; blurred by σ = 1.5 px, none has more than 0.12. At 128 px all have 0.24 and more, and then 0.16
    and less (`bench_align.py --thresholds`). Comparable within one size, roughly between sizes.
    """
    size = crop.shape[0]
    face = crop[size // 4 : size * 7 // 8, size // 5 : size * 4 // 5]
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    before, after = (
        float(np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean())
        for x in (grey, cv2.GaussianBlur(grey, (0, 0), 1.0))
    )
    return 1 - after / before if before else 0.0


def others(faces: Sequence[Face], limits: Limits) -> int:
    """How many faces beside the first, the largest, are large enough to count."""
    return sum(face.size >= limits.second_face * faces[0].size for face in faces[1:])


def why_not(measures: Measures, limits: Limits) -> tuple[str, str]:
    """The first limit that a face breaks, and by how much; two empty strings when it is within all."""
    m = measures
    checks = (
        ("too small", m.enlarged, limits.most_enlarged, "enlarged {:.2f} times, at most {:g}"),
        ("turned", abs(m.turned), limits.most_turned, "nose {:.2f} eye distances aside, at most {:g}"),
        ("misshapen", m.misshapen, limits.most_misshapen, "points {:.2f} off the template, at most {:g}"),
        ("cut off", m.outside, limits.most_outside, "{:.0%} beyond the edge, at most {:.0%}"),
    )
    for reason, value, most, words in checks:
        if not value <= most:
            return reason, words.format(value, most)
    if not m.sharpness >= limits.least_sharp:
        return "blurred", f"sharpness {m.sharpness:.2f}, at least {limits.least_sharp:g}"
    return "", ""
