"""Checkpoint files: every container is found, and nothing that a file holds is run."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bfrbench.errors import InputError, OutputError
from bfrbench.reference_model.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}
OTHER = {name: value + 1 for name, value in WEIGHTS.items()}


class Malicious:
    """Unpickled carelessly, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        {"params": WEIGHTS},
        {"params": OTHER, "params_ema": WEIGHTS},
        {"params_ema": WEIGHTS, "iteration": 800_000},
        {f"module.{name}": value for name, value in WEIGHTS.items()},
        {"params": {f"module.{name}": value for name, value in WEIGHTS.items()}},
    ],
    ids=["bare", "params", "both", "with_more", "module", "params_module"],
)
def test_weights_are_found_in_every_container(tmp_path: Path, content: object) -> None:
    assert same(dict(read_checkpoint(saved(tmp_path / "a.pth", content)).weights), WEIGHTS)


def test_a_prefix_on_some_names_alone_is_a_name(tmp_path: Path) -> None:
    content = {"module.a": torch.ones(1), "b": torch.ones(1)}
    assert list(read_checkpoint(saved(tmp_path / "a.pth", content)).weights) == ["module.a", "b"]


def test_the_old_format_of_pytorch_is_read_too(tmp_path: Path) -> None:
    torch.save({"params": WEIGHTS}, tmp_path / "a.pth", _use_new_zipfile_serialization=False)
    assert same(dict(read_checkpoint(tmp_path / "a.pth").weights), WEIGHTS)


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("told", [True, False, None])
def test_what_is_written_is_read_back(tmp_path: Path, told: bool | None, ending: str) -> None:
    turned = {"a.weight": WEIGHTS["a.weight"].T.contiguous().T, "a.bias": WEIGHTS["a.bias"]}
    for architecture in ("v1", None):
        write_checkpoint(tmp_path / f"a.{ending}", Checkpoint(turned, told, architecture))
        back = read_checkpoint(tmp_path / f"a.{ending}")
        assert same(dict(back.weights), WEIGHTS)
        assert back.input_is_latent is told
        assert back.architecture == architecture


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_the_same_weights_give_the_same_file(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write_checkpoint(tmp_path / f"{name}.{ending}", Checkpoint(WEIGHTS, True))
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_safetensors_of_others_are_read_and_damaged_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({f"module.{name}": value for name, value in WEIGHTS.items()}, path, {"format": "pt"})
    assert same(dict(read_checkpoint(path).weights), WEIGHTS)
    data = path.read_bytes()
    for damaged in (data[:-1], data[:20], b"not tensors", bytes(64)):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"a\.safetensors is not a safetensors file, or is damaged"):
            read_checkpoint(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is an empty file"):
        read_checkpoint(path)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match=r"Cannot write .*a\.pth"):
        write_checkpoint(tmp_path / "file" / "a.pth", Checkpoint(WEIGHTS))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_not_run(tmp_path: Path, zipped: bool) -> None:
    path, made = tmp_path / "a.pth", tmp_path / "made"
    torch.save({"params": WEIGHTS, "extra": Malicious(made)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match=r"a\.pth asks for the Python object posix\.mkdir.* run any code"):
        read_checkpoint(path)
    assert not made.exists()


def test_a_bare_pickle_is_not_run(tmp_path: Path) -> None:
    path, made = tmp_path / "a.pth", tmp_path / "made"
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        path.write_bytes(pickle.dumps({"a": Malicious(made)}, protocol=protocol))
        with pytest.raises(InputError, match=r"is not a PyTorch checkpoint|run any code"):
            read_checkpoint(path)
    assert not made.exists()


@pytest.mark.parametrize(
    ("held", "named"),
    [(nn.Linear(2, 2), "torch.nn.modules.linear.Linear"), ({"eye": np.float64(3)}, "numpy")],
)
def test_python_objects_are_refused_by_name(tmp_path: Path, held: object, named: str) -> None:
    with pytest.raises(InputError, match=f"asks for the Python object {named}"):
        read_checkpoint(saved(tmp_path / "a.pth", held))


def test_damaged_files_are_refused_wherever_they_are_cut(tmp_path: Path) -> None:
    for zipped in (True, False):
        path = tmp_path / f"{zipped}.pth"
        torch.save({"params": WEIGHTS}, path, _use_new_zipfile_serialization=zipped)
        data = path.read_bytes()
        for length in range(1, len(data), 37):
            path.write_bytes(data[:length])
            with pytest.raises(InputError, match=r"\.pth"):
                read_checkpoint(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "is not a PyTorch checkpoint"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is not a PyTorch checkpoint"),
        (b"PK\x03\x04" + bytes(99), "is not a PyTorch checkpoint"),
        (bytes(range(256)) * 9, "is not a PyTorch checkpoint"),
    ],
    ids=["empty", "png", "lfs_pointer", "zip", "noise"],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.pth").write_bytes(data)
    with pytest.raises(InputError, match=said):
        read_checkpoint(tmp_path / "a.pth")


def test_a_missing_file_and_a_folder_are_no_checkpoints(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(InputError, match=f"{path.name} is not a file"):
            read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([torch.ones(1)], "holds a list, not the named tensors"),
        (torch.ones(1), "holds a Tensor, not the named tensors"),
        ({"epoch": 3, "a": torch.ones(1)}, "its entry 'epoch' is a int"),
        ({"params": {"a": "text"}}, "its entry 'a' is a str"),
        ({3: torch.ones(1)}, "its entry 3 is a Tensor"),
        ({}, "without any tensor"),
        ({"params_ema": {}}, "without any tensor"),
    ],
    ids=["list", "tensor", "epoch", "text", "number", "nothing", "nothing_in_it"],
)
def test_what_holds_no_named_tensors_is_refused(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_checkpoint(saved(tmp_path / "a.pth", content))
