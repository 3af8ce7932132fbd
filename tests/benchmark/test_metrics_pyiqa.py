"""The way to pyiqa, on a stand-in of that name; tests/outside/compare.py asks the real one."""

import random
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from bfrbench.benchmark.judges.judge import NoFaceSeen, picture_of
from bfrbench.benchmark.metrics import pyiqa_adapter
from bfrbench.benchmark.metrics.metric import why_not
from bfrbench.benchmark.metrics.pyiqa_adapter import OFFERED, pyiqa_metric
from bfrbench.errors import UnknownName

PICTURE, HQ = picture_of(astronaut()[:32, :32]), picture_of(astronaut()[40:72, :32])
Net = Callable[..., torch.Tensor]


@pytest.fixture
def nets(monkeypatch) -> Iterator[dict[str, Net | Exception]]:  # type: ignore[no-untyped-def]
    """What an installed pyiqa 0.1.16 makes, by name."""
    made: dict[str, Net | Exception] = {}
    package = ModuleType("pyiqa")

    def create_metric(name: str, device: str) -> Net:
        assert device == "cpu"
        net = made[name]
        if isinstance(net, Exception):
            raise net
        return net

    package.create_metric = create_metric  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyiqa", package)
    monkeypatch.setattr(pyiqa_adapter, "_release", lambda: "0.1.16")
    pyiqa_adapter._metric.cache_clear()
    yield made
    pyiqa_adapter._metric.cache_clear()


def test_without_pyiqa_there_is_a_row_that_says_what_is_missing(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(pyiqa_adapter, "_release", lambda: "")
    row = pyiqa_metric("pyiqa/musiq")
    assert (row.id, row.better, row.needs_hq, row.group) == ("pyiqa/musiq", "higher", False, "perception")
    assert "needs the package pyiqa (licence: PolyForm-Noncommercial 1.0.0), which is not" in why_not(row)
    assert "NTU S-Lab" in row.licence


def test_a_name_that_pyiqa_does_not_have_is_an_error_with_those_it_has() -> None:
    with pytest.raises(UnknownName, match=r"called 'musiq-koniq'\. It has: .*musiq-ava"):
        pyiqa_metric("musiq-koniq")
    with pytest.raises(UnknownName, match="single images called 'fid'"):
        pyiqa_metric("pyiqa/fid")
    assert len(OFFERED) == 106 - 5


def test_the_version_grows_with_pyiqas(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    versions = []
    for release in ("", "0.1.14.1", "0.1.15", "0.1.15.post2", "0.1.16", "1.0"):
        monkeypatch.setattr(pyiqa_adapter, "_release", lambda release=release: release)
        versions.append(pyiqa_metric("gmsd").version)
    assert versions == sorted(set(versions))
    assert versions[4] == 1_00_01_16_00


def test_images_come_as_rgb_in_0_to_1_the_restored_one_first(nets) -> None:  # type: ignore[no-untyped-def]
    nets["gmsd"] = lambda restored, hq: (restored[0, 0, 0, 0] - hq[0, 2, 0, 0]).reshape(1)
    row = pyiqa_metric("gmsd")
    assert row.needs_hq
    assert why_not(row) == ""
    expected = (float(PICTURE.image[0, 0, 0]) - float(HQ.image[0, 0, 2])) / 255
    assert row.value(PICTURE, HQ) == pytest.approx(expected, abs=1e-6)


def throw() -> tuple[float, float, float]:
    """One draw from each of the dice that pyiqa may throw."""
    return float(torch.rand(1)), float(np.random.rand()), random.random()  # noqa: S311


def seed(number: int) -> None:
    torch.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def test_random_crops_are_the_same_every_time_and_the_callers_dice_are_left_alone(nets) -> None:  # type: ignore[no-untyped-def]
    nets["maniqa"] = lambda image: torch.tensor(throw()).sum()
    row, values = pyiqa_metric("maniqa"), set()
    for number in (5, 6):
        seed(number)
        undisturbed = throw()
        seed(number)
        values |= {row.value(PICTURE), row.value(HQ)}
        assert throw() == undisturbed
    assert len(values) == 1


def test_nothing_is_downloaded(nets) -> None:  # type: ignore[no-untyped-def]
    def net(image: torch.Tensor) -> torch.Tensor:
        with urllib.request.urlopen("https://example.org/weights.pth") as file:
            return torch.tensor(len(file.read()))

    nets["musiq"] = net
    resolve = socket.getaddrinfo
    with pytest.raises(ValueError, match=r"pyiqa/musiq failed: URLError: .*downloads nothing"):
        pyiqa_metric("musiq").value(PICTURE)
    assert socket.getaddrinfo is resolve


def test_weights_that_are_not_here_are_a_sentence_with_the_command(nets) -> None:  # type: ignore[no-untyped-def]
    nets["topiq_nr-face"] = OSError("/home/somebody/.cache: no such file")
    said = why_not(pyiqa_metric("topiq_nr-face"))
    assert "could not set up topiq_nr-face without a download (OSError)" in said
    assert "pyiqa.create_metric('topiq_nr-face')" in said
    assert "/home" not in said


def test_a_face_that_is_not_found_is_no_face_and_other_trouble_is_an_error(nets) -> None:  # type: ignore[no-untyped-def]
    def blind(image: torch.Tensor) -> torch.Tensor:
        raise AssertionError("No face detected in the input image")

    def broken(image: torch.Tensor) -> torch.Tensor:
        raise IndexError("list index out of range")

    nets["topiq_nr-face"], nets["liqe"] = blind, broken
    with pytest.raises(NoFaceSeen, match="found no face"):
        pyiqa_metric("topiq_nr-face").value(PICTURE)
    with pytest.raises(ValueError, match="pyiqa/liqe failed: IndexError: list index out of range"):
        pyiqa_metric("liqe").value(PICTURE)
