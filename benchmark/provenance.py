"""Where numbers come from: versions, the state of the code, the machine. No dates, no host names."""

import contextlib
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import bfrbench
from bfrbench.types import Restorer

_PACKAGES = ("numpy", "opencv-python", "scikit-image", "scipy", "torch", "torchvision", "onnxruntime")
_ROOT = Path(bfrbench.__file__).resolve().parents[2]


def provenance(restorer: Restorer | None = None) -> dict[str, str]:
    """Versions of bfrbench, Python and packages, the git commit if run from a checkout, and the machine.

    A restorer's own `device`, `dtype` and `licence` are recorded when it states them.
    """
    stated = {
        key: str(getattr(restorer, key)) for key in ("device", "dtype", "licence") if hasattr(restorer, key)
    }
    return {
        "bfrbench": bfrbench.__version__,
        **_git(_ROOT),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **_versions(),
        "cpu_count": str(os.cpu_count()),
        **stated,
    }


def peak_memory() -> int:
    """The most bytes that this process ever had in memory (resident set); 0 where nobody can say."""
    # not getrusage on Linux: there a spawned process starts with its parent's peak
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    if found:
        return int(found[1]) * 1024
    with contextlib.suppress(ModuleNotFoundError):  # not there on Windows
        import resource  # noqa: PLC0415

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return 0


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _git(root: Path) -> dict[str, str]:
    """The commit and whether files differ from it; nothing when `root` is no checkout with commits."""
    if not (root / ".git").exists():
        return {}
    try:
        commit = _ask_git(root, "rev-parse", "HEAD")
        changed = _ask_git(root, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"git_commit": commit, "git_dirty": "yes" if changed else "no"}


def _ask_git(root: Path, *arguments: str) -> str:
    # a hook's GIT_DIR would speak of another repository
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
