"""DISTS: structure and texture in the features of VGG16 (Ding, Ma, Wang, Simoncelli 2022, equations 5 to 9).

0 and up, lower is better, symmetric; forgiving to texture that is another but alike. Variant `vgg`: the
authors' weights, images at their own size (the authors advise to shrink large images to 256 px first; pyiqa,
which face papers use, does not). VGG16's weights are at hand as float16, which moves values by about 0.0001.
"""

from typing import TYPE_CHECKING, Final

from bfrbench.benchmark.judges.judge import Judge, Picture

if TYPE_CHECKING:
    from bfrbench.benchmark.judges.dists import Maps

MIN_SIZE: Final = 16
"""Shortest side in px that leaves more than a border at VGG16's last layer."""


def _look(picture: Picture) -> "list[Maps]":
    from bfrbench.benchmark.judges.dists import look  # noqa: PLC0415  # torch only when a judge starts

    return look(picture.image)


VGG: Final = Judge("vgg16/dists", 1, _look, ("lpips-vgg16",), kept=False)


def dists_vgg(restored: Picture, hq: Picture) -> float:
    """DISTS through VGG16."""
    from bfrbench.benchmark.judges.dists import distance  # noqa: PLC0415

    return distance(restored.through(VGG), hq.through(VGG))
