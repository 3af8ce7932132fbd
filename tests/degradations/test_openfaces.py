"""The recipe of OpenFaces, its crops, and what becomes of a set when sources are missing or wrong."""

import dataclasses
import hashlib
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage.data

from bfrbench import pixels
from bfrbench.alignment import similarity, template
from bfrbench.degradations.index import read_index
from bfrbench.degradations.openfaces import build
from bfrbench.degradations.openfaces.cutting import cut, judge, thumbnail
from bfrbench.degradations.openfaces.mirror import Patience, open_mirror
from bfrbench.degradations.openfaces.recipe import (
    SIZES,
    TABLE,
    Crop,
    Source,
    full_name,
    parse_name,
    read_recipe,
)
from bfrbench.errors import InputError, OutputError, UnknownName

POINTS = (203.35, 103.62, 247.52, 104.45, 224.10, 127.69, 203.96, 143.14, 242.91, 143.67)
COUNTS = {512: (202, 48), 256: (395, 69), 128: (1029, 147)}


def crop_of(folder: Path, name: str, shift: int = 0, *, size: int = 128) -> Crop:
    """A row whose source, the astronaut moved a little, is put into a folder mirror."""
    data = pixels.encode_png(np.ascontiguousarray(skimage.data.astronaut()[:, shift:]))
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(data).hexdigest()
    source = Source("nasa/faces", "c0ffee", f"{name}.png", sha256, blob, len(data), 512 - shift, 512)
    path = folder / source.place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    points = tuple(value - shift if number % 2 == 0 else value for number, value in enumerate(POINTS))
    said = ("val", "lisa", "CC0-1.0", "dataset-licence", "NASA")
    row = Crop(name, size, source, name, *said, points, None, b"", ("", ""))
    face = cut(data, row)
    sha256 = hashlib.sha256(face.tobytes()).hexdigest()
    return dataclasses.replace(row, thumb16=thumbnail(face).tobytes(), sha256=(sha256, ""))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture
def crops(mirror: Path) -> list[Crop]:
    return [crop_of(mirror, name, 3 * number) for number, name in enumerate("abcd")]


def make(crops: list[Crop], out: Path, mirror: Path, *, partial: bool = False) -> build.Report:
    source = open_mirror(str(mirror), out.parent / "cache", Patience())
    return build.make_faces("few@1", crops, out, source, partial=partial)


def states(report: build.Report) -> dict[str, int]:
    return dict(Counter(outcome.state for outcome in report.outcomes))


def test_the_recipe_has_the_counts_of_its_procedure_and_nobody_in_two_splits() -> None:
    of_person: dict[str, set[str]] = {}
    for size in SIZES:
        crops = read_recipe(size)
        assert Counter(crop.split for crop in crops) == dict(zip(("train", "val"), COUNTS[size], strict=True))
        assert len({crop.name for crop in crops}) == len(crops)
        for crop in crops:
            of_person.setdefault(crop.person_id, set()).add(crop.split)
    assert all(len(splits) == 1 for splits in of_person.values())


def test_every_row_has_a_clear_licence_and_somebody_to_name() -> None:
    for size in SIZES:
        for crop in read_recipe(size):
            assert crop.licence in ("CC-BY-4.0", "CC0-1.0", "PD-USGov")
            assert "camera-serial" not in crop.licence_basis
            assert crop.attribution or crop.licence != "CC-BY-4.0"


def test_matrix_factor_and_kernel_of_every_row_are_what_the_landmarks_give() -> None:
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    for row in table.itertuples():
        points = np.array(row.lm.split(";"), dtype=float).reshape(5, 2)
        matrix = similarity(points, template(int(row.size)))
        given = np.array(row.matrix.split(";"), dtype=float).reshape(2, 3)
        assert np.abs(matrix - given).max() < 1e-12
        factor = min(10, max(1, int(np.ceil(1 / np.hypot(*given[:, 0])))))
        assert (str(factor), "cubic" if factor > 1 else "lanczos4") == (row.ss, row.interp)


def test_names_are_versioned() -> None:
    assert parse_name("openfaces256@1") == parse_name("openfaces", 256) == 256
    assert parse_name("openfaces") == 512
    assert full_name(128) == "openfaces128@1"
    for name, size in (
        ("openfaces64", None),
        ("openfaces512@2", None),
        ("openfaces512", 256),
        ("ffhq", None),
    ):
        with pytest.raises(UnknownName):
            parse_name(name, size)


def test_the_originals_give_the_expected_crops(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/openfaces"
    source = open_mirror(str(folder / "originals"), tmp_path, Patience())
    verdicts: Counter[str] = Counter()
    for size in SIZES:
        for crop in read_recipe(size):
            if not (folder / "originals" / crop.source.place).is_file():
                continue
            face = cut(source.get(crop.source), crop)
            verdicts[judge(face, crop)] += 1
            expected = pixels.read_image(folder / "originals_expected" / str(size) / f"{crop.name}.png")
            off = np.abs(face.astype(np.int16) - expected)
            assert off.max() <= 8
            assert cv2.PSNR(face, expected) >= 50
    assert verdicts["wrong"] == 0
    assert verdicts.total() == 55
    if cv2.__version__.startswith("5.0.0"):
        assert verdicts["exact"] == 55


@pytest.mark.parametrize("mistake", ["half a pixel", "swapped channels", "grey shift", "other size"])
def test_a_wrong_crop_is_told(crops: list[Crop], mirror: Path, mistake: str) -> None:
    crop = crops[0]
    face = cut((mirror / crop.source.place).read_bytes(), crop)
    assert judge(face, crop) == "exact"
    wrong = {
        "half a pixel": lambda: cv2.warpAffine(face, np.array([[1, 0, 0.5], [0, 1, 0.5]]), (128, 128)),
        "swapped channels": lambda: np.ascontiguousarray(face[:, :, ::-1]),
        "grey shift": lambda: np.clip(face.astype(int) + 3, 0, 255).astype(np.uint8),
        "other size": lambda: face[:64, :64],
    }
    assert judge(wrong[mistake](), crop) == "wrong"
    speckled = face.copy()
    speckled[::7, ::5] ^= 1
    assert judge(speckled, crop) == "near"


def test_white_balance_multiplies_channels(crops: list[Crop], mirror: Path) -> None:
    data = (mirror / crops[0].source.place).read_bytes()
    plain = cut(data, crops[0]).astype(np.float32)
    balanced = cut(data, dataclasses.replace(crops[0], gain=(0.5, 1.0, 2.0)))
    wanted = np.rint(np.clip(plain * np.float32([0.5, 1.0, 2.0]), 0, 255))
    assert (balanced == wanted).all()


def test_a_whole_set_is_written_with_index_attribution_and_cards(
    crops: list[Crop], mirror: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = make(crops, out, mirror)
    assert states(report) == {"exact": 4}
    assert report.finished
    labels = read_index(out / "index.csv")
    assert {name: (label.person_id, label.split) for name, label in labels.items()} == {
        name: (name, "val") for name in "abcd"
    }
    found = np.reshape(labels["a"].landmarks, (5, 2))
    assert np.abs(found - template(128)).max() < 10
    assert "NASA" in (out / "ATTRIBUTION.md").read_text()
    assert "CC BY 4.0" in (out / "ATTRIBUTION.md").read_text()
    card = (out / "README.md").read_text()
    for fact in ("# few@1", "4 faces of 4 people", "A licence is not consent", "Unknown: age", "Cite it"):
        assert fact in card
    assert json.loads((out / "openfaces.json").read_text())["count"] == 4


def test_the_same_command_again_keeps_what_is_right_and_mends_what_is_not(
    crops: list[Crop], mirror: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    make(crops, out, mirror)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (out / "faces/b.png").write_bytes(b"torn")
    pixels.write_png(out / "faces/c.png", np.zeros((128, 128, 3), np.uint8))
    report = make(crops, out, mirror)
    assert [outcome.kept for outcome in report.outcomes] == [True, False, False, True]
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_missing_changed_and_broken_sources_do_not_stop_the_others(
    crops: list[Crop], mirror: Path, tmp_path: Path
) -> None:
    (mirror / crops[0].source.place).unlink()
    place = mirror / crops[1].source.place
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    thumb = bytes(256)
    crops[2] = dataclasses.replace(crops[2], thumb16=thumb, sha256=("", ""))
    report = make(crops, tmp_path / "out", mirror)
    assert states(report) == {"missing": 1, "changed": 1, "wrong": 1, "exact": 1}
    assert not report.finished
    assert [path.name for path in (tmp_path / "out/faces").iterdir()] == ["d.png"]
    assert not (tmp_path / "out/openfaces.json").exists()
    partial = make(crops, tmp_path / "out", mirror, partial=True)
    assert partial.finished
    card = (tmp_path / "out/README.md").read_text()
    assert card.startswith("# few@1, partial\n")
    assert "a, b, c" in card
    assert list(read_index(tmp_path / "out/index.csv")) == ["d"]


def test_a_finished_set_that_lost_a_face_for_good_is_no_longer_finished(
    crops: list[Crop], mirror: Path, tmp_path: Path
) -> None:
    make(crops, tmp_path / "out", mirror)
    (tmp_path / "out/faces/a.png").unlink()
    (mirror / crops[0].source.place).unlink()
    assert not make(crops, tmp_path / "out", mirror).finished
    assert not (tmp_path / "out/openfaces.json").exists()


def test_a_folder_with_something_else_is_left_alone(crops: list[Crop], mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/diary.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"diary\.txt"):
        make(crops, tmp_path / "out", mirror)
    make(crops, tmp_path / "small", mirror)
    larger = [dataclasses.replace(crop, size=256) for crop in crops]
    with pytest.raises(OutputError, match="not 256"):
        make(larger, tmp_path / "small", mirror)


def test_a_mirror_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a folder nor an address"):
        open_mirror(str(tmp_path / "nowhere"), tmp_path, Patience())
