"""Exports: every format gives the same images, and nothing is put in place that does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from bfrbench.benchmark.contestants.onnx_model import load_onnx
from bfrbench.errors import InputError, OutputError
from bfrbench.reference_model import export as exporting
from bfrbench.reference_model.export import export
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import fresh
from bfrbench.reference_model.restorer import load_gfpgan
from bfrbench.reference_model.state_dict import load_network, save_network

SMALL = GfpganConfig(out_size=32, num_style_feat=16, narrow=1 / 32, num_mlp=2)
ORIGINAL = GfpganConfig(
    out_size=32, num_style_feat=16, narrow=1 / 32, num_mlp=2, channel_multiplier=1, resample="fir"
)


@pytest.mark.parametrize("ending", [".safetensors", ".pth"])
def test_weights_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    network = fresh(SMALL, seed=0)
    assert export(network, tmp_path / f"small{ending}") < 1e-5  # where memory lies shows in the last bits
    again = load_network(tmp_path / f"small{ending}")
    assert again.config == SMALL
    for name, value in network.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])


def test_half_takes_half_of_the_bytes_and_restores_in_float32(tmp_path: Path) -> None:
    network = fresh(SMALL, seed=0)
    export(network, tmp_path / "whole.safetensors")
    difference = export(network, tmp_path / "half.safetensors", half=True)
    assert 0 < difference < exporting.HALF_TOLERANCE
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.6 * sizes[1]
    for name, value in load_network(tmp_path / "half.safetensors").state_dict().items():
        assert torch.equal(value, network.state_dict()[name].half().float())
    with pytest.raises(InputError, match="float16 weights are for"):
        export(network, tmp_path / "half.onnx", half=True)


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, full_size_skip=True, input_gate=True),
        pytest.param(ORIGINAL, marks=pytest.mark.slow),
    ],
    ids=["clean", "ours", "original"],
)
def test_an_onnx_file_restores_as_the_checkpoint_does(tmp_path: Path, config: GfpganConfig) -> None:
    network = fresh(config, seed=1)
    for values in (p for p in network.parameters() if not p.any()):  # what training will have opened
        torch.nn.init.constant_(values, 0.02)
    save_network(network, tmp_path / "small.pth")
    assert export(network, tmp_path / "small.onnx", licence="CC0-1.0") < exporting.TOLERANCE
    ours, theirs = load_gfpgan(tmp_path / "small.pth"), load_onnx(str(tmp_path / "small.onnx"))
    assert theirs.licence == "CC0-1.0"
    faces = list(np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8))
    for one, other in zip(ours(faces), theirs(faces), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1
    model = onnx.load(tmp_path / "small.onnx")
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param  # any number of images
    assert not any(node.metadata_props for node in model.graph.node)
    assert str(Path.cwd()).encode() not in (tmp_path / "small.onnx").read_bytes()


def test_an_export_that_differs_is_not_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(OutputError, match="was not written: its images differ"):
        export(fresh(SMALL, seed=0), tmp_path / "small.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"ends in '\.pb'; it can be exported to \.safetensors, \.pth, \.onnx"
    ):
        export(fresh(SMALL, seed=0), tmp_path / "small.pb")
