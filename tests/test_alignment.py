"""Alignment: the template, the similarity, the crop."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench import alignment


@given(st.floats(0.1, 10), st.floats(-3, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_a_similarity_is_found_exactly(scale: float, angle: float, dx: float, dy: float) -> None:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array([[cos, -sin, dx], [sin, cos, dy]])
    source = alignment.TEMPLATE_512
    target = source @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(alignment.similarity(source, target), matrix, atol=1e-8)


def test_least_squares_agrees_with_scikit_image() -> None:
    from skimage.transform import SimilarityTransform

    rng = np.random.default_rng(1)
    source = alignment.TEMPLATE_512 + rng.normal(0, 9, (5, 2))
    theirs = SimilarityTransform.from_estimate(source, alignment.template(128))
    np.testing.assert_allclose(
        alignment.similarity(source, alignment.template(128)), theirs.params[:2], atol=1e-8
    )


def test_golden_least_squares_similarities(shared) -> None:  # type: ignore[no-untyped-def]
    golden = np.load(shared / "golden/align/align.npz")
    np.testing.assert_allclose(golden["template_512"], alignment.TEMPLATE_512, atol=1e-6)
    for number in range(8):
        points = golden[f"set{number}_points"].astype(np.float64)
        ours = alignment.similarity(points, golden["template_512"])
        np.testing.assert_allclose(ours, golden[f"set{number}_umeyama"], atol=1e-8)


def test_points_at_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="one point"):
        alignment.similarity(np.ones((5, 2)), alignment.TEMPLATE_512)


@pytest.mark.parametrize("size", [64, 128, 512])
def test_a_crop_puts_the_points_on_the_template(size: int) -> None:
    photo = np.zeros((900, 900, 3), np.uint8)
    points = alignment.template(300) + np.array([250.0, 310.0])
    for x, y in points:
        cv2.circle(photo, (round(x), round(y)), 6, (255, 255, 255), -1)
    crop = alignment.crop_face(photo, points, size)
    assert crop.shape == (size, size, 3)
    for x, y in alignment.template(size):
        assert crop[round(y), round(x)].min() > 200


def test_a_crop_of_an_aligned_face_is_that_face() -> None:
    face = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    np.testing.assert_array_equal(alignment.crop_face(face, alignment.template(128), 128), face)
