"""Recognisers of the identity loss: graphs of TensorFlow.js, and several that speak as one."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from bfrbench.errors import InputError, WeightsUnavailable
from bfrbench.pixels import read_image, to_tensor
from bfrbench.reference_model.networks.recognisers import load_recogniser, side_by_side
from bfrbench.reference_model.networks.tfjs_graph import TfjsGraph, load_tfjs_graph
from bfrbench.reference_model.training.config import GfpganTraining
from bfrbench.weights import find

TFJS = Path(__file__).with_name("tfjs")
EXPECTED = json.loads((TFJS / "expected.json").read_text())


def discs(side: int) -> torch.Tensor:
    """What run_tfjs.mjs draws: two discs, N×C×H×W."""
    grid = torch.meshgrid(*map(torch.arange, (2, 3, side, side)), indexing="ij")
    n, c, y, x = (axis.double() for axis in grid)
    inside = (2 * x - side) ** 2 + (2 * y - side) ** 2 < (side * torch.where(n == 1, 0.5, 0.75)) ** 2
    return torch.where(inside, 90 - 30 * c, 20 * c - 80 + y / 2).float()


def files_of(name: str) -> tuple[Path, Path]:
    """Graph and numbers; skips where a user's machine has not got them."""
    if name == "small":
        return TFJS / "small.json", TFJS / "small.bin"
    try:
        return find(f"{name}-graph"), find(name)
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: f"{case['name']}-{case['output']}")
def test_a_graph_gives_what_tensorflow_js_gives(case):
    with torch.no_grad():
        ours = load_tfjs_graph(*files_of(case["name"]), case["output"])(discs(case["side"]))
    assert list(ours.shape) == case["shape"]
    theirs = torch.tensor(case["values"])
    assert theirs.abs().max() > 0.1
    torch.testing.assert_close(ours.flatten()[: len(theirs)], theirs, rtol=1e-5, atol=5e-5)


def test_the_gradient_of_a_graph_is_its_slope():
    read = load_tfjs_graph(TFJS / "small.json", TFJS / "small.bin", "embedding")
    exact = {
        name: value.double() if value.is_floating_point() else value for name, value in read.weights.items()
    }
    images = discs(13)[:1].double() + torch.linspace(0, 1, 507).view(1, 3, 13, 13)
    assert torch.autograd.gradcheck(TfjsGraph(read.nodes, exact), (images.requires_grad_(True),))


@pytest.mark.parametrize("name", ["fr-feature", "faceres", "mobileface"])
def test_a_recogniser_knows_a_mirrored_face_among_others(shared, name):
    try:
        embed = load_recogniser(name, find)
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    faces = to_tensor(
        [read_image(file) for file in sorted((shared / "data/faces128").glob("pif*.jpg"))[:8:2]]
    )
    with torch.no_grad():
        embeddings, mirrored = embed(faces), embed(faces.flip(3))
    own = torch.cosine_similarity(embeddings, mirrored)
    others = torch.cosine_similarity(embeddings, embeddings.roll(1, 0))
    assert own.min() > others.max()


def test_the_cosine_of_several_is_the_weighted_mean_of_theirs():
    random = torch.Generator().manual_seed(0)
    maps = [torch.randn(12, width, generator=random) for width in (5, 9)]
    one, two = (lambda faces, m=m: faces.flatten(1) @ m for m in maps)
    both = side_by_side([(one, 0.3), (two, 0.9)])
    x, y = torch.randn(2, 4, 3, 2, 2, generator=random)
    cosines = [torch.cosine_similarity(embed(x), embed(y)) for embed in (one, two, both)]
    torch.testing.assert_close(cosines[2], (0.3 * cosines[0] + 0.9 * cosines[1]) / 1.2)


def test_weights_cut_short_or_too_long_are_refused(tmp_path):
    data = (TFJS / "small.bin").read_bytes()
    for wrong in (data[:-3], data + b"more", b""):
        (tmp_path / "small.bin").write_bytes(wrong)
        with pytest.raises(InputError, match=r"small\.bin"):
            load_tfjs_graph(TFJS / "small.json", tmp_path / "small.bin", "embedding")
    with pytest.raises(InputError, match="cannot be read"):
        load_tfjs_graph(TFJS / "small.json", tmp_path / "none.bin", "embedding")


def test_what_is_no_graph_is_refused(tmp_path):
    graph = tmp_path / "graph.json"
    for text in ("", "[]", "{}", '{"modelTopology": {"node": [{"name": 1}]}, "weightsManifest": []}', "\xff"):
        graph.write_text(text, encoding="latin-1")
        with pytest.raises(InputError, match="no graph of TensorFlow"):
            load_tfjs_graph(graph, TFJS / "small.bin", "embedding")
    with pytest.raises(InputError, match="with a node other"):
        load_tfjs_graph(TFJS / "small.json", TFJS / "small.bin", "other")


def test_operations_that_are_not_known_and_circles_are_refused(tmp_path):
    model = json.loads((TFJS / "small.json").read_text())
    shutil.copy(TFJS / "small.bin", tmp_path)
    by_name = {node["name"]: node for node in model["modelTopology"]["node"]}
    by_name["relu"]["op"] = "Elu"
    (tmp_path / "elu.json").write_text(json.dumps(model))
    with pytest.raises(InputError, match="not known here: Elu"):
        load_tfjs_graph(tmp_path / "elu.json", tmp_path / "small.bin", "embedding")
    by_name["relu"] |= {"op": "Relu", "input": ["dense"]}
    (tmp_path / "circle.json").write_text(json.dumps(model))
    with pytest.raises(InputError, match="no graph of TensorFlow"):
        load_tfjs_graph(tmp_path / "circle.json", tmp_path / "small.bin", "embedding")


def test_a_configuration_names_recognisers_that_there_are_and_gives_each_a_part():
    def read(recognisers):
        written = {"schedule": {"images": 4}, "recognisers": recognisers}
        return TypeAdapter(GfpganTraining).validate_python(written)

    assert read({"faceres": 0.5}).recognisers == {"faceres": 0.5}
    for wrong in ({"dlib": 1.0}, {"faceres": 0.0}, {"faceres": float("nan")}, {}):
        with pytest.raises(ValidationError):
            read(wrong)
