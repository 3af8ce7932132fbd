"""Parts of align that need no folder: measures, sharpness, looks of pictures, who is who."""

import cv2
import numpy as np
import pytest
import skimage.data
from scipy.sparse.csgraph import connected_components

from bfrbench.alignment import TEMPLATE_512
from bfrbench.degradations.align import likeness
from bfrbench.degradations.align.limits import Limits, measure, sharpness, why_not
from bfrbench.degradations.align.photo import look_of
from bfrbench.detection import Face
from bfrbench.types import Landmarks


def test_measures_are_in_the_units_that_they_say() -> None:
    image = np.zeros((512, 512, 3), np.uint8)
    ideal = Face((100, 100, 400, 400), TEMPLATE_512, 1.0)
    m = measure(ideal, image, np.zeros((512, 512, 3), np.uint8))
    assert m.enlarged == pytest.approx(1.0)
    assert (m.roll, m.outside, m.misshapen) == pytest.approx((0, 0, 0), abs=1e-6)
    assert m.eyes_px == pytest.approx(125.92, abs=0.01)
    assert abs(m.turned) < 0.01
    shifted = replace_points(TEMPLATE_512 - [256, 0])
    assert measure(shifted, image, np.zeros((512, 512, 3), np.uint8)).outside == pytest.approx(0.5, abs=1e-3)
    turned = TEMPLATE_512.copy()
    turned[2, 0] += 0.5 * 125.92
    found = measure(replace_points(turned), image, np.zeros((256, 256, 3), np.uint8))
    assert found.turned == pytest.approx(0.505, abs=0.01)
    assert why_not(found, Limits())[0] == "turned"
    upside = measure(replace_points(511 - TEMPLATE_512), image, np.zeros((512, 512, 3), np.uint8))
    assert abs(upside.roll) == pytest.approx(180)


def replace_points(points: Landmarks) -> Face:
    return Face((0, 0, 10, 10), points, 1.0)


def test_sharpness_falls_with_blur() -> None:
    face = np.ascontiguousarray(skimage.data.astronaut()[60:188, 160:288])
    values = [
        sharpness(np.asarray(cv2.GaussianBlur(face, (0, 0), s), np.uint8)) for s in (0.5, 1.0, 2.0, 4.0)
    ]
    assert sharpness(face) > values[0] > values[1] > values[2] > values[3]
    assert sharpness(np.zeros((128, 128, 3), np.uint8)) == 0.0


def test_looks_of_copies_are_near_and_those_of_other_pictures_far() -> None:
    astronaut = skimage.data.astronaut()
    looks = [
        look_of(np.ascontiguousarray(image)).view(np.uint64)
        for image in (astronaut, astronaut[::2, ::2], astronaut[:, ::-1], np.rot90(astronaut))
    ]
    found = likeness.near_duplicates(np.concatenate(looks).reshape(-1, 4), np.arange(4))
    assert found.tolist() == [-1, 0, -1, -1]


def test_near_duplicates_are_those_of_the_plain_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_TILE", 7)
    rng = np.random.default_rng(0)
    base = rng.integers(0, 2, (20, 256), dtype=np.uint8)
    bits = base[rng.integers(0, 20, 60)]
    for row in bits:
        row[rng.integers(0, 256, rng.integers(0, 15))] ^= 1
    looks = np.packbits(bits, axis=1).view(np.uint64)
    order = rng.permutation(60)
    wanted: dict[int, int] = {}
    for place, one in enumerate(order.tolist()):
        for other in order[:place].tolist():
            if other not in wanted and (bits[one] != bits[other]).sum() <= likeness.MOST_BITS:
                wanted[one] = other
                break
    found = likeness.near_duplicates(looks, order).tolist()
    assert found == [wanted.get(number, likeness.NONE) for number in range(60)]
    assert wanted


def test_people_are_the_connected_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_TILE", 3)
    line = np.zeros((7, 4), np.float32)
    line[:, 0] = [0.0, 5.0, 0.4, 0.8, 5.3, 1.2, 9.0]
    assert likeness.people(line, 0.45).tolist() == [0, 1, 0, 0, 1, 0, 2]
    assert likeness.people(line[:0]).tolist() == []


def test_people_are_those_of_a_graph_s_components_however_many_are_compared_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = np.random.default_rng(3).normal(size=(90, 2)).astype(np.float32)
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    _, wanted = connected_components(distance < 0.25)
    for tile in (1, 8, 90):
        monkeypatch.setattr(likeness, "_TILE", tile)
        assert likeness.people(vectors, 0.25).tolist() == wanted.tolist()
    assert 5 < wanted.max() < 60
