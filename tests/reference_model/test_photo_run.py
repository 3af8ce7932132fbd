"""Many photographs: what is restored, what is left alone and why, and what a second run does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

from bfrbench.benchmark.baselines import builder
from bfrbench.detection import Face
from bfrbench.errors import InputError, NameMismatch, OutputError, RestorerFailed
from bfrbench.files import read_json
from bfrbench.pixels import read_image, write_png
from bfrbench.reference_model.photo.background import enlarge
from bfrbench.reference_model.photo.detect import Choice
from bfrbench.reference_model.photo.report import PhotosReport, Settings
from bfrbench.reference_model.photo.restore import keep_colour, restore_faces
from bfrbench.reference_model.photo.run import Parts, restore_photos
from bfrbench.types import Image

POINTS = np.array([(203.35, 103.62), (247.52, 104.45), (224.10, 127.69), (203.96, 143.14), (242.91, 143.67)])
SETTINGS = Settings("lq", "known", size=128)


def known_face(image: Image) -> list[Face]:
    """The astronaut's face wherever she stands in a row of astronauts, and a faint small one."""
    count = image.shape[1] // 512 if image[:, :, 0].any() else 0
    faces = [
        Face((181 + 512 * i, 62, 267 + 512 * i, 172), np.add(POINTS, (512 * i, 0)), 0.99)
        for i in range(count)
    ]
    return [*faces, *([Face((10, 10, 20, 24), POINTS / 10, 0.5)] if faces else [])]


@dataclass(frozen=True)
class Brighter:
    """Adds 60 levels; remembers nothing, fails on what it is told to."""

    name: str = "brighter"
    fails_above: int = 256  # mean level
    calls: tuple[list[int], ...] = ([],)

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        self.calls[0].append(len(batch))
        if any(image.mean() > self.fails_above for image in batch):
            raise RestorerFailed("This face is too bright for me.")
        return [np.minimum(image.astype(int) + 60, 255).astype(np.uint8) for image in batch]


PARTS = Parts(known_face, builder("lq")())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    write_png(folder / "one.png", astronaut())
    write_png(folder / "three.png", np.hstack([astronaut()] * 3))
    write_png(folder / "none.png", np.zeros((40, 50, 3), np.uint8))
    return folder


def test_every_photograph_and_every_face_is_in_the_report(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = restore_photos(sorted(photos.iterdir()), out, SETTINGS, PARTS)
    assert [(photo.file, photo.state) for photo in report.photos] == [
        ("none.png", "no_face"),
        ("one.png", "ok"),
        ("three.png", "ok"),
    ]
    three = report.photos[2]
    assert [face.state for face in three.faces] == ["restored"] * 3 + ["skipped"]
    assert three.faces[3].reason == "below score: 0.50 of 0.9"
    assert read_json(out / "photos.json", PhotosReport, "a report") == report
    off = np.abs(read_image(out / "three.png").astype(int) - np.hstack([astronaut()] * 3))
    assert 0 < off.mean() < 0.2


def test_a_photograph_in_which_nothing_changes_is_the_same_file(photos: Path, tmp_path: Path) -> None:
    restore_photos([photos / "none.png"], tmp_path / "out", SETTINGS, PARTS)
    assert (tmp_path / "out/none.png").read_bytes() == (photos / "none.png").read_bytes()


def test_faces_of_many_photographs_share_batches(photos: Path, tmp_path: Path) -> None:
    restorer = Brighter(calls=([],))
    restore_photos(
        sorted(photos.iterdir()), tmp_path / "out", SETTINGS, replace(PARTS, restorer=restorer, batch=3)
    )
    assert restorer.calls[0] == [3, 1]


def test_a_face_that_fails_is_left_as_it_was_and_costs_no_other(tmp_path: Path) -> None:
    dark = (astronaut() * 0.4).astype(np.uint8)
    write_png(tmp_path / "pair.png", np.hstack([dark, astronaut()]))
    parts = replace(PARTS, restorer=Brighter(fails_above=100))
    [photo] = restore_photos([tmp_path / "pair.png"], tmp_path / "out", SETTINGS, parts).photos
    assert photo.state == "restorer_error"
    assert photo.failed
    assert [face.state for face in photo.faces] == ["restored", "failed", "skipped"]
    assert photo.message == photo.faces[1].reason == "RestorerFailed: This face is too bright for me."
    result = read_image(tmp_path / "out/pair.png")
    assert np.array_equal(result[:, 512:], astronaut())
    assert not np.array_equal(result[:, :512], dark)


def test_a_photograph_that_is_none_stops_no_other(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"nothing of the kind")
    report = restore_photos([*photos.iterdir(), photos / "gone.png"], tmp_path / "out", SETTINGS, PARTS)
    states = {photo.file: photo.state for photo in report.photos}
    assert states == {
        "broken.jpg": "unreadable",
        "gone.png": "unreadable",
        "none.png": "no_face",
        "one.png": "ok",
        "three.png": "ok",
    }


def test_a_second_run_does_only_what_is_not_done(photos: Path, tmp_path: Path) -> None:
    out, restorer = tmp_path / "out", Brighter(calls=([],))
    parts = replace(PARTS, restorer=restorer)
    files = sorted(photos.iterdir())
    first = restore_photos(files, out, SETTINGS, parts)
    restorer.calls[0].clear()
    assert restore_photos(files, out, SETTINGS, parts) == first
    assert restorer.calls[0] == []
    (out / "one.png").write_bytes(b"spoilt")
    assert restore_photos(files, out, SETTINGS, parts) == first
    assert restorer.calls[0] == [1]
    restorer.calls[0].clear()
    restore_photos(files, out, replace(SETTINGS, strength=0.5), parts)
    assert sum(restorer.calls[0]) == 4


def test_no_photograph_and_no_foreign_file_is_replaced(photos: Path, tmp_path: Path) -> None:
    one, out = photos / "one.png", tmp_path / "out"
    before = {path.name: path.read_bytes() for path in photos.iterdir() if path.is_file()}
    with pytest.raises(OutputError, match=r"is where one\.png lies"):
        restore_photos([one], photos, SETTINGS, PARTS)
    assert {path.name: path.read_bytes() for path in photos.iterdir() if path.is_file()} == before
    out.mkdir()
    (out / "one.jpg").write_bytes(b"somebody's")
    with pytest.raises(OutputError, match=r"holds one\.jpg, which no earlier run wrote"):
        restore_photos([one], out, SETTINGS, PARTS)
    assert [path.name for path in out.iterdir()] == ["one.jpg"]
    (out / "one.jpg").rename(out / "photos.json")
    with pytest.raises(OutputError, match=r"holds photos\.json"):
        restore_photos([one], out, SETTINGS, PARTS)


def test_the_report_keeps_what_earlier_calls_have_done(photos: Path, tmp_path: Path) -> None:
    for name in ("one.png", "none.png"):
        restore_photos([photos / name], tmp_path / "out", SETTINGS, PARTS)
    report = read_json(tmp_path / "out/photos.json", PhotosReport, "a report")
    assert [photo.file for photo in report.photos] == ["none.png", "one.png"]
    restorer = Brighter(calls=([],))
    parts = replace(PARTS, restorer=restorer)
    restore_photos([photos / "one.png"], tmp_path / "out", SETTINGS, parts)
    assert restorer.calls[0] == []


def test_a_report_that_is_cut_short_means_all_is_done_anew(photos: Path, tmp_path: Path) -> None:
    restore_photos([photos / "one.png"], tmp_path / "out", SETTINGS, PARTS)
    (tmp_path / "out/photos.json").write_text("{")
    restorer = Brighter(calls=([],))
    restore_photos([photos / "one.png"], tmp_path / "out", SETTINGS, replace(PARTS, restorer=restorer))
    assert restorer.calls[0] == [1]


def test_results_do_not_depend_on_the_batch(photos: Path, tmp_path: Path) -> None:
    for batch in (1, 4):
        parts = replace(PARTS, restorer=Brighter(), batch=batch)
        restore_photos(sorted(photos.iterdir()), tmp_path / str(batch), SETTINGS, parts)
    assert (tmp_path / "1/three.png").read_bytes() == (tmp_path / "4/three.png").read_bytes()


def test_the_user_chooses_which_faces(photos: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, choice=Choice(min_score=0.4, min_size=50, only_center=True))
    [photo] = restore_photos([photos / "three.png"], tmp_path / "out", settings, PARTS).photos
    assert [face.reason for face in photo.faces] == [
        "not the one in the middle",
        "",
        "not the one in the middle",
        "too small: 14 px of 50",
    ]


def test_two_photographs_of_one_name_are_refused(photos: Path, tmp_path: Path) -> None:
    (photos / "one.jpg").write_bytes(b"")
    with pytest.raises(NameMismatch, match=r"one\.jpg"):
        restore_photos(sorted(photos.iterdir()), tmp_path / "out", SETTINGS, PARTS)
    with pytest.raises(InputError, match="no photograph"):
        restore_photos([], tmp_path / "out", SETTINGS, PARTS)


@pytest.mark.parametrize("mask", ["ellipse", "square"])
def test_an_enlarged_photograph_and_its_side_by_side(mask: str, photos: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, upscale=2, side_by_side=True, mask=mask)
    [photo] = restore_photos([photos / "one.png"], tmp_path / "out", settings, PARTS).photos
    assert photo.output_size == (1024, 1024)
    assert read_image(tmp_path / "out/one.png").shape == (1024, 1024, 3)
    assert read_image(tmp_path / "out/side_by_side/one.png").shape == (1024, 2048, 3)


def test_transparency_survives(tmp_path: Path) -> None:
    rgba = np.dstack([astronaut(), np.full((512, 512), 90, np.uint8)])
    Pillow.fromarray(rgba).save(tmp_path / "a.png")
    parts = replace(PARTS, restorer=Brighter())
    restore_photos([tmp_path / "a.png"], tmp_path / "out", SETTINGS, parts)
    with Pillow.open(tmp_path / "out/a.png") as result:
        assert (np.asarray(result)[:, :, 3] == 90).all()


def test_colour_is_the_photograph_s_and_detail_the_restorer_s() -> None:
    crop = cv2.GaussianBlur(astronaut(), (0, 0), 3)
    tinted = np.clip(np.add(astronaut(), (30, -20, 10)), 0, 255).astype(np.uint8)
    kept = keep_colour(tinted, crop)
    assert np.abs(kept.mean(axis=(0, 1)) - crop.mean(axis=(0, 1))).max() < 1.5
    detail = [cv2.Laplacian(image, cv2.CV_64F).std() for image in (crop, kept, tinted)]
    assert detail[1] > 0.9 * detail[2] > 3 * detail[0]
    assert np.array_equal(keep_colour(crop, crop), crop)


class Wrong:
    """Gives what it is told to give."""

    name = "wrong"

    def __init__(self, result: object) -> None:
        self.result = result

    def __call__(self, batch: Sequence[Image]) -> Sequence[Image]:
        return self.result  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ([], "gave 0 images for 1 faces"),
        ([np.zeros((4, 5, 3), np.uint8)], "5×4 px for a square face"),
        ([np.zeros((4, 4), np.uint8)], "not H×W×3 uint8"),
        (None, "TypeError"),
    ],
)
def test_what_is_no_restored_face_is_told(result: object, words: str) -> None:
    [face] = restore_faces([np.zeros((4, 4, 3), np.uint8)], Wrong(result), batch=8)
    assert face.image is None
    assert words in face.message


@dataclass(frozen=True)
class Twice:
    """Enlarges by two, as a super-resolution model does."""

    name: str = "twice"

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        return [cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) for image in batch]


@pytest.mark.parametrize("upscale", [1, 2, 4])
def test_a_background_model_works_in_tiles_without_seams(upscale: int) -> None:
    image = astronaut()[:450, :411]
    large = enlarge(image, upscale, Twice())
    assert large.shape == (450 * upscale, 411 * upscale, 3)
    [whole] = Twice()([image])
    way = cv2.INTER_AREA if upscale == 1 else cv2.INTER_LANCZOS4
    wanted = cv2.resize(whole, large.shape[1::-1], interpolation=way)
    assert np.abs(large.astype(int) - wanted).max() <= 1


def test_a_background_model_that_fails_fails_the_photograph(photos: Path, tmp_path: Path) -> None:
    parts = replace(PARTS, background=Wrong([np.zeros((3, 7, 3), np.uint8)]))
    [photo] = restore_photos([photos / "one.png"], tmp_path / "out", SETTINGS, parts).photos
    assert photo.state == "restorer_error"
    assert photo.output is None
    assert "enlarges both sides by one factor" in photo.message
    with pytest.raises(RestorerFailed, match="could not enlarge"):
        enlarge(astronaut(), 2, Wrong(None))
