import cv2
import numpy as np
import pytest
import skimage.data
from pydantic import ValidationError

from bfrbench.degradations.ops.diffjpeg import DCT, LUMA_TABLE, DiffJpeg, diffjpeg
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg

FACE = (skimage.data.astronaut()[:112, 144:272] / 255).astype(np.float32)


def test_the_transform_is_opencvs_dct() -> None:
    block = np.random.default_rng(0).random((8, 8))
    np.testing.assert_allclose(DCT @ block @ DCT.T, cv2.dct(block), atol=1e-12)
    np.testing.assert_allclose(DCT.T @ DCT, np.eye(8), atol=1e-12)


@pytest.mark.parametrize("quality", [30, 50, 75, 95])
def test_it_is_a_jpeg_like_the_codecs(quality: int) -> None:
    ours, codecs = diffjpeg(FACE, DiffJpeg(quality=quality)), jpeg(FACE, Jpeg(quality=quality))
    between, lost = (np.abs(other - codecs).mean() for other in (ours, FACE))
    # the transposed table and the plain enlarging of chroma make the difference
    assert between < lost
    assert np.abs(ours - FACE).mean() == pytest.approx(lost, rel=0.15)


def test_flat_grey_survives_but_for_its_rounding_to_the_table() -> None:
    flat = np.full((32, 32, 3), 0.437, np.float32)
    step = LUMA_TABLE[0, 0] / 8 / 255  # of the mean, at quality 50
    off = np.abs(diffjpeg(flat, DiffJpeg(quality=50)) - flat)
    assert 0 < off.max() <= step / 2 + 1e-6
    assert np.ptp(diffjpeg(flat, DiffJpeg(quality=50))) < 1e-6


@pytest.mark.parametrize("shape", [(1, 1, 3), (17, 33, 3), (16, 5, 3)])
def test_any_size_comes_back_as_it_was_and_in_range(shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(1).random(shape, dtype=np.float32)
    coded = diffjpeg(image, DiffJpeg(quality=12.5))
    assert coded.shape == shape
    assert coded.dtype == np.float32
    assert 0 <= coded.min() <= coded.max() <= 1


def test_lower_quality_loses_more() -> None:
    loss = [np.abs(diffjpeg(FACE, DiffJpeg(quality=q)) - FACE).mean() for q in (99, 90.5, 60, 30, 5)]
    assert loss == sorted(loss)


@pytest.mark.parametrize("quality", [0.5, 100])
def test_a_quality_that_divides_by_nothing_is_refused(quality: float) -> None:
    with pytest.raises(ValidationError):
        DiffJpeg(quality=quality)
