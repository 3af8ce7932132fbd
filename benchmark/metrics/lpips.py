"""LPIPS: distance in the features of a classification network (Zhang et al. 2018, equation 1).

Variant `alex`: AlexNet with the version 0.1 heads, RGB in [-1, 1], the images' own size.
"""

from typing import TYPE_CHECKING, Final

from bfrbench.benchmark.judges.judge import Judge, Picture

if TYPE_CHECKING:
    from torch import Tensor

MIN_SIZE = 31
"""Shortest side in px that leaves one pixel at AlexNet's last layer."""


def _look_alex(picture: Picture) -> "list[Tensor]":
    from bfrbench.benchmark.judges import alexnet_lpips  # noqa: PLC0415  # torch only when a judge starts

    return alexnet_lpips.normalised_taps(picture.image)


ALEX: Final = Judge("alexnet/lpips", 1, _look_alex, ("lpips-alex",), kept=False)
"""AlexNet's five ReLU outputs at the image's own size, normalised over channels."""


def lpips_alex(restored: Picture, hq: Picture) -> float:
    """LPIPS through AlexNet, 0 and up, lower is better; symmetric."""
    from bfrbench.benchmark.judges import alexnet_lpips  # noqa: PLC0415

    return alexnet_lpips.distance(restored.through(ALEX), hq.through(ALEX))
