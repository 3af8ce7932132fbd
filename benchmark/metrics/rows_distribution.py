"""Rows of METRICS: how alike two sets of images are."""

from typing import Final

from bfrbench.benchmark.metrics import fid, frechet
from bfrbench.benchmark.metrics.metric import Metric, SetMetric

DISTRIBUTION: Final[tuple[Metric, ...]] = (
    SetMetric(
        id="fid/clean",
        version=1,
        better="lower",
        group="distribution",
        judge=fid.INCEPTION_CLEAN,
        distance=frechet.frechet,
        title="FID to the data set's own HQ, resized as clean-fid does",
        source="Heusel et al. 2017, eq. 6; resizing of Parmar, Zhang, Zhu 2022",
        perfect=0.0,
    ),
)
