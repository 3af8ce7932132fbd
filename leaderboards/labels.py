"""How metrics are called and printed: a row for each metric family; importing it needs no torch."""

from dataclasses import dataclass

from bfrbench.types import Direction


@dataclass(frozen=True, slots=True)
class Label:
    """How a board shows one metric family."""

    text: str
    digits: int  # after the point; ties are ties at these digits
    meaning: str  # one sentence, for those who do not know it


# The keys are what stands before the "/" of a metric: all variants of a family print alike.
LABELS = {
    "psnr": Label("PSNR", 2, "Error of each pixel against HQ, in dB."),
    "ssim": Label("SSIM", 4, "Local structure against HQ; 1 is the same picture."),
    "ms-ssim": Label("MS-SSIM", 4, "SSIM over several scales; 1 is the same picture."),
    "lpips": Label("LPIPS", 4, "Distance to HQ as deep features see it; 0 is the same picture."),
    "identity": Label("Identity", 3, "Distance to the person in HQ, as a face recogniser sees them."),
    "niqe": Label("NIQE", 2, "How far the picture is from natural ones, without looking at HQ."),
    "fid": Label("FID", 2, "Distance of all restored images, as a set, to a reference set."),
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
