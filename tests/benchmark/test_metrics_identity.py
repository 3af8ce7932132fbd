"""Identity: chips by frozen landmarks, and a face that is the same person at any pose of the picture."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.alignment import crop_face, similarity, template
from bfrbench.benchmark.metrics.identity import CHIP_TEMPLATE, chip, identity_dlib
from bfrbench.types import Pair

# found once by a detector and checked by eye: eyes, nose tip, mouth corners
POINTS = np.array([[203.35, 103.62], [247.52, 104.45], [224.10, 127.69], [203.96, 143.14], [242.91, 143.67]])
FACE = crop_face(astronaut(), POINTS, 128)


def pair(landmarks: np.ndarray | None = None) -> Pair:
    numbers = None if landmarks is None else tuple(float(x) for x in landmarks.ravel())
    return Pair("face", "", None, "", None, "person", numbers)


def test_the_same_image_is_the_same_person() -> None:
    assert identity_dlib(FACE, FACE, pair()) == 0.0


def test_it_is_symmetric_and_grows_with_blur() -> None:
    worse = [cv2.GaussianBlur(FACE, (0, 0), sigma) for sigma in (1.0, 3.0, 8.0)]
    values = [identity_dlib(image, FACE, pair()) for image in worse]
    assert values == sorted(values)
    assert identity_dlib(FACE, worse[1], pair()) == values[1]
    assert values[0] < 0.6 < identity_dlib(FACE, np.full_like(FACE, 128), pair())


def test_landmarks_say_where_the_face_is() -> None:
    whole = astronaut()
    by_landmarks = identity_dlib(cv2.GaussianBlur(whole, (0, 0), 1.0), whole, pair(POINTS))
    assert by_landmarks < 0.6
    aligned = identity_dlib(FACE, crop_face(astronaut(), POINTS, 256)[::2, ::2], pair())
    assert aligned < 0.3  # the same face, otherwise sampled


def test_a_chip_holds_the_face_upright_wherever_it_was() -> None:
    turn = cv2.getRotationMatrix2D((256.0, 256.0), 40.0, 0.8)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), flags=cv2.INTER_CUBIC)
    moved = POINTS @ turn[:, :2].T + turn[:, 2]
    difference = chip(turned, moved).astype(float) - chip(astronaut(), POINTS)
    assert np.abs(difference).mean() < 6.0
    assert identity_dlib(turned, turned, pair(moved)) == 0.0


def test_the_template_is_a_face_of_dlibs_chip() -> None:
    left, right, nose, mouth_left, mouth_right = CHIP_TEMPLATE
    # get_face_chip(padding=0.25): points of the unit face move to 100·p + 25
    assert left == pytest.approx([47.5492, 46.599])
    assert left[1] == right[1]
    assert mouth_left[1] == mouth_right[1]
    assert left[0] < mouth_left[0] < nose[0] < mouth_right[0] < right[0]
    assert left[1] < nose[1] < mouth_left[1]
    # and it is nearly similar to the template of aligned faces, whose points it must fit
    matrix = similarity(template(512), CHIP_TEMPLATE)
    fitted = template(512) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(fitted - CHIP_TEMPLATE).max() < 3.0


def test_without_landmarks_a_face_must_be_an_aligned_square() -> None:
    with pytest.raises(ValueError, match="100×128 px is not a square"):
        identity_dlib(FACE[:, :100], FACE[:, :100], pair())


def test_landmarks_in_one_point_are_an_error() -> None:
    with pytest.raises(ValueError, match="at one point"):
        identity_dlib(FACE, FACE, pair(np.ones((5, 2))))


@pytest.mark.parametrize("size", [128, 512])
def test_people_with_two_photographs_are_told_apart(shared, size) -> None:  # type: ignore[no-untyped-def]
    import pandas as pd

    from bfrbench.benchmark.judges.dlib_resnet import descriptor
    from bfrbench.pixels import read_image

    folder = shared / "data/faces512"
    index = pd.read_csv(folder / "index.csv")
    twice = index[index.duplicated("person_id", keep=False)].sort_values("person_id").head(24)
    faces = [read_image(folder / file) for file in twice["file"]]
    if size != 512:
        faces = [cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA) for face in faces]
    points = np.stack([descriptor(chip(face, template(size))) for face in faces])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = twice["person_id"].to_numpy()[:, None] == twice["person_id"].to_numpy()[None]
    others = distance[~same]
    own = distance[same & ~np.eye(len(points), dtype=bool)]
    assert own.max() < 0.4
    assert (others > 0.6).mean() > 0.97
    assert others.min() > own.max()
