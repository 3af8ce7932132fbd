"""LPIPS: distance in the features of a classification network (Zhang et al. 2018, equation 1).

Variant `alex`: AlexNet with the version 0.1 heads, RGB in [-1, 1], the images' own size.
"""

from bfrbench.types import Image

MIN_SIZE = 31
"""Shortest side in px that leaves one pixel at AlexNet's last layer."""


def lpips_alex(restored: Image, hq: Image) -> float:
    """LPIPS through AlexNet, 0 and up, lower is better; symmetric."""
    from bfrbench.benchmark.judges import alexnet_lpips  # noqa: PLC0415  # torch only when a judge starts

    return alexnet_lpips.distance(restored, hq)
