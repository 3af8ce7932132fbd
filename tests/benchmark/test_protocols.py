"""The table of metrics and the protocols made of it."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.metric import ImageMetric, weights_of, why_not
from bfrbench.benchmark.metrics.table import METRICS, metric
from bfrbench.benchmark.protocols import PROTOCOLS, protocol
from bfrbench.errors import UnknownName
from bfrbench.weights import WEIGHTS

HERE = [row for row in METRICS.values() if isinstance(row, ImageMetric) and not why_not(row)]


def test_strict_is_found_with_and_without_its_version() -> None:
    assert protocol("strict") is protocol("strict@1") is PROTOCOLS["strict@1"]
    assert protocol("strict").name == "strict@1"
    assert set(protocol("strict").headline) <= {row.id for row in protocol("strict").metrics}


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"'strikt'.*There are: strict@1"):
        protocol("strikt")
    with pytest.raises(UnknownName, match=r"'psnr'.*psnr/rgb, psnr/y601"):
        metric("psnr")


@pytest.mark.parametrize("row", METRICS.values(), ids=METRICS)
def test_every_row_says_what_it_is(row) -> None:  # type: ignore[no-untyped-def]
    assert metric(row.id) is row
    assert row.id.count("/") == 1
    assert row.version >= 1
    assert row.title
    assert row.source
    assert set(weights_of(row)) <= set(WEIGHTS)
    assert all(row.id in WEIGHTS[name].used_by for name in weights_of(row))


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.id)
def test_perfect_is_perfect_and_everything_else_is_worse(row) -> None:  # type: ignore[no-untyped-def]
    hq = picture_of(np.ascontiguousarray(astronaut()[:192, 150:342]))
    worse = picture_of(np.asarray(cv2.GaussianBlur(hq.image, (0, 0), 6.0) // 2, dtype=np.uint8))
    if row.perfect is None:
        pytest.skip("no value is perfect")
    perfect, other = row.value(hq, hq), row.value(worse, hq)
    assert perfect == pytest.approx(row.perfect, abs=1e-12)
    assert other < perfect if row.better == "higher" else other > perfect
