"""`-r gfpgan-128`: the reference that comes with the package restores people it never saw."""

from pathlib import Path

from bfrbench.benchmark.open_scores import open_scores


def test_the_reference_beats_the_input_and_every_classical_restorer_on_lpips(
    cli, demo: Path, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    done = cli("restore", demo / "data", tmp_path / "reference", "-r", "gfpgan-128", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "gfpgan-128 restored 28 of 28" in done.stdout
    done = cli(
        "score", tmp_path / "reference", "--against", demo / "data", "-m", "lpips/alex", "--workers", "1"
    )
    assert done.returncode == 0, done.stderr
    [found] = (tmp_path / "reference").rglob("scores.parquet")
    reference = open_scores(found.parent).values["lpips/alex"].mean()
    others = {run.name: open_scores(run).values["lpips/alex"].mean() for run in (demo / "runs").iterdir()}
    del others["hq"]
    assert reference < 0.8 * min(others.values()), others
