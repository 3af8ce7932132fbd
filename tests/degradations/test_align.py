"""Photographs to aligned faces: measures, limits, and a folder from beginning to end."""

import base64
import csv
import errno
import json
import os
import shutil
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from bfrbench import files, pixels
from bfrbench.alignment import template
from bfrbench.degradations.align import folder as align
from bfrbench.degradations.align import likeness
from bfrbench.degradations.align.limits import Measures
from bfrbench.degradations.align.listing import list_photos
from bfrbench.degradations.align.log import FILE as LOG
from bfrbench.degradations.align.log import open_log
from bfrbench.degradations.align.outcome import sort_out
from bfrbench.degradations.align.photo import Job, Row, Settings
from bfrbench.degradations.index import label, read_index
from bfrbench.degradations.splits import Splits
from bfrbench.detection import Detector, Face, open_detector
from bfrbench.engine import HERE, LocalEngine
from bfrbench.errors import InputError, OutputError
from bfrbench.files import to_json
from bfrbench.types import Image, Landmarks

POINTS = np.array([(203.35, 103.62), (247.52, 104.45), (224.10, 127.69), (203.96, 143.14), (242.91, 143.67)])


@dataclass(frozen=True)
class Known:
    """A detector that knows the astronaut: where it looks for her colours, the points follow."""

    def __call__(self) -> Detector:
        return find


def find(image: Image) -> list[Face]:
    """Nobody in pictures that are mostly of one colour; else one face, at the points scaled to the width."""
    if image.std() < 5:
        return []
    scale = image.shape[1] / 512
    points = (POINTS + 0.5) * scale - 0.5
    low, high = points.min(axis=0) - 20 * scale, points.max(axis=0) + 20 * scale
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    faces = [Face((x0, y0, x1, y1), points, 0.99)]
    if image[:4, :4].max() == 0:  # a black corner stands for a second face
        faces.append(Face((x0, y0, (x0 + x1) / 2, (y0 + y1) / 2), points, 0.95))
    return faces


def mean_colour() -> Callable[[Image, Landmarks], NDArray[np.float32]]:
    """A recogniser for which the colour of the crop is the person."""
    return lambda crop, _: crop.mean(axis=(0, 1)).astype(np.float32) / 255


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eight pictures: good ones, in a folder below too, and one for each thing that can be wrong."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    astronaut = skimage.data.astronaut()
    pixels.write_png(folder / "good.png", astronaut)
    half = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    pixels.write_png(folder / "half.png", np.asarray(half, np.uint8))
    dark = (astronaut * 0.3).astype(np.uint8)[:, ::-1][:, ::-1]
    pixels.write_png(
        folder / "more/dark.png", np.ascontiguousarray(np.roll(dark, 3, axis=0)[:, :, [1, 2, 0]])
    )
    tiny = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    pixels.write_png(folder / "tiny.png", np.asarray(tiny, np.uint8))
    pixels.write_png(folder / "blurred.png", np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 4.0), np.uint8))
    pixels.write_png(folder / "wall.png", np.full((300, 300, 3), 128, np.uint8))
    two = astronaut.copy()
    two[:4, :4] = 0
    pixels.write_png(folder / "two.png", two)
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (folder / "notes.txt").write_text("not a photograph")
    return folder


def job_of(photos: Path, out: Path, *, people: bool = False, **changes: object) -> Job:
    settings = Settings(size=64, detector="known", recogniser="colour" if people else "")
    limits = replace(settings.limits, **changes)  # type: ignore[arg-type]
    return Job(photos, out, replace(settings, limits=limits), Known(), mean_colour if people else None)


def report_of(out: Path) -> dict[str, str]:
    with (out / "report.csv").open(newline="") as file:
        return {row["file"]: row["reason"] or "kept" for row in csv.DictReader(file)}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


EXPECTED = {
    "blurred.png": "blurred",
    "good.png": "kept",
    "half.png": "near-duplicate",
    "more/dark.png": "kept",
    "tiny.png": "too small",
    "torn.jpg": "unreadable",
    "two.png": "several faces",
    "wall.png": "no face",
}


def test_every_photograph_is_in_the_report_with_its_reason(photos: Path, tmp_path: Path) -> None:
    facts = align.align_folder(job_of(photos, tmp_path / "out"))
    assert report_of(tmp_path / "out") == EXPECTED
    assert (facts.photographs, facts.kept, facts.people) == (8, 2, 2)
    assert sum(facts.skipped.values()) == 6
    assert sorted(path.name for path in (tmp_path / "out/faces").iterdir()) == ["good.png", "more-dark.png"]
    assert [path.name for path in (tmp_path / "out/set-aside").iterdir()] == ["half.png"]


def test_the_index_is_one_that_degrade_takes_and_its_landmarks_are_the_crop_s(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    align.align_folder(job_of(photos, out))
    labels = label(files.images_in(out / "faces"), out / "index.csv", None)
    assert list(labels) == ["good", "more-dark"]
    points = np.reshape(labels["good"].landmarks, (5, 2))
    assert np.abs(points - template(64)).max() < 5
    assert pixels.read_image(out / "faces/good.png").shape == (64, 64, 3)


def test_one_or_two_workers_give_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    # workers cannot import this file: a detector of the standard library, which sees the same face everywhere
    seen = SimpleNamespace(faces=[Face((180, 80, 270, 170), POINTS, 0.99)])
    open_constant = partial(partial, getattr, seen, "faces")
    one, two = (
        replace(job_of(photos, tmp_path / out), open_detector=open_constant) for out in ("one", "two")
    )
    align.align_folder(one, engine=HERE)
    align.align_folder(two, engine=LocalEngine(2))
    assert "faces/good.png" in contents(tmp_path / "one")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("kind", "workers"),
    [
        ("store", 1),
        pytest.param("bucket", 1, marks=pytest.mark.slow),
        pytest.param("bucket", 2, marks=pytest.mark.slow),
    ],
)
def test_photographs_and_faces_at_addresses_give_the_same(
    kind: str, workers: int, photos: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place, out = request.getfixturevalue(kind), tmp_path / "out"
    for file in photos.rglob("*.*"):
        files.write_bytes(place / "photos" / str(file.relative_to(photos)), file.read_bytes())
    job = job_of(place / "photos", place / "out", people=True)
    looked: list[int] = []
    for source in (photos, place / "photos"):
        align.align_folder(
            job_of(source, out if source == photos else job.out, people=True), engine=LocalEngine(workers)
        )
    assert {name: files.read_bytes(job.out / name) for name in contents(out)} == contents(out)
    assert set(dict(files.files_below(job.out))) == set(contents(out))
    files.write_bytes(job.photos / "wall.png", (photos / "good.png").read_bytes())
    align.align_folder(job, on_progress=lambda done, _: looked.append(done), engine=LocalEngine(workers))
    assert looked == [7, 8]  # what is unchanged is not looked at again


def test_a_folder_of_faces_at_an_address_that_this_machine_did_not_begin_is_refused(
    store: Path, photos: Path
) -> None:
    files.write_bytes(store / "out/faces/a.png", b"")
    with pytest.raises(OutputError, match="or go on with the machine that began it"):
        align.align_folder(job_of(photos, store / "out"))


def test_a_stopped_run_goes_on_to_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    align.align_folder(job_of(photos, tmp_path / "whole"))

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        align.align_folder(job_of(photos, tmp_path / "stopped"), on_progress=stop)
    log = tmp_path / "stopped/.photographs.jsonl"
    log.write_bytes(log.read_bytes()[:-20])  # as a kill in the middle of a write leaves it
    began: list[int] = []
    job = job_of(photos, tmp_path / "stopped")
    align.align_folder(job, on_progress=lambda done, _: began.append(done))
    assert began[0] == 3
    began.clear()
    align.align_folder(job, on_progress=lambda done, _: began.append(done))
    assert began == [8]
    assert contents(tmp_path / "whole") == contents(tmp_path / "stopped")


def test_only_new_changed_and_lost_ones_are_looked_at_again(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    align.align_folder(job_of(photos, out))
    hung = skimage.data.astronaut()
    hung[200:] = np.rot90(hung, 2)[200:]
    pixels.write_png(photos / "wall.png", hung)
    os.utime(photos / "wall.png", ns=(1, 1))
    (photos / "tiny.png").unlink()
    (out / "faces/good.png").unlink()
    began: list[tuple[int, int]] = []
    facts = align.align_folder(job_of(photos, out), on_progress=lambda *now: began.append(now))
    assert began[0] == (5, 7)
    assert facts.kept == 3
    shutil.copytree(photos, tmp_path / "same", copy_function=shutil.copy2)
    align.align_folder(job_of(tmp_path / "same", tmp_path / "fresh"))
    assert contents(out) == contents(tmp_path / "fresh")


def test_a_name_that_a_new_photograph_shares_is_changed_as_in_a_fresh_run(
    photos: Path, tmp_path: Path
) -> None:
    align.align_folder(job_of(photos, tmp_path / "out"))
    cv2.imwrite(str(photos / "good.jpg"), skimage.data.astronaut()[:, ::-1, ::-1])
    align.align_folder(job_of(photos, tmp_path / "out"))
    assert {path.name for path in (tmp_path / "out/faces").iterdir()} >= {"good-png.png", "more-dark.png"}
    align.align_folder(job_of(photos, tmp_path / "fresh"))
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_link_to_nothing_is_unreadable_and_stops_nobody(photos: Path, tmp_path: Path) -> None:
    (photos / "gone.png").symlink_to(photos / "nowhere.png")
    align.align_folder(job_of(photos, tmp_path / "out"))
    assert report_of(tmp_path / "out") == EXPECTED | {"gone.png": "unreadable"}


def test_memory_grows_by_little_more_than_the_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_TILE", 16)
    (tmp_path / "photos").mkdir()
    job = job_of(tmp_path / "photos", tmp_path / "out", people=True)
    for folder in (tmp_path / "out/faces", tmp_path / "out/set-aside"):
        folder.mkdir(parents=True)
    peaks = [peak_of_sorting_out(job, count) for count in (200, 1000)]
    assert (peaks[1] - peaks[0]) / 800 < 400  # bytes; some 70 of them are the path


def peak_of_sorting_out(job: Job, count: int) -> int:
    """Bytes in use at most, from the list of photographs to the outcome, after all were looked at."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(count):
        (job.photos / f"{number}.png").touch()
        (job.out / f"faces/{number}.png").touch()
        measures, look = Measures(1, 40, 1, 0, 0, 0, 0, 1), rng.bytes(32).hex()
        vector = base64.b64encode(rng.normal(size=128).astype("<f4").tobytes()).decode()
        rows.append(Row(f"{number}.png", f"{number}", (0, 0), 1, "", "", (0.0,) * 10, measures, look, vector))
    (job.out / LOG).write_text("".join(to_json(row, indent=None) for row in (job.settings, *rows)))
    del rows
    tracemalloc.start()
    photos = list_photos(job.photos)
    log = open_log(job.out, job.settings, photos, lambda *_: True)
    outcome = sort_out(job, photos, log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    log.close()
    assert len(outcome.kept()) == count
    return peak


def test_of_near_duplicates_the_one_with_the_larger_face_stays(photos: Path, tmp_path: Path) -> None:
    (photos / "good.png").rename(photos / "zebra.png")
    align.align_folder(job_of(photos, tmp_path / "out"))
    reasons = report_of(tmp_path / "out")
    assert reasons["zebra.png"] == "kept"
    assert reasons["half.png"] == "near-duplicate"


def test_the_largest_of_several_faces_can_be_asked_for(photos: Path, tmp_path: Path) -> None:
    for name in ("good.png", "half.png"):
        (photos / name).unlink()
    align.align_folder(job_of(photos, tmp_path / "out", largest=True))
    assert report_of(tmp_path / "out")["two.png"] == "kept"


def test_people_are_grouped_and_split_together(photos: Path, tmp_path: Path) -> None:
    noisy = skimage.data.astronaut().astype(int)
    noisy[300:] = noisy[300:, ::-1]  # another photograph, the same face
    pixels.write_png(photos / "again.png", np.roll(noisy, 0, axis=0).astype(np.uint8))
    job = job_of(photos, tmp_path / "out", people=True)
    facts = align.align_folder(job, splits=Splits(50, 0, 50))
    labels = read_index(tmp_path / "out/index.csv")
    assert labels["again"].person_id == labels["good"].person_id != labels["more-dark"].person_id
    assert labels["again"].split == labels["good"].split
    assert sum(facts.splits.values()) == 3
    assert facts.largest_person == 2


def test_the_card_states_limits_reasons_and_what_is_unknown(photos: Path, tmp_path: Path) -> None:
    job = job_of(photos, tmp_path / "out")
    align.align_folder(job, source="my camera", licence="CC0-1.0")
    card = (tmp_path / "out/README.md").read_text()
    for fact in (
        "2 faces of 8 photographs",
        "enlarged at most 1.25",
        "my camera",
        "CC0-1.0",
        "Unknown, unless",
    ):
        assert fact in card
    facts = json.loads((tmp_path / "out/align.json").read_text())
    assert facts["index_sha256"] == files.sha256_file(tmp_path / "out/index.csv")
    for sheet in ("kept.jpg", "skipped.jpg"):
        assert pixels.read_image(tmp_path / "out" / sheet).shape[0] > 100


def test_a_folder_without_a_face_to_keep_says_why(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No face is kept of 8 photographs: 5 too small.*report\.csv"):
        align.align_folder(job_of(photos, tmp_path / "out", most_enlarged=0.0))
    assert not (tmp_path / "out/align.json").exists()


def test_other_settings_other_things_and_nested_folders_are_refused(photos: Path, tmp_path: Path) -> None:
    align.align_folder(job_of(photos, tmp_path / "out"))
    with pytest.raises(OutputError, match="other settings"):
        align.align_folder(job_of(photos, tmp_path / "out", least_sharp=0.5))
    with pytest.raises(OutputError, match="one in the other"):
        align.align_folder(job_of(photos, photos / "out"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/diary.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"diary\.txt"):
        align.align_folder(job_of(photos, tmp_path / "mine"))


def test_a_full_disk_is_told_and_what_was_done_is_kept(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = pixels.write_bytes

    def full(path: Path, data: bytes) -> None:
        if "dark" in path.name:
            with files.disk_errors(path):
                raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(pixels, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        align.align_folder(job_of(photos, tmp_path / "out"))
    monkeypatch.undo()
    align.align_folder(job_of(photos, tmp_path / "out"))
    assert report_of(tmp_path / "out") == EXPECTED


def test_names_that_would_collide_get_their_suffix(tmp_path: Path) -> None:
    for file in ("a.png", "a.jpg", "b/c.png"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"")
    photos = list_photos(tmp_path)
    assert [photos[number].name for number in range(len(photos))] == ["a-jpg", "a-png", "b-c"]
    (tmp_path / "b-c.png").write_bytes(b"")
    with pytest.raises(InputError, match="b-c-png"):
        list_photos(tmp_path)


@pytest.mark.parametrize(("name", "mean", "worst"), [("mtcnn", 0.045, 0.10), ("scrfd", 0.03, 0.05)])
def test_detectors_give_the_recipe_s_landmarks(
    shared: Path, monkeypatch: pytest.MonkeyPatch, name: str, mean: float, worst: float
) -> None:
    """Mean distance of the five points, in eye distances, on the small sources."""
    from bfrbench.degradations.openfaces.recipe import read_recipe

    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))
    detector = open_detector(name)
    off = []
    for crop in read_recipe(128):
        path = shared / "data/openfaces/originals" / crop.source.place
        if path.is_file() and crop.source.width * crop.source.height < 150_000:
            found = detector(pixels.read_image(path))[0].landmarks
            eyes = np.linalg.norm(crop.landmarks[1] - crop.landmarks[0])
            off.append(np.linalg.norm(found - crop.landmarks, axis=1).mean() / eyes)
    assert len(off) >= 6
    assert np.mean(off) < mean
    assert max(off) < worst


def test_the_embedded_detector_aligns_the_astronaut(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    pixels.write_png(tmp_path / "photos/astronaut.png", skimage.data.astronaut())
    settings = Settings(size=128)
    job = Job(tmp_path / "photos", tmp_path / "out", settings, partial(open_detector, "mtcnn"))
    facts = align.align_folder(job)
    assert facts.kept == 1
    points = np.reshape(read_index(tmp_path / "out/index.csv")["astronaut"].landmarks, (5, 2))
    assert np.abs(points - template(128)).max() < 5
