"""The agreement table: every operator against others' arrays, and that it tells when something is off."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bfrbench.degradations.agreement import __main__ as command
from bfrbench.degradations.agreement import batches
from bfrbench.degradations.agreement import golden as stored
from bfrbench.degradations.agreement.check import Against, Check, markdown
from bfrbench.degradations.agreement.golden import golden_checks
from bfrbench.degradations.agreement.installed import installed_checks


@pytest.fixture(scope="module")
def golden(shared: Path) -> Path:
    return shared / "golden" / "degradations"


def test_the_operators_agree_with_the_installed_libraries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main([]) == 0
    page = capsys.readouterr().out
    assert "7 of 7 values are within their tolerance" in page
    assert "| median | astronaut |" in page


def test_the_operators_agree_with_the_stored_arrays(golden: Path) -> None:
    checks = golden_checks(golden)
    assert [check for check in checks if not check.agrees] == []
    whats = Counter(check.what.partition(",")[0] for check in checks)
    assert whats["kernel"] == whats["effective sigma"] == 23
    assert whats["whole chain"] == 2 * 3
    assert whats["colour_jitter"] == 3 + 4
    assert whats["poisson"] == 2
    assert whats["second order"] == 9 + 2 + 2


def test_the_written_page_is_the_one_of_the_checks(golden: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    assert command.main([str(golden.parents[1]), "--write", str(file)]) == 0
    assert file.read_text() == markdown(installed_checks() + golden_checks(golden))


def test_a_blur_that_does_nothing_fails_the_command(
    golden: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stored, "convolve", lambda image, _: image)
    assert command.main([str(golden.parents[1])]) == 1
    assert "| blur | ops_0.png | gfpgan 1.3.8 | largest |" in capsys.readouterr().out
    off = {check.what for check in golden_checks(golden) if not check.agrees}
    assert {"blur", "second order, s1_blur: blur, generalised", "whole chain, levels"} <= off


@pytest.mark.parametrize(("value", "agrees"), [(1.0, True), (1.1, False), (float("nan"), False)])
def test_a_difference_agrees_up_to_its_tolerance_and_nan_never_does(value: float, agrees: bool) -> None:
    assert Check("x", "y", "z", "largest", value, 1.0).agrees is agrees


def test_differences_are_measured_as_their_names_say() -> None:
    ours, theirs = np.array([1.0, 2.0, 3.0, 7.0]), np.array([1.0, 2.0, 2.0, 4.0])
    against = Against("somebody", "something")
    assert against.largest("x", ours, theirs, 1).value == 3
    assert against.mean("x", ours, theirs, 1).value == 1
    assert against.share("x", ours, theirs, beyond=1, tolerance=1).value == 0.25
    assert [check.agrees for check in against.levels("x", ours, theirs, 0.5)] == [False, True]
    assert not against.largest("x", np.full(4, np.nan), theirs, 1e9).agrees


def test_batches_are_compared_with_the_reference_preset_by_preset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["--faces", "2", "--preset", "gfpgan-release-128", "--preset", "bfr-benchmark-noise-128"]
    assert batches.main(only) == 0
    page = capsys.readouterr().out
    assert "2 of 2 presets are within" in page
    assert "| bfr-benchmark-noise-128@1 | 0 | 0.000 | same | yes |" in page
    assert "\nall  " in page
    monkeypatch.setattr(batches, "degrade", lambda hq, _: hq)
    assert batches.main(only) == 1
    assert "| **no** |" in capsys.readouterr().out
