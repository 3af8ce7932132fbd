import cv2
import numpy as np
import pytest

from bfrbench.degradations.ops.scratches import Scratches, scratches
from bfrbench.degradations.ops.strokes import POINTS, Stroke, draw

BLACK = np.zeros((256, 256, 3), np.float32)


def straight(width: float, degrees: float, x: float = 128.3, y: float = 128.21) -> np.ndarray:
    """The mask of a straight stroke of full opacity, 150 pixels long."""
    turn = np.radians(degrees)
    along = np.linspace(-75, 75, POINTS)
    mask = np.zeros((256, 256), np.float32)
    points = np.array([x, y]) + along[:, None] * [np.cos(turn), np.sin(turn)]
    draw(mask, Stroke(points=points, width=width, opacity=np.ones(POINTS)))
    return mask


@pytest.mark.parametrize("degrees", [0, 27, 45, 90, 160])
@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
def test_a_stroke_covers_its_length_times_its_width_wherever_it_lies(width: float, degrees: float) -> None:
    places = 128 + np.arange(5) / 5
    areas = [straight(width, degrees, x, y).sum() for x in places for y in places]
    assert np.mean(areas) == pytest.approx(150 * width, rel=0.03)


@pytest.mark.parametrize(("width", "degrees"), [(2, 27), (9, 27), (9, 100)])
def test_a_stroke_is_a_sixteen_times_larger_opencv_drawing_shrunk(width: float, degrees: float) -> None:
    turn, k = np.radians(degrees), 16
    middle = np.array([128.3, 128.21]) + 0.5  # OpenCV's large pixels lie around the small one's centre
    ends = (middle + np.array([[-75], [75]]) * [np.cos(turn), np.sin(turn)]) * k - 0.5
    start, end = np.rint(ends).astype(int).tolist()
    large = np.zeros((256 * k, 256 * k), np.uint8)
    cv2.line(large, start, end, 255, width * k)
    theirs = cv2.resize(large, (256, 256), interpolation=cv2.INTER_AREA) / 255
    difference = np.abs(straight(width, degrees) - theirs)
    assert difference.sum() < 0.06 * theirs.sum()
    assert difference.max() < 0.35


def test_strokes_that_leave_the_picture_are_cut_off_and_not_wrapped() -> None:
    mask = np.zeros((40, 60), np.float32)
    points = np.stack([np.linspace(-30, -5, POINTS), np.linspace(-9, 20, POINTS)], axis=1)
    draw(mask, Stroke(points=points, width=3, opacity=np.ones(POINTS)))
    assert not mask.any()
    draw(mask, Stroke(points=points + np.array([45, 10]), width=3, opacity=np.ones(POINTS)))
    assert mask[:, 14:42].any()
    assert not mask[:, 45:].any()


def test_more_scratches_are_the_fewer_and_others() -> None:
    few, many = (scratches(BLACK, Scratches(count=count, seed=3)) for count in (5, 9))
    assert (many >= few).all()
    assert many.sum() > few.sum()


def test_scratches_lie_all_over_an_oblong_picture() -> None:
    for shape in ((64, 256, 3), (256, 64, 3)):
        mask = scratches(np.zeros(shape, np.float32), Scratches(count=80, width=0.02, seed=3))[:, :, 0]
        blocks = mask.reshape(shape[0] // 32, 32, shape[1] // 32, 32)
        assert (blocks.max(axis=(1, 3)) > 0.1).all()


def test_the_level_is_what_scratches_go_to_and_never_beyond() -> None:
    grey = np.full_like(BLACK, 0.5)
    light = scratches(grey, Scratches(count=20, level=0.9, seed=3))
    dark = scratches(grey, Scratches(count=20, level=0.1, seed=3))
    assert 0.6 < light.max() <= 0.9 + 1e-6
    assert light.min() == 0.5 == dark.max()
    np.testing.assert_allclose(light - 0.5, 0.5 - dark, atol=1e-6)


def test_opacity_varies_along_a_scratch() -> None:
    one = scratches(BLACK, Scratches(count=1, length=0.8, width=0.02, seed=8))[:, :, 0]
    assert one.max() <= 0.8
    assert np.quantile(one[one > 0.02], 0.9) > 1.5 * np.quantile(one[one > 0.02], 0.3)


@pytest.mark.parametrize("size", [128, 512])
def test_a_scratch_hides_the_same_share_of_a_face_at_every_size(size: int) -> None:
    step = Scratches(count=30, seed=11)
    share = scratches(np.zeros((size, size, 3), np.float32), step).mean()
    assert share == pytest.approx(scratches(BLACK, step).mean(), rel=0.06)


def test_large_scratches_shrunk_are_small_scratches() -> None:
    step = Scratches(count=30, width=0.008, seed=11)
    shrunk = cv2.resize(
        scratches(np.zeros((512, 512, 3), np.float32), step), (256, 256), interpolation=cv2.INTER_AREA
    )
    assert np.corrcoef(shrunk.ravel(), scratches(BLACK, step).ravel())[0, 1] > 0.97
