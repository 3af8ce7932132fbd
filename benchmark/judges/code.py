"""Which code and libraries numbers come from: what is remembered from one run to the next depends on it."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from bfrbench import alignment, pixels
from bfrbench.files import sha256_file, sha256_json

_LIBRARIES = ("numpy", "scipy", "opencv-python", "pillow", "scikit-image", "torch")


@cache
def code_sha256() -> str:
    """Hash of the metrics' and judges' source files and of their libraries' versions."""
    here = Path(__file__).parent
    files = [*here.glob("*.py"), *(here.parent / "metrics").glob("*.py")]
    files += [Path(str(module.__file__)) for module in (alignment, pixels)]
    hashes = {path.name: sha256_file(path) for path in sorted(files)}
    return sha256_json([hashes, {name: version(name) for name in _LIBRARIES}])
