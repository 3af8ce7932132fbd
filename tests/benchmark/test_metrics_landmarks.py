"""LMD in its forms for any landmarker, the landmarkers, and whether a face is found."""

import json
from functools import partial

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut

from bfrbench.alignment import crop_face
from bfrbench.benchmark.judges import fan, fr_networks
from bfrbench.benchmark.judges.judge import Judge, NoFaceSeen, Picture, picture_of
from bfrbench.benchmark.metrics.landmark_distance import (
    LANDMARKERS,
    Landmarker,
    after_affine,
    after_similarity,
    landmarks68,
    lmd,
    moved,
    normalised,
)
from bfrbench.benchmark.metrics.metric import ImageMetric
from bfrbench.benchmark.metrics.rows_landmarks import LANDMARKS
from bfrbench.errors import InputError
from bfrbench.types import Image

POINTS = np.array([[203.35, 103.62], [247.52, 104.45], [224.10, 127.69], [203.96, 143.14], [242.91, 143.67]])
FACE = crop_face(astronaut(), POINTS, 256)
ROWS = {row.id: row for row in LANDMARKS if isinstance(row, ImageMetric)}
SHAPES = arrays(np.float64, (9, 2), elements=st.integers(0, 512).map(float)).filter(
    lambda p: np.linalg.matrix_rank(p - p.mean(axis=0)) == 2
)


def shifted(image: Image, right: int, down: int) -> Image:
    return np.ascontiguousarray(np.roll(image, (down, right), axis=(0, 1)))


@given(SHAPES, SHAPES)
@settings(max_examples=40, deadline=None)
def test_each_form_forgives_no_less_than_the_one_before(p: np.ndarray, q: np.ndarray) -> None:
    def squares(a: np.ndarray) -> float:
        return float(((a - q) ** 2).sum())

    assert moved(q, q) == 0.0
    assert moved(p, q) == pytest.approx(moved(q, p))
    # least squares makes squares smaller; a mean of lengths only as far as they bound it
    for form in (after_similarity, after_affine):
        assert form(p, q) <= np.sqrt(squares(p) / len(p)) + 1e-9
        assert form(q, q) == pytest.approx(0.0, abs=1e-9)


@given(SHAPES, SHAPES, st.floats(-3.1, 3.1), st.floats(0.2, 5.0), st.floats(-300, 300))
@settings(max_examples=40, deadline=None)
def test_similarities_are_forgiven_where_they_should_be(  # type: ignore[no-untyped-def]
    p, q, turn, scale, shift
) -> None:
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    turned = p @ np.array([[cosine, sine], [-sine, cosine]]) + shift
    assert after_similarity(turned, q) == pytest.approx(after_similarity(p, q), abs=1e-6)
    assert after_affine(turned, q) == pytest.approx(after_affine(p, q), abs=1e-6)
    sheared = p @ np.array([[1.0, 0.3], [0.0, 1.4]])
    assert after_affine(sheared, q) == pytest.approx(after_affine(p, q), abs=1e-6)


def test_a_shift_counts_in_full_a_stretch_only_affinely_is_forgiven() -> None:
    q = np.random.default_rng(0).uniform(0, 512, (98, 2))
    assert moved(q + np.array([3.0, 4.0]), q) == pytest.approx(5.0)
    assert after_similarity(q + np.array([3.0, 4.0]), q) == pytest.approx(0.0, abs=1e-9)
    wider = q * (1.1, 1.0)
    assert after_similarity(wider, q) > 1.0
    assert after_affine(wider, q) == pytest.approx(0.0, abs=1e-9)


def test_the_normalised_form_does_not_know_the_faces_size() -> None:
    random = np.random.default_rng(1)
    p, q = random.uniform(0, 512, (2, 68, 2))
    eyes = LANDMARKERS["fr68"].eyes
    assert normalised(eyes, 3 * p, 3 * q) == pytest.approx(normalised(eyes, p, q))
    q[eyes[0]] = q[eyes[1]]
    with pytest.raises(ValueError, match="both eyes"):
        normalised(eyes, p, q)


def test_points_without_a_shape_are_an_error_and_not_a_number() -> None:
    q = np.random.default_rng(2).uniform(0, 512, (98, 2))
    with pytest.raises(ValueError, match="at one point"):
        after_similarity(np.ones((98, 2)), q)
    with pytest.raises(ValueError, match="on one line"):
        after_affine(np.outer(np.arange(98.0), (1.0, 2.0)), q)


def test_any_landmarker_can_be_passed() -> None:
    def corners(picture: Picture) -> np.ndarray:
        brightest = picture.image.sum(axis=2)
        place = np.unravel_index(brightest.argmax(), brightest.shape)
        return np.array([place[1], place[0], 0, 0], dtype=np.float32)

    own = Landmarker(Judge("own/brightest", 1, corners), (0, 1), "the brightest pixel", "this test")
    dark = np.zeros((32, 32, 3), np.uint8)
    one, other = dark.copy(), dark.copy()
    one[5, 9], other[8, 13] = 255, 255
    assert lmd(own, moved, picture_of(one), picture_of(other)) == pytest.approx(2.5)


@pytest.mark.parametrize("name", ["fr68", "mtcnn5"])
def test_what_is_there_right_after_install_sees_faces_move(name: str) -> None:
    hq, landmarker = picture_of(FACE), LANDMARKERS[name]
    form = partial(lmd, landmarker, moved)
    assert form(picture_of(FACE), hq) == 0.0
    two, eight = (form(picture_of(shifted(FACE, by, 0)), hq) for by in (2, 8))
    assert 2.0 < two < 7.0  # 2 px of 256 are 4 of 512
    assert 11.0 < eight < 21.0
    still = lmd(landmarker, after_similarity, picture_of(shifted(FACE, 8, 0)), hq)
    assert still < eight / 2


def test_68_points_lie_where_the_five_are_however_the_picture_is_turned() -> None:
    upright = landmarks68(astronaut(), POINTS)
    assert upright.shape == (68, 2)
    five = [upright[36:42].mean(0), upright[42:48].mean(0), upright[30], upright[48], upright[54]]
    assert np.abs(np.array(five) - POINTS).max() < 0.15 * np.linalg.norm(POINTS[0] - POINTS[1])
    turn = cv2.getRotationMatrix2D((256.0, 256.0), 30.0, 0.9)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), flags=cv2.INTER_CUBIC)
    again = landmarks68(turned, POINTS @ turn[:, :2].T + turn[:, 2])
    assert np.abs(again - (upright @ turn[:, :2].T + turn[:, 2])).max() < 2.0


def test_the_small_networks_refuse_other_sizes() -> None:
    with pytest.raises(ValueError, match=r"shape \(63, 64\), not 64×64"):
        fr_networks.landmarks(np.zeros((63, 64), np.uint8))
    with pytest.raises(ValueError, match=r"shape \(64, 64, 3\), not 112×112×3"):
        fr_networks.embedding(np.zeros((64, 64, 3), np.uint8))


def test_a_face_is_found_or_not() -> None:
    detect = ROWS["detect/mtcnn"]
    assert detect.value(picture_of(FACE)) == 1.0
    flat = picture_of(np.full_like(FACE, 127))
    assert detect.value(flat) == 0.0
    with pytest.raises(NoFaceSeen):
        ROWS["lmd/mtcnn5"].value(flat, picture_of(FACE))


def test_there_are_four_forms_of_each_landmarker() -> None:
    for name in LANDMARKERS:
        forms = {row for row in ROWS if row.startswith(f"lmd/{name}")}
        assert forms == {f"lmd/{name}{ending}" for ending in ("", "-normalised", "-similarity", "-affine")}


@pytest.fixture(scope="module")
def network() -> fan.FAN:
    torch.manual_seed(0)
    return fan.FAN().eval()


def test_fans_keys_and_shapes_are_facexlibs(network, shared) -> None:  # type: ignore[no-untyped-def]
    stored = json.loads((shared / "golden/state_dict_shapes/facexlib_fan_awing_98.json").read_text())
    assert {key: list(value.shape) for key, value in network.state_dict().items()} == stored["shapes"]


def test_another_networks_file_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    torch.save({"state_dict": {"conv1.conv.weight": torch.zeros(1)}}, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other\.pth does not hold facexlib's FAN"):
        fan.load_fan(tmp_path / "other.pth")
    torch.save({"conv1.conv.weight": torch.zeros(1)}, tmp_path / "bare.pth")
    with pytest.raises(InputError, match="holds no state_dict"):
        fan.load_fan(tmp_path / "bare.pth")


@pytest.mark.slow
def test_a_face_is_not_moved_from_itself_whatever_the_weights(network, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    torch.save({"state_dict": network.state_dict()}, tmp_path / "fan.pth")
    loaded = fan.load_fan(tmp_path / "fan.pth")
    monkeypatch.setattr(fan, "_network", lambda: loaded)
    for ending in ("", "-normalised"):
        assert ROWS[f"lmd/fan98{ending}"].value(picture_of(FACE), picture_of(FACE)) == 0.0


def test_a_peak_leans_a_quarter_of_a_cell_to_its_higher_neighbour() -> None:
    heat = np.zeros((2, 64, 64), np.float32)
    heat[0, 20, 30], heat[0, 20, 31], heat[0, 19, 30] = 9.0, 1.0, 2.0
    heat[1, 40, 10] = 5.0
    assert fan.peaks(heat).tolist() == [[30.75, 20.25], [10.5, 40.5]]
    heat[1, 63, 12] = 6.0  # in the last row: the corner stands in below every peak
    heat[1, 63, 63] = 1.0
    assert fan.peaks(heat).tolist() == [[30.75, 20.25], [12.5, 63.75]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries that facexlib imports
def test_fan_and_its_peaks_are_facexlibs() -> None:
    pytest.importorskip("facexlib")
    from facexlib.alignment.awing_arch import calculate_points

    from bfrbench.benchmark.agreement.faces import comparisons, numpy_float

    assert all(comparison.agrees for comparison in comparisons(None))
    random = np.random.default_rng(0)
    for _ in range(20):
        heat = random.normal(0, 1, (98, 64, 64)).astype(np.float32)
        heat[:, 63, 63] = -9.0  # facexlib's code ends there with an IndexError
        with numpy_float():
            theirs = calculate_points(heat[None])[0]
        assert np.array_equal(fan.peaks(heat), theirs)
