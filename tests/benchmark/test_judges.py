"""Judges: what one network says depends on its image alone."""

import subprocess
import sys

import numpy as np
import pytest
import torch
import torchvision
from skimage.data import astronaut

from bfrbench.benchmark.judges import dlib_resnet, inception, lpips
from bfrbench.benchmark.judges.arithmetic import load_npz, reproducible
from bfrbench.weights import find

FACE = np.ascontiguousarray(astronaut()[20:170, 150:300])


def drawn_state() -> dict[str, torch.Tensor]:
    """torchvision's Inception v3 with random weights, under the keys that FID's file has."""
    torch.manual_seed(0)
    with torch.no_grad():
        net = torchvision.models.inception_v3(
            weights=None, num_classes=1008, aux_logits=False, init_weights=False
        )
        for name, buffer in net.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
            elif name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
    return net.state_dict()


def test_threads_of_the_caller_come_back_and_do_not_show_in_numbers() -> None:
    before = torch.get_num_threads()
    first = dlib_resnet.descriptor(FACE)
    torch.set_num_threads(2)
    try:
        second = dlib_resnet.descriptor(FACE)
        with reproducible():
            assert torch.get_num_threads() == 1
            assert torch.is_inference_mode_enabled()
        with pytest.raises(ZeroDivisionError), reproducible():
            raise ZeroDivisionError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(first, second)


def test_another_image_before_does_not_show_in_numbers() -> None:
    first = dlib_resnet.descriptor(FACE)
    dlib_resnet.descriptor(255 - FACE)
    assert np.array_equal(dlib_resnet.descriptor(FACE), first)
    upside_down = FACE[::-1].copy()
    distance = lpips.distance(lpips.look(FACE, "alex"), lpips.look(upside_down, "alex"))
    lpips.look(255 - FACE, "alex")
    assert lpips.distance(lpips.look(FACE, "alex"), lpips.look(upside_down, "alex")) == distance


def test_descriptors_are_128_finite_numbers_of_a_150_px_chip() -> None:
    vector = dlib_resnet.descriptor(FACE)
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert 0.8 < np.linalg.norm(vector) < 2.2
    with pytest.raises(ValueError, match=r"shape \(149, 150, 3\), not 150×150×3"):
        dlib_resnet.descriptor(FACE[:-1])


def test_dlibs_network_is_its_blocks_written_out() -> None:
    weights = load_npz(find("dlib-face"))

    def conv(x: torch.Tensor, name: str, **options: int) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, weights[f"{name}.w"], weights[f"{name}.b"], **options)

    mean = np.array([122.782, 117.001, 104.298])
    x = torch.from_numpy(((FACE - mean) / 255).transpose(2, 0, 1)[None]).float()
    x = torch.nn.functional.max_pool2d(torch.relu(conv(x, "conv32_down", stride=2)), 3, 2)
    assert x.shape == (1, 32, 35, 35)
    sizes = {}
    for name in dlib_resnet._BLOCKS:
        down = "down" in name
        y = torch.relu(conv(x, f"{name}/conv1", stride=2 if down else 1, padding=0 if down else 1))
        y = conv(y, f"{name}/conv2", padding=1)
        if down:
            x = torch.nn.functional.avg_pool2d(x, 2)
        total = torch.zeros(1, max(x.shape[1], y.shape[1]), *(max(x.shape[i], y.shape[i]) for i in (2, 3)))
        for part in (x, y):
            total[:, : part.shape[1], : part.shape[2], : part.shape[3]] += part
        x = torch.relu(total)
        sizes[name] = tuple(x.shape[1:])
    assert sizes["conv64_3"] == (64, 17, 17)
    assert sizes["conv128_2"] == (128, 8, 8)
    assert sizes["conv256_2"] == (256, 4, 4)
    assert sizes["conv256_down_out"] == (256, 2, 2)
    expected = (x.mean(dim=(2, 3)) @ weights["fc"])[0].numpy()
    assert dlib_resnet.descriptor(FACE) == pytest.approx(expected, abs=1e-5)


def test_inception_is_torchvisions_but_for_its_pools(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    # torchvision's pools made FID's: then only the folding and the order of layers can differ
    state = drawn_state()
    net = torchvision.models.inception_v3(
        weights=None, num_classes=1008, aux_logits=False, init_weights=False
    )
    net.load_state_dict(state)
    net.eval()
    picture = np.random.default_rng(0).uniform(-1, 1, (299, 299, 3)).astype(np.float32)
    found = {}
    net.avgpool.register_forward_hook(lambda module, inputs, output: found.update(pooled=output))

    class Pools:
        """torch.nn.functional with the pools of the 2015 network inside the blocks."""

        calls = 0

        def __getattr__(self, name: str) -> object:
            return getattr(torch.nn.functional, name)

        def avg_pool2d(self, x: torch.Tensor, **options: int) -> torch.Tensor:
            self.calls += 1
            if self.calls == 9:  # the last block
                return torch.nn.functional.max_pool2d(x, **options)
            return torch.nn.functional.avg_pool2d(x, count_include_pad=False, **options)

    monkeypatch.setattr(torchvision.models.inception, "F", Pools())
    with torch.no_grad():
        net(torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()))
    ours = inception.features_through(inception.fold(state), picture)
    expected = found["pooled"].flatten().numpy()
    assert ours.shape == (2048,)
    assert np.abs(ours - expected).max() < 1e-4 * np.abs(expected).max()


def test_folding_something_else_is_an_error() -> None:
    with pytest.raises(KeyError):
        inception.fold({"Conv2d_1a_3x3.conv.weight": torch.zeros(32, 3, 3, 3)})


def test_the_table_of_metrics_needs_no_torch_until_a_judge_starts() -> None:
    code = (
        "import sys; from bfrbench.benchmark.metrics.metric import why_not; "
        "from bfrbench.benchmark.metrics.table import METRICS; "
        "[why_not(metric) for metric in METRICS.values()]; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
