"""LPIPS: distance in the features of a classification network (Zhang et al. 2018, equation 1).

All with the version 0.1 heads, at the images' own size, lower is better, symmetric. Variants:

- `alex`: through AlexNet, RGB in [-1, 1]; what the authors recommend for measuring.
- `vgg`: through VGG16, RGB in [-1, 1]; what VQFR's script, basicsr's and with them most face papers report.
  Its weights are at hand as float16, which moves values by about 0.0001.
- `vgg-bgr`, `vgg-bgr01`: as `vgg`, but given B for R and R for B, in [-1, 1] or in [0, 1]; the two numbers
  that RestoreFormer's and DAEFR's scripts print. Both are mistakes, kept so that their tables can be read.
"""

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from bfrbench.benchmark.judges.judge import Judge, Picture

if TYPE_CHECKING:
    from torch import Tensor

    Seen = list[Tensor]

MIN_SIZE: Final = 31
"""Shortest side in px that leaves one pixel at AlexNet's last layer; VGG16's would be 16."""


def _look(network: Literal["alex", "vgg"], bgr: bool, unit: bool, picture: Picture) -> "Seen":
    from bfrbench.benchmark.judges.lpips import look  # noqa: PLC0415  # torch only when a judge starts

    return look(picture.image, network, bgr=bgr, unit=unit)


def _through_vgg(name: str, *, bgr: bool = False, unit: bool = False) -> "Judge[Seen]":
    return Judge(name, 1, partial(_look, "vgg", bgr, unit), ("lpips-vgg16",), kept=False)


ALEX: Final = Judge("alexnet/lpips", 2, partial(_look, "alex", False, False), ("lpips-alex",), kept=False)
VGG: Final = _through_vgg("vgg16/lpips")
VGG_BGR: Final = _through_vgg("vgg16/lpips-bgr", bgr=True)
VGG_BGR01: Final = _through_vgg("vgg16/lpips-bgr01", bgr=True, unit=True)


def lpips(judge: "Judge[Seen]", restored: Picture, hq: Picture) -> float:
    """LPIPS through a judge, 0 and up."""
    from bfrbench.benchmark.judges.lpips import distance  # noqa: PLC0415

    return distance(restored.through(judge), hq.through(judge))
