"""The example that the README shows is the one that runs."""

from pathlib import Path

import pytest

from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.engine import LocalEngine
from bfrbench.types import DataSet

HERE = Path(__file__).parent


def test_the_readme_shows_the_example_whole() -> None:
    readme = (HERE.parents[1] / "benchmark/README.md").read_text()
    assert f"```python\n{(HERE / 'example_restorer.py').read_text()}```" in readme


def test_the_example_restores(small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    spec = "example_restorer:Sharpen"
    run = restore(small_data, tmp_path / "run", resolve(spec), spec=spec, batch=2, engine=LocalEngine(2))
    assert run.restorer == "sharpen"
    assert {image.state for image in run.images} == {"ok"}
