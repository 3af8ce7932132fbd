"""The agreement of single images' metrics: all of it holds."""

import pytest

from bfrbench.benchmark.agreement.images import comparisons


def test_metrics_agree_with_what_is_installed_and_published() -> None:
    found = list(comparisons(None))
    assert {comparison.what for comparison in found} == {"ssim/grey", "brisque/live"}
    assert not [comparison for comparison in found if not comparison.agrees]


@pytest.mark.slow
def test_metrics_agree_with_the_golden_values(shared, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(shared / "weights"))
    found = list(comparisons(shared / "golden"))
    assert len(found) == 2 + 6 * 6
    assert not [comparison for comparison in found if not comparison.agrees]
