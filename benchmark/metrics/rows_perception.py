"""Rows of METRICS: how natural an image looks, HQ or none."""

from typing import Final

from bfrbench.benchmark.metrics import brisque, niqe
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
    ImageMetric(
        id="niqe/grey",
        version=1,
        better="lower",
        group="perception",
        needs_hq=False,
        value=of_images(niqe.niqe_grey),
        title="NIQE of the rounded grey of MATLAB's rgb2gray, 96×96 blocks, LIVE's pristine pictures",
        source="Mittal, Soundararajan, Bovik 2013; as the LIVE release in MATLAB",
        min_size=niqe.MIN_SIZE,
        weights=("niqe-pristine",),
    ),
    ImageMetric(
        id="brisque/live",
        version=1,
        better="lower",
        group="perception",
        needs_hq=False,
        value=of_images(brisque.brisque_live),
        title="BRISQUE, the LIVE release's features, the support vector machine of the brisque package",
        source="Mittal, Moorthy, Bovik 2012",
        min_size=brisque.MIN_SIZE,
        weights=("brisque-live",),
    ),
)
