"""Which code and libraries numbers come from: what is remembered from one run to the next depends on it."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bfrbench import alignment, detection, pixels
from bfrbench.files import sha256_file, sha256_json

_LIBRARIES = (
    "facexlib",
    "insightface",
    "numpy",
    "onnxruntime",
    "opencv-python",
    "pillow",
    "pyiqa",
    "scikit-image",
    "scipy",
    "torch",
)


@cache
def code_sha256() -> str:
    """Hash of the metrics', judges' and detectors' source files and of their libraries' versions."""
    here = Path(__file__).parent
    folders = (here, here.parent / "metrics", Path(str(detection.__file__)).parent)
    files = [file for folder in folders for file in folder.glob("*.py")]
    files += [Path(str(module.__file__)) for module in (alignment, pixels)]
    hashes = {f"{path.parent.name}/{path.name}": sha256_file(path) for path in sorted(files)}
    return sha256_json([hashes, {name: _version(name) for name in _LIBRARIES}])


@cache
def scoring_sha256() -> str:
    """Hash of that and of all else between images and the files of scores: statistics, summaries, sets."""
    here = Path(__file__).parent.parent
    files = [*(here / "statistics").glob("*.py"), *here.glob("score*.py"), here / "features.py"]
    return sha256_json([code_sha256(), {path.name: sha256_file(path) for path in sorted(files)}])


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
