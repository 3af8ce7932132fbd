"""How metrics are called and printed: a row for each metric family; importing it needs no torch."""

import math
from dataclasses import dataclass

from bfrbench.types import Direction


@dataclass(frozen=True, slots=True)
class Label:
    """How a board shows one metric family."""

    text: str
    digits: int  # after the point; ties are ties at these digits
    meaning: str  # one sentence, for those who do not know it
    least: float = -math.inf  # of its values, whatever the variant
    most: float = math.inf


# The keys are what stands before the "/" of a metric: all variants of a family print alike.
LABELS = {
    "psnr": Label("PSNR", 2, "Error of each pixel against HQ, in dB.", least=0.0),
    "ssim": Label("SSIM", 4, "Local structure against HQ; 1 is the same picture.", least=-1.0, most=1.0),
    "ms-ssim": Label("MS-SSIM", 4, "SSIM over several scales; 1 is the same picture.", least=-1.0, most=1.0),
    "lpips": Label("LPIPS", 4, "Distance to HQ as deep features see it; 0 is the same picture.", least=0.0),
    "identity": Label("Identity", 3, "Whether it is still the person in HQ, as a face recogniser sees them."),
    "dists": Label("DISTS", 4, "Distance to HQ in structure and texture of deep features; 0 is the same."),
    "lmd": Label("LMD", 4, "How far the face's landmarks are from those in HQ.", least=0.0),
    "detect": Label("Detected", 3, "Share of images in which a detector finds a face.", least=0.0, most=1.0),
    "niqe": Label("NIQE", 2, "How far the picture is from natural ones, without looking at HQ."),
    "brisque": Label("BRISQUE", 2, "How distorted the picture looks, without looking at HQ."),
    "fid": Label("FID", 2, "Distance of all restored images, as a set, to a reference set.", least=0.0),
    "kid": Label(
        "KID", 5, "Distance of the set to a reference set by a kernel; over its own HQ it may be below 0."
    ),
    "fd": Label("FD", 5, "Fréchet distance of two sets through another network than FID's.", least=0.0),
    "kd": Label("KD", 6, "Kernel distance of two sets through another network than KID's."),
    "fd-dinov2": Label("FD-DINOv2", 2, "Fréchet distance of two sets through DINOv2.", least=0.0),
    "precision": Label(
        "Precision", 3, "Share of restored images that lie among the reference images.", least=0.0, most=1.0
    ),
    "recall": Label(
        "Recall", 3, "Share of reference images that lie among the restored images.", least=0.0, most=1.0
    ),
}

# Rows are sorted by the first of these that a board has; the next ones break ties. They are also
# what stands under single images, where a metric of the whole set has nothing to say.
HEADLINES = ("lpips", "identity", "psnr")

ARROWS: dict[Direction, str] = {"higher": "↑", "lower": "↓"}


def family(metric: str) -> str:
    """The part of a metric's name that its variants share: `lpips` of `lpips/alex`."""
    return metric.partition("/")[0]


def label_of(metric: str) -> Label:
    """How to show a metric; one that the table does not hold is shown by its own name, with 3 digits."""
    return LABELS.get(family(metric), Label(family(metric), 3, ""))


def last_digit(metric: str) -> float:
    """One in the last digit that boards print: values no further apart are tied."""
    return float(10.0 ** -label_of(metric).digits)
