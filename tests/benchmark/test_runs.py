"""The folder of a run: opened only when it is whole and unchanged."""

from pathlib import Path

import pytest

from bfrbench.benchmark.restore import open_run, restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.errors import InputError
from bfrbench.types import DataSet


@pytest.fixture
def run_folder(small_data: DataSet, tmp_path: Path) -> Path:
    restore(small_data, tmp_path / "run", resolve("lq"), spec="lq", batch=7)
    return tmp_path / "run"


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="should be a run"):
        open_run(tmp_path)


def test_a_number_changed_by_hand_is_seen(run_folder: Path) -> None:
    path = run_folder / "run.json"
    path.write_text(path.read_text().replace('"restorer": "lq"', '"restorer": "ours"'))
    with pytest.raises(InputError, match="was changed after it was written"):
        open_run(run_folder)


def test_a_missing_image_is_seen(run_folder: Path) -> None:
    (run_folder / "restored/face-3.png").unlink()
    with pytest.raises(InputError, match=r"lacks face-3\.png"):
        open_run(run_folder)


def test_a_changed_image_is_seen_when_asked_for(run_folder: Path) -> None:
    (run_folder / "restored/face-3.png").write_bytes(b"another")
    open_run(run_folder)
    with pytest.raises(InputError, match=r"not what the run made: face-3\.png"):
        open_run(run_folder, check_images=True)


def test_time_and_machine_are_beside_the_hash(run_folder: Path) -> None:
    path = run_folder / "run.json"
    before = open_run(run_folder)
    path.write_text(
        path.read_text().replace('"cpu_count"', '"processors"').replace('"wall_seconds"', '"wall"')
    )
    after = open_run(run_folder)
    assert after != before
    assert after.sha256 == before.sha256
