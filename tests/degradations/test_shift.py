import numpy as np
import pytest
import skimage.data

from bfrbench.degradations.ops.shift import Shift, shift

FACE = (skimage.data.astronaut()[:32, 150:190] / 255).astype(np.float32)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (1, 0), (0, -1), (-32, 32), (17, -29), (75, -100)])
def test_shift_is_numpys_symmetric_padding_and_a_crop(dx: int, dy: int) -> None:
    reach = 128
    padded = np.pad(FACE, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    theirs = padded[reach - dy : reach - dy + 32, reach - dx : reach - dx + 40]
    np.testing.assert_array_equal(shift(FACE, Shift(dx=dx, dy=dy)), theirs)


def test_positive_moves_the_picture_right_and_down() -> None:
    shifted = shift(FACE, Shift(dx=3, dy=2))
    np.testing.assert_array_equal(shifted[2:, 3:], FACE[:-2, :-3])


def test_shifting_back_restores_what_did_not_leave() -> None:
    there_and_back = shift(shift(FACE, Shift(dx=5, dy=-4)), Shift(dx=-5, dy=4))
    np.testing.assert_array_equal(there_and_back[4:, :-5], FACE[4:, :-5])
