"""Every detector finds the faces that are there, where they are, in pictures of any shape."""

import pickle
import subprocess
import sys
from functools import partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from bfrbench.detection import DEFAULT_DETECTOR, DETECTORS, Detector, open_detector
from bfrbench.detection.face import Bounded, Face, overlap
from bfrbench.errors import UnknownName, WeightsUnavailable
from bfrbench.types import Image

Photo = tuple[Image, NDArray[np.float64]]
AT_HAND = ["mtcnn", "yunet", "scrfd", "retinaface-mobilenet"]  # in the package or the shared folder


def error(found: NDArray[np.float64], known: NDArray[np.float64]) -> float:
    """The mean distance of the points, as a share of the distance between the eyes."""
    return float(np.hypot(*(found - known).T).mean() / np.hypot(*(known[1] - known[0])))


def landmarks(detector: Detector, image: Image) -> NDArray[np.float64]:
    """N×5×2, from left to right."""
    points = np.array([face.landmarks for face in detector(image)]).reshape(-1, 5, 2)
    return points[np.argsort(points[:, 0, 0])]


def test_the_default_finds_all_six_faces_of_the_group(
    group_photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    image, known = group_photo
    found = landmarks(open_detector(), image)
    assert len(found) == 6
    assert max(map(error, found, known)) < 0.3


@pytest.mark.usefixtures("shared_weights")
@pytest.mark.parametrize("name", AT_HAND)
def test_a_detector_finds_the_faces_of_both_photographs(
    name: str, group_photo: Photo, astronaut_photo: Photo
) -> None:
    detector = open_detector(name)
    for image, known in (group_photo, astronaut_photo):
        found = landmarks(detector, image)
        assert len(found) == len(known)
        assert max(map(error, found, known)) < 0.3


@pytest.mark.usefixtures("shared_weights")
@pytest.mark.parametrize("name", AT_HAND)
def test_a_face_that_fills_a_large_picture_is_found_once(name: str, astronaut_photo: Photo) -> None:
    image, known = astronaut_photo
    large = cv2.resize(image[60:190, 160:290], (780, 780), interpolation=cv2.INTER_CUBIC)
    found = landmarks(open_detector(name), large)
    assert len(found) == 1
    assert error(found[0], (known[0] - (160, 60) + 0.5) * 6 - 0.5) < 0.3


@pytest.mark.usefixtures("shared_weights")
@pytest.mark.parametrize("name", AT_HAND)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 31)])
def test_a_picture_too_small_for_a_face_has_none(name: str, shape: tuple[int, int]) -> None:
    assert open_detector(name)(np.full((*shape, 3), 128, np.uint8)) == []


def test_faces_come_back_in_the_pixels_of_the_picture(astronaut_photo: Photo) -> None:
    image, _ = astronaut_photo
    large = np.repeat(np.repeat(image, 5, axis=0), 5, axis=1)
    [face] = open_detector(max_side=512)(image)
    [same] = open_detector(max_side=512)(large)
    assert np.allclose(same.landmarks, (face.landmarks + 0.5) * 5 - 0.5, atol=1e-6)
    assert np.allclose(same.box, (np.array(face.box) + 0.5) * 5 - 0.5, atol=1e-6)


def test_the_largest_comes_first_and_faint_ones_go(group_photo: Photo) -> None:
    image, _ = group_photo
    faces = open_detector()(image)
    sizes = [face.size for face in faces]
    assert sizes == sorted(sizes, reverse=True)
    faintest = min(face.score for face in faces)
    assert len(open_detector(min_score=faintest + 1e-6)(image)) == 5


def face(x: float, y: float, side: float, score: float = 0.9) -> Face:
    return Face((x, y, x + side, y + side), np.zeros((5, 2)), score)


def test_a_detector_of_small_faces_looks_again_for_large_ones() -> None:
    looks = []

    def find(image: Image) -> list[Face]:
        looks.append(image.shape)
        side = image.shape[1]
        return [face(0, 0, 0.05 * side), face(0.2 * side, 0, 0.35 * side), face(0, 0, 0.9 * side)]

    found = Bounded(find, max_side=1000, min_score=0.5, largest=400)(np.zeros((1000, 2000, 3), np.uint8))
    assert looks == [(500, 1000, 3), (125, 250, 3)]
    # the middle one is seen in both looks and counts once; the large one only in the second
    assert [round(item.size) for item in found] == [1800, 700, 100]


def test_overlap_is_intersection_over_union() -> None:
    assert overlap(face(0, 0, 10), face(5, 0, 10)) == pytest.approx(50 / 150)
    assert overlap(face(0, 0, 10), face(20, 0, 10)) == 0.0
    assert overlap(face(0, 0, 0), face(0, 0, 0)) == 0.0


def test_a_factory_can_be_sent_to_another_process(astronaut_photo: Photo) -> None:
    build = pickle.loads(pickle.dumps(partial(open_detector, DEFAULT_DETECTOR)))  # noqa: S301
    assert len(build()(astronaut_photo[0])) == 1


def test_an_unknown_detector_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="mtcnn, yunet"):
        open_detector("haar")


def test_weights_that_are_not_here_are_named_with_the_way_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("bfrbench.weights.cache_folder", lambda: tmp_path)
    with pytest.raises(
        WeightsUnavailable, match=r"scrfd_2\.5g_bnkps.*NON-COMMERCIAL.*weights get scrfd-2\.5g"
    ):
        open_detector("scrfd")


def test_every_row_says_what_it_is_and_under_what_licence() -> None:
    assert DETECTORS[DEFAULT_DETECTOR].licence == "MIT"
    for row in DETECTORS.values():
        assert row.title
        assert row.source
        assert row.licence


def test_the_table_needs_no_torch() -> None:
    code = "import sys, bfrbench.detection; sys.exit('torch' in sys.modules or 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
