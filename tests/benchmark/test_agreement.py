"""The agreement table: what it compares, and that it tells when something is off."""

from dataclasses import replace

import pytest

from bfrbench.benchmark import agreement


def test_every_metric_agrees_with_the_libraries_that_are_installed(capsys) -> None:  # type: ignore[no-untyped-def]
    assert agreement.main([]) == 0
    page = capsys.readouterr().out
    assert "3 of 3 values are within their tolerance" in page
    assert "| psnr/rgb | astronaut, blurred |" in page


def test_every_metric_agrees_with_the_golden_values(shared) -> None:  # type: ignore[no-untyped-def]
    comparisons = [*agreement.golden_images(shared / "golden"), *agreement.golden_fid(shared / "golden")]
    assert {comparison.what for comparison in comparisons} >= {
        "psnr/rgb",
        "psnr/y601",
        "ssim/rgb",
        "ssim/y601",
        "ms-ssim/luma",
        "lpips/alex",
        "niqe/y601",
        "Fréchet distance",
    }
    assert len(comparisons) == 6 * 8 + 4 * 2 + 2
    assert not [comparison for comparison in comparisons if not comparison.agrees]


def test_a_value_out_of_tolerance_fails_the_command(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    off = [replace(comparison, theirs=comparison.theirs + 1e-3) for comparison in agreement.installed()]
    monkeypatch.setattr(agreement, "installed", lambda: iter(off))
    assert agreement.main(["--write", str(tmp_path / "page.md")]) == 1
    page = (tmp_path / "page.md").read_text()
    assert "0 of 3" in page
    assert page.count("**no**") == 3


@pytest.mark.parametrize(("ours", "agrees"), [(float("inf"), True), (40.0, False), (float("nan"), False)])
def test_infinity_agrees_with_infinity_alone(ours, agrees) -> None:  # type: ignore[no-untyped-def]
    assert agreement.Comparison("psnr/rgb", "x", ours, float("inf"), "y", 1.0).agrees is agrees
