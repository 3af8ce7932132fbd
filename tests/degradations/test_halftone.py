from itertools import pairwise

import cv2
import numpy as np
import pytest
import skimage.data
import skimage.measure

from bfrbench.degradations.ops.halftone import Halftone, halftone, screen

FACE = (skimage.data.astronaut()[20:148, 150:278] / 255).astype(np.float32)


@pytest.mark.parametrize("tone", [0.05, 0.3, 0.5, 0.77, 0.95])
@pytest.mark.parametrize("angle", [0.0, 15.0, 45.0])
def test_a_flat_tone_keeps_its_mean(tone: float, angle: float) -> None:
    flat = np.full((256, 256), tone, np.float32)
    assert screen(flat, 0.03, angle).mean() == pytest.approx(tone, abs=0.01)


def test_black_is_all_ink_and_white_all_paper() -> None:
    ends = np.repeat(np.array([0, 1], np.float32), 32).reshape(1, 64, 1).repeat(64, 0).repeat(3, 2)
    np.testing.assert_array_equal(halftone(ends, Halftone(period=0.1)), ends)


def test_blurred_over_the_dots_it_is_the_grey_picture_again() -> None:
    grey = np.repeat(cv2.cvtColor(FACE, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    printed = halftone(FACE, Halftone(period=0.03))
    far, near = (cv2.GaussianBlur(image, (0, 0), 4) for image in (printed, grey))
    assert np.abs(far - near).mean() < 0.02
    assert np.corrcoef(far.ravel(), near.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(("angle", "period"), [(0.0, 1 / 16), (30.0, 1 / 20), (45.0, 1 / 32)])
def test_the_dots_repeat_with_the_period_and_at_the_angle(angle: float, period: float) -> None:
    printed = screen(np.full((256, 256), 0.6, np.float32), period, angle)
    window = np.outer(np.hanning(256), np.hanning(256))
    power = np.abs(np.fft.fft2((printed - printed.mean()) * window))
    row, column = np.unravel_index(power[:, :128].argmax(), (256, 128))
    frequency = np.array([column, row - 256 if row > 128 else row])
    assert np.hypot(*frequency) == pytest.approx(1 / period, abs=1.0)
    turn = (np.degrees(np.arctan2(frequency[1], frequency[0])) - angle) % 90
    assert min(turn, 90 - turn) < 3


def test_there_is_one_dot_in_each_cell() -> None:
    light = screen(np.full((256, 256), 0.9, np.float32), 1 / 8, 0.0)
    assert skimage.measure.label(np.pad(light < 0.5, 1)).max() == pytest.approx(64, abs=17)


def test_darker_is_never_more_paper() -> None:
    papers = [screen(np.full((64, 64), tone, np.float32), 0.1, 45.0) for tone in np.linspace(0, 1, 9)]
    assert all((darker <= lighter).all() for darker, lighter in pairwise(papers))


def test_one_ink_is_grey_and_three_inks_keep_the_mean_colour() -> None:
    one = halftone(FACE, Halftone(period=0.04))
    np.testing.assert_array_equal(one[:, :, 0], one[:, :, 1])
    three = halftone(FACE, Halftone(period=0.04, colour=True))
    np.testing.assert_allclose(three.mean(axis=(0, 1)), FACE.mean(axis=(0, 1)), atol=0.02)
    assert np.abs(three[:, :, 0] - three[:, :, 2]).mean() > 0.1
