"""Where a run comes from: versions without imports, the checkout's commit, this process's memory."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bfrbench.benchmark.provenance import _git, provenance
from bfrbench.types import Image


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    done = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_checkout_tells_its_commit_and_whether_it_is_changed(tmp_path: Path) -> None:
    assert _git(tmp_path) == {}
    git(tmp_path, "init", "--quiet")
    assert _git(tmp_path) == {}, "no commit yet"
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert _git(tmp_path) == {"git_commit": commit, "git_dirty": "no"}
    (tmp_path / "new.py").write_text("")
    assert _git(tmp_path) == {"git_commit": commit, "git_dirty": "yes"}


def test_a_hooks_environment_does_not_lead_astray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "first")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert _git(tmp_path)["git_dirty"] == "no"


def test_versions_are_read_without_importing_torch() -> None:
    code = (
        "import sys; from bfrbench.benchmark.provenance import provenance; p = provenance();"
        "assert p['torch'] and p['numpy'] and p['bfrbench']; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_restorer_may_state_its_device_and_dtype() -> None:
    class OnDevice:
        name = "theirs"
        device = "cuda:0"
        dtype = "bfloat16"

        def __call__(self, batch: Sequence[Image]) -> Sequence[Image]:
            return batch

    stated = provenance(OnDevice())
    assert (stated["device"], stated["dtype"]) == ("cuda:0", "bfloat16")
    assert "device" not in provenance()


def test_peak_memory_counts_what_was_used() -> None:
    code = (  # in a process of its own: this one may have used more before
        "import numpy as np; from bfrbench.benchmark.provenance import peak_memory\n"
        "before = peak_memory(); block = np.ones(30_000_000); print(peak_memory() - before)"
    )
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(grown) > 100e6
