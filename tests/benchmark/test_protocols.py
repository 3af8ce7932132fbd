"""The table of metrics and the protocols made of it."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.metric import ImageMetric, weights_of, why_not
from bfrbench.benchmark.metrics.table import METRICS, metric
from bfrbench.benchmark.protocols import PROTOCOLS, choice, protocol, with_reference
from bfrbench.errors import InputError, UnknownName
from bfrbench.pixels import write_png
from bfrbench.weights import WEIGHTS

HERE = [row for row in METRICS.values() if isinstance(row, ImageMetric) and not why_not(row)]


def test_strict_is_found_with_and_without_its_version() -> None:
    assert protocol("strict") is protocol("strict@2") is PROTOCOLS["strict@2"]
    assert protocol("strict@1").name == "strict@1"
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
    assert all(WEIGHTS[name].used_by for name in weights_of(row))


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.id)
def test_perfect_is_perfect_and_everything_else_is_worse(row) -> None:  # type: ignore[no-untyped-def]
    hq = picture_of(np.ascontiguousarray(astronaut()[:192, 150:342]))
    worse = picture_of(np.asarray(cv2.GaussianBlur(hq.image, (0, 0), 6.0) // 2, dtype=np.uint8))
    if row.perfect is None:
        pytest.skip("no value is perfect")
    perfect, other = row.value(hq, hq), row.value(worse, hq)
    assert perfect == pytest.approx(row.perfect, abs=1e-12)
    if row.id.endswith("-accept"):  # one or none: a recogniser may still accept it
        assert other <= perfect
    else:
        assert other < perfect if row.better == "higher" else other > perfect


def test_chosen_metrics_make_a_protocol_that_says_all_their_versions() -> None:
    chosen = choice([METRICS["ssim/rgb"], METRICS["psnr/rgb"], METRICS["ssim/rgb"]])
    assert chosen.name == "psnr/rgb@1+ssim/rgb@1@2"
    assert [row.id for row in chosen.metrics] == ["ssim/rgb", "psnr/rgb"]


def test_a_reference_of_ones_own_is_named_and_hashed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "ffhq"
    folder.mkdir()
    write_png(folder / "a.png", np.zeros((4, 4, 3), np.uint8))
    first = with_reference(choice([METRICS["fid/clean"]]), folder)
    assert [row.id for row in first.metrics] == ["fid/clean", "fid/clean@ffhq"]
    assert "+ffhq" in first.name
    write_png(folder / "b.png", np.zeros((4, 4, 3), np.uint8))
    assert with_reference(choice([METRICS["fid/clean"]]), folder) != first
    with pytest.raises(InputError, match="neither a folder of images nor a file of statistics"):
        with_reference(choice([METRICS["fid/clean"]]), tmp_path / "nothing")
    with pytest.raises(InputError, match="has no metric of sets"):
        with_reference(choice([METRICS["psnr/rgb"]]), folder)
