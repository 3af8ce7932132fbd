"""Other people's models: what their files are, their sizes and ranges, and the same bytes each time."""

from functools import partial

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from skimage.data import astronaut

from bfrbench.benchmark.contestants.onnx_model import load_onnx
from bfrbench.benchmark.contestants.sizes import as_large_as, file_and_range
from bfrbench.benchmark.contestants.spandrel_model import load_spandrel
from bfrbench.benchmark.contestants.torchscript_model import load_torchscript
from bfrbench.errors import InputError, RestorerFailed

FACE = np.ascontiguousarray(astronaut()[40:104, 190:254])


def onnx_file(path, node: str, size=("h", "w"), **metadata: str):  # type: ignore[no-untyped-def]
    """A network of one operation on N×3×H×W."""
    shape = [1, 3, *size]
    graph = helper.make_graph(
        [helper.make_node(node, ["x"], ["y"])],
        "one operation",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("spec", "file", "values"),
    [
        ("a/b.onnx", "a/b.onnx", None),
        ("b.onnx?range=-1..1", "b.onnx", (-1.0, 1.0)),
        ("what?.onnx?range=0..255", "what?.onnx", (0.0, 255.0)),
    ],
)
def test_a_spec_names_a_file_and_perhaps_a_range(spec, file, values) -> None:  # type: ignore[no-untyped-def]
    assert file_and_range(spec) == (file, values)


def test_an_empty_range_is_an_error() -> None:
    with pytest.raises(InputError, match=r"1\.\.-1 is empty"):
        file_and_range("b.onnx?range=1..-1")


@pytest.mark.parametrize(("values", "expected"), [("-1..1", 255 - FACE), ("0..1", np.zeros_like(FACE))])
def test_an_onnx_network_gets_its_range(tmp_path, values, expected) -> None:  # type: ignore[no-untyped-def]
    path = onnx_file(tmp_path / "negative.onnx", "Neg")
    assert np.array_equal(load_onnx(f"{path}?range={values}")([FACE])[0], expected)


def test_a_range_that_the_file_says_need_not_be_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = onnx_file(tmp_path / "n.onnx", "Neg", **{"bfrbench.range": "-1..1", "bfrbench.licence": "CC0-1.0"})
    restorer = load_onnx(str(path))
    assert np.array_equal(restorer([FACE])[0], 255 - FACE)
    assert restorer.licence == "CC0-1.0"
    with pytest.raises(InputError, match=r"does not say what black and white are.*\?range=0\.\.1"):
        load_onnx(str(onnx_file(tmp_path / "silent.onnx", "Neg")))


def test_onnx_files_that_cannot_restore_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cut.onnx").write_bytes(b"\x08\x09cut short")
    with pytest.raises(InputError, match="cannot be read by onnxruntime"):
        load_onnx(f"{tmp_path / 'cut.onnx'}?range=0..1")
    with pytest.raises(InputError, match="is not a file"):
        load_onnx(f"{tmp_path / 'none.onnx'}?range=0..1")
    fixed = load_onnx(f"{onnx_file(tmp_path / 'f.onnx', 'Neg', (128, 128))}?range=0..1")
    with pytest.raises(RestorerFailed, match="takes 1×3×128×128"):
        fixed([FACE])
    logarithm = load_onnx(f"{onnx_file(tmp_path / 'l.onnx', 'Log')}?range=-1..1")
    with pytest.raises(RestorerFailed, match="infinite or no numbers"):
        logarithm([FACE])


class Negative(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return -x, x


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_a_torchscript_module_restores_in_its_range(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "negative.pt"
    torch.jit.trace(Negative(), torch.zeros(1, 3, 8, 8)).save(path)
    restorer = load_torchscript(f"{path}?range=-1..1")
    assert np.array_equal(restorer([FACE, FACE])[1], 255 - FACE)
    with pytest.raises(InputError, match="does not say what black and white are"):
        load_torchscript(str(path))
    path.write_bytes(b"PK no module")
    with pytest.raises(InputError, match="is no TorchScript module"):
        load_torchscript(f"{path}?range=-1..1")


def test_outputs_of_upscalers_are_averaged_back() -> None:
    large = cv2.resize(FACE, (256, 256), interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(as_large_as(large, FACE, "it"), FACE)
    assert as_large_as(FACE, FACE, "it") is FACE
    with pytest.raises(RestorerFailed, match="no whole multiple"):
        as_large_as(large[:250], FACE, "it")


@pytest.fixture
def esrgan(tmp_path):  # type: ignore[no-untyped-def]
    """A small ×4 network of Real-ESRGAN's architecture, seeded weights, in an official container."""
    from spandrel.architectures.ESRGAN import ESRGAN

    torch.manual_seed(0)
    network = ESRGAN(num_filters=8, num_blocks=1, scale=4)
    torch.save({"params_ema": network.state_dict()}, tmp_path / "small.pth")
    return tmp_path / "small.pth"


def test_spandrel_upscalers_come_back_at_the_lqs_size_and_as_spandrel_runs_them(esrgan) -> None:  # type: ignore[no-untyped-def]
    import spandrel

    restorer = partial(load_spandrel, esrgan)()
    assert restorer.licence.startswith("BSD-3-Clause")
    restored = restorer([FACE, FACE])
    assert restored[0].shape == FACE.shape
    assert np.array_equal(*restored)
    x = torch.from_numpy(FACE.transpose(2, 0, 1) / 255.0).float()[None]
    large = (spandrel.ModelLoader("cpu").load_from_file(esrgan)(x)[0] * 255).round().byte().numpy()
    theirs = cv2.resize(
        np.ascontiguousarray(large.transpose(1, 2, 0)), (64, 64), interpolation=cv2.INTER_AREA
    )
    assert np.abs(restored[0].astype(int) - theirs).max() <= 1


def test_what_spandrel_does_not_know_is_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    torch.save({"weight": torch.zeros(3)}, tmp_path / "strange.pth")
    with pytest.raises(InputError, match="cannot be loaded through spandrel"):
        load_spandrel(tmp_path / "strange.pth")
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match="cannot be loaded through spandrel"):
        load_spandrel(tmp_path / "cut.pth")
    with pytest.raises(InputError, match="is not a file"):
        load_spandrel(tmp_path / "none.pth")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import os
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"params": Evil()}))
    with pytest.raises(InputError):
        load_spandrel(tmp_path / "evil.pth")
    assert not (tmp_path / "owned").exists()
