"""What several tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real faces, judges and golden numbers, where there is one."""
    folder = Path(os.environ.get("BFRBENCH_SHARED", ROOT / "../shared")).resolve()
    if not (folder / "golden").is_dir():
        pytest.skip("no ../shared here: set BFRBENCH_SHARED to the folder with golden numbers and faces")
    return folder
