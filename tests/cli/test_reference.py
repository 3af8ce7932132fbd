"""`-r gfpgan-128`: the reference that comes with the package restores people it never saw."""

from pathlib import Path

from bfrbench.benchmark.open_scores import open_scores


def test_the_reference_beats_the_input_and_every_classical_restorer_on_lpips(demo: Path) -> None:
    runs = [run for run in (demo / "runs").iterdir() if run.name != "hq"]
    means = {run.name: open_scores(run).values["lpips/alex"].mean() for run in runs}
    reference = means.pop("gfpgan-128")
    assert reference < 0.8 * min(means.values()), means
