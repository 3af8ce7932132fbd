"""Distances of sets through embedded networks: what each of them sees, and what it is blind to."""

import csv

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.features import ArrayFeatures
from bfrbench.benchmark.judges.judge import Judge, picture_of
from bfrbench.benchmark.metrics import fd, identity, lpips
from bfrbench.benchmark.metrics.frechet import frechet
from bfrbench.benchmark.metrics.precision_recall import recall
from bfrbench.pixels import read_image
from bfrbench.types import Image


def test_alexnet_s_numbers_are_means_of_what_lpips_has_seen() -> None:
    picture = picture_of(astronaut())
    vector = picture.through(fd.ALEXNET)
    assert vector.shape == (256,)
    assert vector.dtype == np.float32
    tap = picture.through(lpips.ALEX)[-1][0].numpy()
    assert vector == pytest.approx(tap.reshape(256, -1).mean(axis=1), rel=1e-5)
    assert fd.ALEXNET.key(picture) in picture.fresh  # it is kept on disk, what LPIPS saw is not
    assert lpips.ALEX.key(picture) not in picture.fresh


@pytest.fixture(scope="module")
def faces(shared) -> dict[str, Image]:  # type: ignore[no-untyped-def]
    """One face at 128 px of each of 36 people."""
    folder, found = shared / "data/faces512", {}
    with (folder / "index.csv").open() as file:
        for row in csv.DictReader(file):
            if row["split"] == "val" and row["person_id"] not in found:
                found[row["person_id"]] = cv2.resize(
                    read_image(folder / row["file"]), (128, 128), interpolation=cv2.INTER_AREA
                )
    return found  # type: ignore[return-value]


def seen(judge: Judge, faces: dict[str, Image]) -> ArrayFeatures:
    return ArrayFeatures(np.stack([picture_of(face).through(judge) for face in faces.values()]), list(faces))


def test_alexnet_sees_blur_dlib_sees_who_and_neither_alone_is_enough(faces) -> None:  # type: ignore[no-untyped-def]
    blurred = {name: cv2.GaussianBlur(face, (0, 0), 1.0) for name, face in faces.items()}
    first = next(iter(faces.values()))
    found = {}
    for judge in (fd.ALEXNET, identity.DLIB):
        hq = seen(judge, faces)
        one = ArrayFeatures(np.tile(picture_of(first).through(judge), (len(faces), 1)), hq.people)
        found[judge.id] = [frechet(restored, hq) for restored in (hq, seen(judge, blurred), one)]
        assert recall(one, hq).value < 0.1  # one face for everybody has no recall
    (same, blur, one), (same_person, blur_person, one_person) = found.values()
    assert same.value == pytest.approx(0.0, abs=1e-12)
    assert same_person.value == pytest.approx(0.0, abs=1e-12)
    assert blur.value > one.value  # through AlexNet, one sharp face for everybody is nearer than blur
    assert blur_person.value < 0.1 * one_person.value  # through dlib it is the other way round
