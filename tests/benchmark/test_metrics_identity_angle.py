"""Identity as an angle: degrees and radians of the field, through a network with drawn weights."""

import math
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cosine as scipy_cosine
from skimage.data import astronaut

from bfrbench.benchmark.judges import arcface_resnet18
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector, picture_of
from bfrbench.benchmark.metrics import identity_angle
from bfrbench.benchmark.metrics.angle import angle, cosine
from bfrbench.errors import InputError
from bfrbench.pixels import encode_png
from bfrbench.types import Image

FACE: Image = np.ascontiguousarray(astronaut()[:200, 130:330])
BLURRED = np.asarray(cv2.GaussianBlur(FACE, (0, 0), 3.0), dtype=np.uint8)
VECTORS = arrays(np.float32, 8, elements=st.floats(-100, 100, width=32, allow_subnormal=False)).filter(
    lambda v: np.abs(v).max() > 1
)


@pytest.fixture(scope="module")
def network() -> arcface_resnet18.ArcFaceResNet18:
    torch.manual_seed(0)
    return arcface_resnet18.ArcFaceResNet18().eval()


@pytest.fixture
def judge(network, monkeypatch) -> Judge[Vector]:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(arcface_resnet18, "_network", lambda: network)
    return replace(identity_angle.VQFR, weights=())


@given(VECTORS, VECTORS)
@settings(max_examples=40, deadline=None)
def test_an_angle_is_between_0_and_pi_and_symmetric(one: Vector, other: Vector) -> None:
    value = angle(one, other)
    assert 0.0 <= value <= math.pi
    assert value == angle(other, one)
    assert math.cos(value) == pytest.approx(
        1.0 - scipy_cosine(one.astype(float), other.astype(float)), abs=1e-7
    )


@given(VECTORS, st.sampled_from([0.25, 1.0, 8.0]))
@settings(max_examples=40, deadline=None)
def test_what_is_equal_has_the_angle_0_and_what_is_opposite_pi(one: Vector, scale: float) -> None:
    scaled = one * np.float32(scale)
    assert angle(one, scaled) == 0.0
    assert cosine(one, scaled) == 1.0
    assert angle(one, -scaled) == math.pi


@given(VECTORS, st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_nearly_equal_vectors_never_give_nan(one: Vector, place: int) -> None:
    other = one.copy()
    other[place] = np.nextafter(other[place], np.float32(np.inf))
    assert 0.0 <= angle(one, other) < 1e-4


@pytest.mark.parametrize("bad", [np.zeros(8), np.full(8, np.nan), np.full(8, np.inf)])
def test_what_has_no_direction_has_no_angle(bad: Vector) -> None:
    with pytest.raises(ValueError, match="no direction"):
        angle(bad.astype(np.float32), np.ones(8, np.float32))


def test_degrees_are_0_on_the_image_itself_symmetric_and_grow_with_blur(judge) -> None:  # type: ignore[no-untyped-def]
    hq = picture_of(FACE)
    assert identity_angle.degrees(judge, picture_of(FACE), hq) == 0.0
    values = [
        identity_angle.degrees(judge, picture_of(cv2.GaussianBlur(FACE, (0, 0), sigma)), hq)
        for sigma in (1.0, 3.0, 8.0)
    ]
    assert 0.0 < values[0] < values[1] < values[2] < 180.0
    assert identity_angle.degrees(judge, hq, picture_of(BLURRED)) == pytest.approx(values[1], abs=1e-12)


def test_degrees_are_those_of_vqfrs_formula_on_png_files(judge, network, tmp_path) -> None:  # type: ignore[no-untyped-def]
    vectors = []
    for name, image in (("restored", BLURRED), ("hq", FACE)):
        (tmp_path / name).write_bytes(encode_png(image))
        grey = cv2.resize(cv2.imread(str(tmp_path / name), 0), (128, 128), interpolation=cv2.INTER_LINEAR)
        x = torch.from_numpy((grey[None, None].astype(np.float32) - 127.5) / 127.5)
        with torch.no_grad():
            vectors.append(network(x)[0].numpy())
    one, other = vectors
    theirs = np.arccos(one @ other / (np.linalg.norm(one) * np.linalg.norm(other))) / math.pi * 180
    ours = identity_angle.degrees(judge, picture_of(BLURRED), picture_of(FACE))
    assert ours == pytest.approx(float(theirs), abs=1e-2)  # arccos in float32


def test_vqfrs_mean_leaves_pairs_below_one_degree_out() -> None:
    def tilted(degrees: float) -> Picture:
        picture = picture_of(FACE)
        turn = math.radians(degrees)
        picture.seen[fixed.key(picture)] = np.array([math.cos(turn), math.sin(turn)])
        return picture

    fixed: Judge[Vector] = Judge("fixed", 1, lambda _: np.zeros(2))
    value = partial(identity_angle.degrees_unless_identical, fixed)
    assert value(tilted(0.0), tilted(1.5)) == pytest.approx(1.5)
    with pytest.raises(ValueError, match=r"0\.500° is below 1°"):
        value(tilted(0.0), tilted(0.5))


def test_grey_values_are_those_that_opencv_reads_from_a_png() -> None:
    read = cv2.imdecode(np.frombuffer(encode_png(FACE), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(identity_angle.grey_as_read(FACE), read)
    assert identity_angle.grey_as_read(np.full((2, 2, 3), 255, np.uint8)).max() == 255


def test_restoreformers_input_is_bgr_taken_for_rgb_in_0_to_1() -> None:
    bgr = torch.from_numpy(FACE[:, :, ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    grey = (0.2989 * bgr[:, 0] + 0.5870 * bgr[:, 1] + 0.1140 * bgr[:, 2])[:, None]
    small = torch.nn.functional.interpolate(grey, (128, 128), mode="bilinear", align_corners=False)
    ours = identity_angle.restoreformer_input(FACE)
    assert np.abs(ours - small[0, 0].numpy()).max() < 1e-6
    red = np.zeros((128, 128, 3), np.uint8)
    red[:, :, 0] = 255
    assert identity_angle.restoreformer_input(red).mean() == pytest.approx(0.1140)


def test_radians_are_0_on_the_image_itself(judge) -> None:  # type: ignore[no-untyped-def]
    looking = replace(identity_angle.RESTOREFORMER, weights=())
    assert identity_angle.radians(looking, picture_of(FACE), picture_of(FACE)) == 0.0
    assert 0.0 < identity_angle.radians(looking, picture_of(BLURRED), picture_of(FACE)) < math.pi


def test_a_state_dict_loads_with_and_without_its_prefix_and_another_is_refused(network, tmp_path) -> None:  # type: ignore[no-untyped-def]
    torch.save({f"module.{key}": value for key, value in network.state_dict().items()}, tmp_path / "a.pth")
    loaded = arcface_resnet18.load_arcface(tmp_path / "a.pth")
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    grey = identity_angle.vqfr_input(FACE)
    ours = arcface_resnet18.embedding_through(loaded, grey)
    assert np.array_equal(ours, arcface_resnet18.embedding_through(network, grey))
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "b.pth")
    with pytest.raises(InputError, match=r"b\.pth does not hold the ResNet-18"):
        arcface_resnet18.load_arcface(tmp_path / "b.pth")


def test_the_network_is_a_loss_that_gradients_pass_through(network) -> None:  # type: ignore[no-untyped-def]
    x = torch.zeros(1, 1, 128, 128, requires_grad=True)
    network(x).abs().sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0


def test_the_networks_keys_and_shapes_are_the_official_ones(network, shared) -> None:  # type: ignore[no-untyped-def]
    import json

    stored = json.loads((shared / "golden/state_dict_shapes/resnetarcface_irblock_2222.json").read_text())
    assert {key: list(value.shape) for key, value in network.state_dict().items()} == stored["shapes"]
