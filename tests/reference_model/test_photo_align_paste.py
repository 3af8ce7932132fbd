"""Alignment and paste-back: facexlib's to the pixel, and ours without its seam and shift."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from bfrbench.alignment import TEMPLATE_512, similarity, template
from bfrbench.pixels import read_image
from bfrbench.reference_model.photo.align import align, fit
from bfrbench.reference_model.photo.facexlib_way import align_as_facexlib, paste_as_facexlib
from bfrbench.reference_model.photo.masks import ellipse_mask
from bfrbench.reference_model.photo.paste import Placed, paste
from bfrbench.types import Image

LANDMARKS = np.array(
    [(203.35, 103.62), (247.52, 104.45), (224.10, 127.69), (203.96, 143.14), (242.91, 143.67)]
)


@pytest.fixture(scope="module")
def golden(shared: Path) -> Path:
    return shared / "golden/align"


def placed(size: int, image: Image | None = None, landmarks: NDArray[np.float64] = LANDMARKS) -> Placed:
    crop = align(astronaut() if image is None else image, landmarks, size)
    return Placed(crop.image, crop.matrix, size, ellipse_mask(crop.image))


def test_similarities_are_facexlib_s_and_umeyama_s(golden: Path) -> None:
    with np.load(golden / "align.npz") as values:
        for number in range(8):
            points = values[f"set{number}_points"]
            assert np.allclose(fit(points, TEMPLATE_512), values[f"set{number}_lmeds"], atol=1e-3)
            assert np.allclose(similarity(points, TEMPLATE_512), values[f"set{number}_umeyama"], atol=1e-8)


@pytest.mark.parametrize(("number", "size"), [(0, 512), (1, 256)])
def test_facexlib_s_crop_and_paste_are_reproduced(golden: Path, number: int, size: int) -> None:
    image, warped = (read_image(golden / f"{kind}_{number}.png") for kind in ("whole", "warped"))
    with np.load(golden / "align.npz") as values:
        crop = align_as_facexlib(image, values[f"warp{number}_points"], size)
    off = np.abs(crop.image.astype(int) - warped)
    assert off.mean() <= 0.3
    assert off.max() <= 5
    face = np.minimum(warped.astype(int) + 17, 255).astype(np.uint8)
    for upscale in (1, 2):
        if not (golden / f"pasted_{number}_up{upscale}.png").is_file():
            continue
        height, width = image.shape[:2]
        large = cv2.resize(image, (width * upscale, height * upscale), interpolation=cv2.INTER_LANCZOS4)
        ready = Placed(face, crop.matrix, size, ellipse_mask(face))
        pasted = paste_as_facexlib(large if upscale > 1 else image, [ready], upscale=upscale)
        off = np.abs(pasted.astype(int) - read_image(golden / f"pasted_{number}_up{upscale}.png"))
        assert off.mean() <= 0.5
        assert off.max() <= 6


def test_a_crop_has_its_five_points_on_the_template() -> None:
    crop = align(astronaut(), LANDMARKS, 256)
    points = LANDMARKS @ crop.matrix[:, :2].T + crop.matrix[:, 2]
    assert np.abs(points - template(256)).mean() < 8  # a similarity cannot bring five points there exactly


def test_one_bad_point_does_not_move_the_others() -> None:
    bent = LANDMARKS.copy()
    bent[4] += (60, -40)
    good = fit(LANDMARKS, TEMPLATE_512)
    assert np.abs(fit(bent, TEMPLATE_512) - good)[:, :2].max() < 0.3
    assert np.abs(similarity(bent, TEMPLATE_512) - good)[:, :2].max() > 0.6


def test_a_large_face_is_averaged_down_not_aliased() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1600, 1600, 3), dtype=np.uint8)
    points = (TEMPLATE_512 + 0.5) * 3 - 0.5
    assert align(noise, points, 512).image.std() < 0.5 * noise.std()
    assert align_as_facexlib(noise, points, 512).image.std() > 0.9 * noise.std()


def test_a_crop_from_a_part_equals_one_from_the_whole() -> None:
    image = np.zeros((4000, 600, 3), np.uint8)
    image[3000:3512, 40:552] = astronaut()
    moved = align(image, np.add(LANDMARKS, (40, 3000)), 512).image
    assert np.abs(moved.astype(int) - align(astronaut(), LANDMARKS, 512).image).max() <= 2


@pytest.mark.parametrize("size", [128, 256, 512])
def test_an_unchanged_face_leaves_no_mark(size: int) -> None:
    image = astronaut()
    off = np.abs(paste(image, [placed(size)], upscale=1).astype(int) - image)
    assert off.mean() < 0.15
    assert off[off.max(axis=2) > 0].mean() < 3


@pytest.mark.parametrize("upscale", [1, 2, 4])
def test_no_face_is_shifted_when_the_photograph_is_enlarged(upscale: int) -> None:
    # a ramp of one level a pixel to the right, and one down: a shift shows as a constant difference
    x, y = np.meshgrid(np.arange(256), np.arange(256))
    ramps = np.dstack([x, y, x]).astype(np.uint8)
    large = cv2.resize(ramps, None, fx=upscale, fy=upscale, interpolation=cv2.INTER_LANCZOS4)
    face = placed(512, ramps, LANDMARKS - (96, 0))
    part = np.s_[100 * upscale : 140 * upscale, 110 * upscale : 150 * upscale]

    def shift(pasted: Image) -> NDArray[np.float64]:
        off: NDArray[np.float64] = (pasted[part].astype(float) - large[part]).mean(axis=(0, 1))[:2]
        return np.abs(off)  # levels are pixels of the photograph

    assert shift(paste(large, [face], upscale=upscale)).max() < 0.05
    theirs = shift(paste_as_facexlib(large, [face], upscale=upscale))
    assert (theirs.min() > 0.1) == (upscale > 1)  # what this repairs


def test_a_small_face_is_pasted_without_aliasing() -> None:
    image = cv2.resize(astronaut(), (64, 64), interpolation=cv2.INTER_AREA)
    face = placed(512, image, (LANDMARKS + 0.5) / 8 - 0.5)
    checks = np.indices((512, 512)).sum(axis=0) % 2 * 255
    noisy = Placed(
        np.dstack([checks] * 3).astype(np.uint8), face.matrix, 512, np.ones((512, 512), np.float32)
    )
    inside = paste(image, [noisy], upscale=1)[12:18, 26:31]
    assert np.abs(inside.astype(int) - 127).max() <= 4


def test_nothing_changes_where_the_mask_is_zero_and_the_background_is_not_touched() -> None:
    image = astronaut()
    before = image.copy()
    face = placed(512)
    white = Placed(np.full_like(face.image, 255), face.matrix, 512, face.weights)
    pasted = paste(image, [white], upscale=1)
    assert np.array_equal(image, before)
    weights = cv2.warpAffine(face.weights, face.matrix, (512, 512), flags=cv2.WARP_INVERSE_MAP)
    assert np.array_equal(pasted[weights == 0], image[weights == 0])
    assert (pasted[weights > 0.999] == 255).all()


def test_a_mask_is_one_at_the_features_and_zero_at_the_rim() -> None:
    for size in (64, 512):
        weights = ellipse_mask(np.zeros((size, size, 3), np.uint8))
        x, y = template(size).round().astype(int).T
        assert weights[y, x].min() > 0.97
        rim = np.concatenate([weights[0], weights[-1], weights[:, 0], weights[:, -1]])
        assert rim.max() == 0
        assert np.abs(np.diff(weights, axis=0)).max() < 0.3 * 64 / size  # no edge anywhere


def test_strength_blends_between_photograph_and_face() -> None:
    image = astronaut()
    face = placed(512)
    bright = np.minimum(face.image.astype(int) + 40, 255).astype(np.uint8)
    by = {
        share: paste(image, [Placed(bright, face.matrix, 512, face.weights, share)], upscale=1).astype(float)
        for share in (0.0, 0.5, 1.0)
    }
    assert np.array_equal(by[0.0], image)
    assert np.abs(by[0.5] - (by[0.0] + by[1.0]) / 2).max() <= 1


def test_a_face_past_the_edge_of_the_photograph_is_pasted_where_it_is() -> None:
    image = astronaut()[100:, 210:]
    face = placed(512, image, LANDMARKS - (210, 100))
    off = np.abs(paste(image, [face], upscale=1).astype(int) - image)
    assert off.mean() < 0.15


def test_golden_settings_are_what_the_code_assumes(golden: Path) -> None:
    warps = json.loads((golden / "align.json").read_text())["warps"]
    assert {tuple(warp["border_value_bgr"]) for warp in warps} == {(135, 133, 132)}
