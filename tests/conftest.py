"""What several tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def _no_memory_of_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that the user scored before is used, and nothing of ours stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BFRBENCH_CACHE", str(tmp_path_factory.mktemp("memory") / "scores.sqlite"))
        yield


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFRBENCH_CACHE", str(tmp_path / "memory/scores.sqlite"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real faces, judges and golden numbers, where there is one."""
    folder = Path(os.environ.get("BFRBENCH_SHARED", ROOT / "../shared")).resolve()
    if not (folder / "golden").is_dir():
        pytest.skip("no ../shared here: set BFRBENCH_SHARED to the folder with golden numbers and faces")
    return folder
