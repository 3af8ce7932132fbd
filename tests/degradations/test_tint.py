from typing import get_args

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from bfrbench.degradations.ops.tint import COLOURS, Print, Tint, tint

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)
GREYS = np.repeat(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16, 1), 3, axis=2)
every_kind = pytest.mark.parametrize("kind", get_args(Print))


@every_kind
@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_luma_is_kept(kind: Print, amount: float) -> None:
    toned = tint(FACE, Tint(kind=kind, amount=amount))
    ours, before = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (toned, FACE))
    np.testing.assert_allclose(ours, before, atol=1e-6)


@every_kind
def test_the_mid_tone_has_the_prints_colour_and_black_and_white_have_none(kind: Print) -> None:
    colour = np.array(COLOURS[kind], np.float32)
    luma = colour @ np.array([0.299, 0.587, 0.114], np.float32)
    image = np.array([0, luma, 1], np.float32).reshape(1, 3, 1).repeat(3, axis=2)
    np.testing.assert_allclose(tint(image, Tint(kind=kind)), [[[0, 0, 0], colour, [1, 1, 1]]], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("sepia", 60, 95),
        ("warm", 60, 100),
        ("green", 130, 170),
        ("purple", -70, -30),
        ("cyanotype", -100, -60),
    ],
)
def test_each_print_has_the_hue_of_its_name(kind: Print, low: float, high: float) -> None:
    lab = skimage.color.rgb2lab(tint(GREYS, Tint(kind=kind))).reshape(-1, 3).mean(axis=0)
    assert low < np.degrees(np.arctan2(lab[2], lab[1])) < high


@every_kind
def test_a_full_tint_depends_on_luma_alone(kind: Print) -> None:
    luma = np.repeat(cv2.cvtColor(FACE, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    step = Tint(kind=kind)
    np.testing.assert_allclose(tint(FACE, step), tint(luma, step), atol=1e-5)
