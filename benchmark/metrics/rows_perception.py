"""Rows of METRICS: how natural an image looks, HQ or none."""

from typing import Final

from bfrbench.benchmark.metrics import niqe
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric, of_images

PERCEPTION: Final[tuple[Metric, ...]] = (
    ImageMetric(
        id="niqe/y601",
        version=1,
        better="lower",
        group="perception",
        needs_hq=False,
        value=of_images(niqe.niqe_y601),
        title="NIQE of the limited-range BT.601 luma, 96×96 blocks, LIVE's pristine pictures",
        source="Mittal, Soundararajan, Bovik 2013; as basicsr",
        min_size=niqe.MIN_SIZE,
        weights=("niqe-pristine",),
    ),
)
