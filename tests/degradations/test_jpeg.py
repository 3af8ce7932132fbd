import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow
from pydantic import ValidationError

from bfrbench.degradations.ops.jpeg import Chroma, Jpeg, jpeg
from bfrbench.errors import InputError

FACE = skimage.data.astronaut()[:120, 150:281]
UNIT = FACE.astype(np.float32) / np.float32(255)


@pytest.mark.parametrize(("chroma", "subsampling"), [("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)])
@pytest.mark.parametrize("quality", [30, 75, 99])
def test_pixels_are_those_that_pillow_gets(quality: int, chroma: Chroma, subsampling: int) -> None:
    file = io.BytesIO()
    Pillow.fromarray(FACE).save(file, "JPEG", quality=quality, subsampling=subsampling)
    theirs = np.asarray(Pillow.open(file).convert("RGB"))
    ours = np.rint(jpeg(UNIT, Jpeg(quality=quality, chroma=chroma)) * 255)
    assert np.abs(ours - theirs).max() <= 3  # 0 with libjpeg-turbo on both sides


def test_red_stays_red() -> None:
    red = np.zeros((32, 32, 3), np.float32)
    red[:, :, 0] = 1
    np.testing.assert_allclose(jpeg(red, Jpeg(quality=95)), red, atol=0.02)


def test_values_are_rounded_half_to_even_and_clipped_before() -> None:
    levels = np.array([100.5, 101.5, 102.49, -3.0, 300.0], np.float32)
    rounded = np.array([100, 102, 102, 0, 255], np.float32)
    for level, whole in zip(levels, rounded, strict=True):
        blocks = [np.full((16, 16, 3), value / np.float32(255), np.float32) for value in (level, whole)]
        exact, step = jpeg(blocks[1], Jpeg(quality=100)), Jpeg(quality=100)
        np.testing.assert_array_equal(jpeg(blocks[0], step), exact)


def test_lower_quality_loses_more() -> None:
    loss = [np.abs(jpeg(UNIT, Jpeg(quality=quality)) - UNIT).mean() for quality in (100, 90, 60, 30, 5)]
    assert loss == sorted(loss)


@pytest.mark.parametrize("quality", [0, 101, 63.5])
def test_a_quality_that_is_no_integer_from_1_to_100_is_refused(quality: float) -> None:
    with pytest.raises(ValidationError):
        Jpeg(quality=quality)  # type: ignore[arg-type]


def test_a_side_too_long_for_jpeg_is_one_sentence() -> None:
    with pytest.raises(InputError, match="65,500"):
        jpeg(np.zeros((1, 65_501, 3), np.float32), Jpeg(quality=90))
