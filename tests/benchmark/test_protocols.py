"""The table of metrics and the protocols made of it."""

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.metrics.table import METRICS, metric
from bfrbench.benchmark.protocols import PROTOCOLS, protocol
from bfrbench.errors import UnknownName
from bfrbench.types import Pair
from bfrbench.weights import WEIGHTS, locate

PAIR = Pair("a", "", None, "", None, "person", None)
HERE = [row for row in METRICS.values() if all(locate(name) for name in row.weights)]


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
    assert set(row.weights) <= set(WEIGHTS)
    assert all(row.id == WEIGHTS[name].used_by for name in row.weights)


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.id)
def test_measures_merge_and_perfect_is_perfect(row) -> None:  # type: ignore[no-untyped-def]
    hq = np.ascontiguousarray(astronaut()[:192, 150:342])
    worse = np.clip(hq.astype(int) + 20, 0, 255).astype(np.uint8)
    first, second, whole = row.start(), row.start(), row.start()
    perfect = first.add(hq, hq, PAIR)
    if row.perfect is not None and perfect is not None:
        assert perfect == pytest.approx(row.perfect, abs=1e-12)
        other = second.add(worse, hq, PAIR)
        assert other < perfect if row.better == "higher" else other > perfect
        first.merge(second)
        whole.add(hq, hq, PAIR)
        whole.add(worse, hq, PAIR)
        assert first.result() == whole.result()


def test_a_measure_that_saw_nothing_has_no_result() -> None:
    assert all(row.start().result() is None for row in METRICS.values())
