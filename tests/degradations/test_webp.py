import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow
from pydantic import ValidationError

from bfrbench.degradations.ops.webp import Webp, webp
from bfrbench.errors import InputError

FACE = skimage.data.astronaut()[:120, 150:281]
UNIT = FACE.astype(np.float32) / np.float32(255)


@pytest.mark.parametrize("quality", [20, 60, 95])
def test_pixels_are_nearly_those_that_pillow_gets(quality: int) -> None:
    file = io.BytesIO()
    Pillow.fromarray(FACE).save(file, "WEBP", quality=quality, method=4)
    theirs = np.asarray(Pillow.open(file).convert("RGB"), dtype=np.float64)
    ours = webp(UNIT, Webp(quality=quality)) * 255
    # two builds of libwebp may choose differently; both lose about the same
    loss = [np.abs(picture - FACE).mean() for picture in (ours, theirs)]
    assert loss[0] == pytest.approx(loss[1], rel=0.05)
    assert np.abs(ours - theirs).mean() < 0.5 * loss[1]


def test_lower_quality_loses_more_and_the_same_step_gives_the_same_bytes() -> None:
    loss = [np.abs(webp(UNIT, Webp(quality=quality)) - UNIT).mean() for quality in (100, 80, 50, 10)]
    assert loss == sorted(loss)
    assert webp(UNIT, Webp(quality=50)).tobytes() == webp(UNIT, Webp(quality=50)).tobytes()


def test_red_stays_red() -> None:
    red = np.zeros((32, 32, 3), np.float32)
    red[:, :, 0] = 1
    np.testing.assert_allclose(webp(red, Webp(quality=95)), red, atol=0.02)


@pytest.mark.parametrize("quality", [0, 101, 63.5])
def test_a_quality_that_is_no_integer_from_1_to_100_is_refused(quality: float) -> None:
    with pytest.raises(ValidationError):
        Webp(quality=quality)  # type: ignore[arg-type]


def test_a_side_too_long_for_webp_is_one_sentence() -> None:
    with pytest.raises(InputError, match="16,383"):
        webp(np.zeros((1, 16_384, 3), np.float32), Webp(quality=90))
