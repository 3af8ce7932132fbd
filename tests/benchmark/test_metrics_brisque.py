"""BRISQUE: the numbers of independent implementations, libsvm's own file, and what degradation does."""

import cv2
import numpy as np
import pytest
import skimage.data
from scipy.signal import convolve2d

from bfrbench.benchmark.metrics.brisque import brisque_live, features
from bfrbench.benchmark.metrics.natural_scenes import fit_symmetric
from bfrbench.types import Image
from bfrbench.weights import find

HQ = np.ascontiguousarray(skimage.data.astronaut()[:256, 128:384])


def in_colour(grey: np.ndarray) -> Image:
    return np.repeat(grey[:, :, None], 3, axis=2)


@pytest.mark.parametrize(("name", "value"), [("camera", -13.7084), ("coins", -5.1), ("moon", 1.4)])
def test_two_others_have_the_same_numbers(name, value) -> None:  # type: ignore[no-untyped-def]
    # a libvmaf fork's brisque.c says -13.70844 of the camera, its numpy port of LIVE's MATLAB code -13.70840
    digits = 0.05 if abs(value) < 10 else 5e-4
    assert brisque_live(in_colour(getattr(skimage.data, name)())) == pytest.approx(value, abs=digits)


def test_features_are_what_the_paper_writes() -> None:
    luma = skimage.data.camera()[100:200, 150:250].astype(np.float64)
    axis = np.arange(-3, 4)
    window = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = convolve2d(luma, window, "same")
    deviation = np.sqrt(np.abs(convolve2d(luma**2, window, "same") - mean**2))
    values = (luma - mean) / (deviation + 1)
    ours = features(luma)
    assert ours.shape == (36,)
    assert ours[:2] == pytest.approx(fit_symmetric(values), rel=1e-9)
    right = values * np.roll(values, 1, axis=1)
    assert ours[4:6] == pytest.approx(
        [(right[right < 0] ** 2).mean(), (right[right > 0] ** 2).mean()], rel=1e-9
    )
    below = values * np.roll(values, 1, axis=0)
    assert ours[8:10] == pytest.approx(
        [(below[below < 0] ** 2).mean(), (below[below > 0] ** 2).mean()], rel=1e-9
    )


def test_the_embedded_machine_is_libsvms_file(shared) -> None:  # type: ignore[no-untyped-def]
    head, _, rows = (shared / "weights/brisque_svm.txt").read_text().partition("SV\n")
    settings = dict(line.split(" ", 1) for line in head.splitlines())
    table = [row.split() for row in rows.splitlines()]
    with np.load(find("brisque-live")) as file:
        assert (file["gamma"], file["rho"]) == (float(settings["gamma"]), float(settings["rho"]))
        assert file["coefficients"].tolist() == [float(row[0]) for row in table]
        for vector, row in zip(file["support"], table, strict=True):
            assert [f"{i + 1}" for i in range(36)] == [cell.partition(":")[0] for cell in row[1:]]
            assert vector.tolist() == [float(cell.partition(":")[2]) for cell in row[1:]]
        assert (file["low"] < file["high"]).all()


def test_blur_and_noise_and_jpeg_make_it_worse() -> None:
    blurred = [brisque_live(cv2.GaussianBlur(HQ, (0, 0), sigma)) for sigma in (0.8, 1.6, 3.0)]
    assert brisque_live(HQ) < blurred[0] < blurred[1] < blurred[2]
    rng = np.random.default_rng(0)
    noisy = np.clip(HQ + rng.normal(0, 25, HQ.shape), 0, 255).astype(np.uint8)
    coarse = cv2.imdecode(cv2.imencode(".jpg", HQ, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], cv2.IMREAD_COLOR)
    assert min(brisque_live(noisy), brisque_live(coarse)) > brisque_live(HQ) + 20


def test_a_uniform_image_has_no_value_and_says_why() -> None:
    with pytest.raises(ValueError, match="not defined on a uniform image"):
        brisque_live(np.full((64, 64, 3), 128, np.uint8))


def test_odd_sides_have_a_value() -> None:
    assert np.isfinite(brisque_live(HQ[:101, :97]))
