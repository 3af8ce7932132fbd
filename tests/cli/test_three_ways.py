"""One model, three ways through the command line: its checkpoint, its ONNX export, and through spandrel."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.pixels import read_image, write_png
from bfrbench.reference_model.agreement import alive
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.state_dict import save_network


def restored(cli, lq: Path, out: Path, spec: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    done = cli("restore", lq, out, "-r", spec, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "run.json").read_text())["weights_sha256"]
    return read_image(out / "restored/astronaut.png").astype(int)


def checkpoint_of(network: GfpganNetwork, folder: Path) -> Path:
    """The network's file, and beside it one aligned image of its size to restore."""
    size = network.config.out_size
    (folder / "lq").mkdir()
    write_png(folder / "lq/astronaut.png", np.ascontiguousarray(astronaut()[:size, :size]))
    save_network(network, folder / "model.pth")
    return folder / "model.pth"


@pytest.mark.slow
def test_a_small_model_restores_alike_as_checkpoint_and_as_onnx(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    network = alive(GfpganConfig(out_size=64, num_style_feat=32, narrow=1 / 16, num_mlp=2))
    model = checkpoint_of(network, tmp_path)
    done = cli("export", model, tmp_path / "model.onnx")
    assert done.returncode == 0, done.stderr
    ours = restored(cli, tmp_path / "lq", tmp_path / "ours", f"gfpgan:{model}")
    onnx = restored(cli, tmp_path / "lq", tmp_path / "onnx", f"onnx:{tmp_path / 'model.onnx'}")
    assert ours.std() > 5.0
    assert np.abs(ours - onnx).max() <= 1


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_full_size_model_restores_alike_three_ways(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model = checkpoint_of(alive(GfpganConfig()), tmp_path)
    done = cli("export", model, tmp_path / "model.onnx")
    assert done.returncode == 0, done.stderr
    ours = restored(cli, tmp_path / "lq", tmp_path / "ours", f"gfpgan:{model}")
    onnx = restored(cli, tmp_path / "lq", tmp_path / "onnx", f"onnx:{tmp_path / 'model.onnx'}")
    theirs = restored(cli, tmp_path / "lq", tmp_path / "theirs", f"spandrel:{model}")
    assert ours.std() > 5.0
    for other in (onnx, theirs):
        assert np.abs(ours - other).max() <= 1
