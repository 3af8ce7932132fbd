"""The face parser is facexlib's, and its mask leaves out what is no face."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.data import astronaut

from bfrbench.errors import WeightsUnavailable
from bfrbench.reference_model.photo.masks import ParsingMask
from bfrbench.reference_model.photo.parsenet import FaceParser, ParseNet, load_parser
from bfrbench.types import Image


def test_names_and_shapes_are_the_published_ones(shared: Path) -> None:
    golden = json.loads((shared / "golden/state_dict_shapes/facexlib_parsenet_512_19.json").read_text())
    with torch.device("meta"):
        network = ParseNet()
    assert {key: list(value.shape) for key, value in network.state_dict().items()} == golden["shapes"]
    assert sum(value.numel() for value in network.parameters()) == golden["n_params"]


def test_it_computes_what_facexlib_computes() -> None:
    parsenet = pytest.importorskip("facexlib.parsing.parsenet")
    torch.manual_seed(7)
    reference = parsenet.ParseNet(in_size=512, out_size=512, parsing_ch=19).eval()
    for name, value in reference.state_dict().items():
        if "running" in name:
            value.copy_(0.5 + torch.rand(value.shape))
    ours = ParseNet().eval()
    ours.load_state_dict(reference.state_dict())
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        for mine, theirs in zip(ours(x), reference(x), strict=True):
            assert torch.allclose(mine, theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.slow
def test_a_parser_gives_one_part_for_every_pixel() -> None:
    torch.manual_seed(7)
    classes = FaceParser(ParseNet().eval())(astronaut())
    assert classes.shape == (512, 512)
    assert classes.min() >= 0
    assert classes.max() <= 18


def test_a_parsing_mask_leaves_background_hat_and_clothes_alone() -> None:
    def parse(image: Image) -> NDArray[np.int64]:
        classes = np.zeros(image.shape[:2], np.int64)
        classes[100:400, 100:400] = 1  # skin
        classes[100:150, 100:400] = 14  # hat
        return classes

    weights = ParsingMask(parse)(np.zeros((256, 256, 3), np.uint8))  # type: ignore[arg-type]
    assert weights.shape == (256, 256)
    assert weights[140, 125] > 0.99
    assert weights[52, 125] < 0.1
    assert weights[:5].max() == 0


def test_without_its_file_the_parser_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("bfrbench.weights.cache_folder", lambda: tmp_path)
    with pytest.raises(WeightsUnavailable, match="weights get parsenet"):
        load_parser()
