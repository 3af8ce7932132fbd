"""The networks compute what the outside implementations of the same weights compute."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bfrbench import weights
from bfrbench.detection.insightface_adapter import load_insightface
from bfrbench.detection.mtcnn import load_mtcnn
from bfrbench.detection.retinaface import Body, Retinaface, RetinafaceNetwork, anchors
from bfrbench.detection.scrfd import load_scrfd
from bfrbench.types import Image

Photo = tuple[Image, NDArray[np.float64]]


def test_mtcnn_equals_facenet_pytorch(astronaut_photo: Photo) -> None:
    # boxes and points that facenet-pytorch 2.6.0 gives for the astronaut (its pixels are counted from 1)
    box = (181.05140686, 62.15613174, 267.74731445, 172.05015564)
    points = (205.01091003, 101.72745514, 246.76257324, 103.71408081, 224.67137146, 128.96499634)
    mouth = (201.71610260, 139.24615479, 245.26548767, 141.85700989)
    [face] = load_mtcnn(*(weights.find(f"mtcnn-{letter}net") for letter in "pro"))(astronaut_photo[0])
    assert np.allclose(np.array(face.box) + 1, box, atol=2e-3)
    assert np.allclose(face.landmarks.ravel() + 0.5, points + mouth, atol=2e-3)
    assert face.score == pytest.approx(0.99999773, abs=1e-6)


def test_scrfd_equals_insightface(shared_weights: Path, astronaut_photo: Photo) -> None:
    path = shared_weights / "scrfd_2.5g_bnkps.onnx"
    padded = np.pad(
        astronaut_photo[0], ((0, 128), (0, 128), (0, 0))
    )  # at 640×640 insightface resizes nothing
    insightface = load_insightface(path)
    boxes, points = insightface.model.detect(padded[:, :, ::-1].copy(), input_size=(640, 640))
    [ours] = load_scrfd(path)(padded)
    assert np.allclose([*ours.box, ours.score], boxes[0], atol=1e-3)
    assert np.allclose(ours.landmarks, points[0], atol=1e-3)
    # left to itself it looks at 128 px too, and keeps the surer
    [theirs] = insightface(padded)
    assert np.hypot(*(ours.landmarks - theirs.landmarks).T).max() < 5


def random_state(network: torch.nn.Module, seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, value in network.state_dict().items():
        if value.dtype == torch.int64:
            state[key] = value
        elif key.endswith("running_var"):
            state[key] = 0.5 + torch.rand(value.shape, generator=generator)
        else:
            spread = 1 / max(1, value[0].numel()) ** 0.5 if value.ndim > 1 else 0.3
            state[key] = spread * torch.randn(value.shape, generator=generator)
    return state


@pytest.mark.parametrize(("body", "theirs"), [("mobilenet0.25", "mobile0.25"), ("resnet50", "resnet50")])
def test_retinaface_equals_facexlib(body: Body, theirs: str, astronaut_photo: Photo) -> None:
    pytest.importorskip("facexlib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from facexlib.detection.retinaface import RetinaFace

        reference = RetinaFace(network_name=theirs, device="cpu")
    ours = RetinafaceNetwork(body).eval()
    state = random_state(ours, 3)
    ours.load_state_dict(state)
    reference.load_state_dict(state, strict=True)
    image = astronaut_photo[0][30:158, 150:291]  # a width that no stride divides
    with torch.inference_mode():
        x = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() - 110
        for mine, other, name in zip(
            ours(x), reference.train(False)(x), ("box", "score", "points"), strict=True
        ):
            value = mine.softmax(dim=-1) if name == "score" else mine
            assert torch.allclose(value, other, atol=1e-4 * float(other.abs().max())), name


def test_retinaface_decodes_as_facexlib_does(astronaut_photo: Photo) -> None:
    pytest.importorskip("facexlib")
    from facexlib.detection.retinaface_utils import PriorBox

    config = {"min_sizes": [[16, 32], [64, 128], [256, 512]], "steps": [8, 16, 32], "clip": False, "name": ""}
    theirs = PriorBox(config, image_size=(128, 141)).forward().numpy()
    centres, sides = anchors(128, 141)
    assert np.allclose(theirs[:, :2] * (141, 128), centres.numpy(), atol=1e-4)
    assert np.allclose(theirs[:, 2:3] * 141, sides.numpy(), atol=1e-4)


def test_retinaface_resnet50_has_the_published_names_and_shapes(shared: Path) -> None:
    golden = json.loads((shared / "golden/state_dict_shapes/facexlib_retinaface_resnet50.json").read_text())
    with torch.device("meta"):
        network = RetinafaceNetwork("resnet50")
    assert {key: list(value.shape) for key, value in network.state_dict().items()} == golden["shapes"]
    assert sum(value.numel() for value in network.parameters()) == golden["n_params"]


def test_a_network_without_training_finds_nothing(astronaut_photo: Photo) -> None:
    network = RetinafaceNetwork("mobilenet0.25").eval()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    network.ClassHead.requires_grad_(False)
    for head in network.ClassHead:
        head.conv1x1.bias.copy_(torch.tensor([2.0, -2.0, 2.0, -2.0]))  # type: ignore[union-attr,operator]
    assert Retinaface(network)(astronaut_photo[0][:64, :64]) == []
