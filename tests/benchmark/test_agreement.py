"""The agreement table: what it compares, and that it tells when something is off."""

from dataclasses import replace

import pytest

from bfrbench.benchmark.agreement import __main__ as command
from bfrbench.benchmark.agreement import strict


def test_every_metric_agrees_with_the_libraries_that_are_installed(capsys) -> None:  # type: ignore[no-untyped-def]
    assert command.main([]) == 0
    page = capsys.readouterr().out
    assert "| psnr/rgb | astronaut, blurred |" in page
    assert "**no**" not in page


def test_strict_agrees_with_the_golden_values(shared) -> None:  # type: ignore[no-untyped-def]
    comparisons = list(strict.golden_images(shared / "golden"))
    expected = {"psnr/rgb", "psnr/y601", "ssim/rgb", "ssim/y601", "ms-ssim/luma", "lpips/alex", "niqe/y601"}
    assert {comparison.what for comparison in comparisons} == expected
    assert len(comparisons) == 6 * 8
    assert not [comparison for comparison in comparisons if not comparison.agrees]


@pytest.mark.slow
def test_every_area_agrees_with_the_golden_values(shared) -> None:  # type: ignore[no-untyped-def]
    comparisons = [each for area in command.AREAS for each in area.comparisons(shared / "golden")]
    assert not [comparison for comparison in comparisons if not comparison.agrees]


def test_a_value_out_of_tolerance_fails_the_command(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    off = [replace(comparison, theirs=comparison.theirs + 1e-3) for comparison in strict.installed()]
    monkeypatch.setattr(strict, "installed", lambda: iter(off))
    monkeypatch.setattr(command, "AREAS", (strict,))
    assert command.main(["--write", str(tmp_path / "page.md")]) == 1
    page = (tmp_path / "page.md").read_text()
    assert "0 of 2" in page
    assert page.count("**no**") == 2
