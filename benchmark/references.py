"""What sets are compared with, if not the data set's own HQ: published statistics, or a folder of images."""

import pickle
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from bfrbench.benchmark.features import Gaussian, StoredFeatures
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector
from bfrbench.benchmark.memory import Item, Memory
from bfrbench.benchmark.metrics.metric import Statistics
from bfrbench.engine import Engine
from bfrbench.errors import InputError
from bfrbench.files import images_in, read_bytes, sha256_file
from bfrbench.weights import find

_CHUNK: Final = 8
_NAMES: Final = (("mu", "sigma"), ("mean", "cov"))  # of pytorch-fid and clean-fid; of basicsr's line


def gaussian_of(reference: Statistics) -> Gaussian:
    """Statistics from the weights table; raises WeightsUnavailable."""
    return read_gaussian(find(reference.weights))


def read_gaussian(path: Path) -> Gaussian:
    """Mean and covariance from an .npz (mu, sigma) or .pth (mean, cov) file; nothing in it is run.

    Raises InputError for a file without them, or in which their shapes do not fit.
    """
    arrays = _npz(path) if path.suffix == ".npz" else _pth(path)
    for mean_name, covariance_name in _NAMES:
        if mean_name in arrays and covariance_name in arrays:
            mean = np.asarray(arrays[mean_name], dtype=np.float64).reshape(-1)
            covariance = np.asarray(arrays[covariance_name], dtype=np.float64)
            if covariance.shape != (len(mean), len(mean)):
                raise InputError(
                    f"{path} holds a mean of {len(mean)} numbers and a covariance of shape "
                    f"{covariance.shape}, which do not belong together."
                )
            return Gaussian(mean, covariance)
    raise InputError(
        f"{path} holds no statistics of a set: it needs `mu` and `sigma` (.npz) or `mean` and `cov` (.pth)."
    )


def _npz(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as data, np.load(data, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as an .npz file: {error}. Fetch it again.") from error


def _pth(path: Path) -> Mapping[str, Any]:
    import torch  # noqa: PLC0415  # only for this kind of file

    try:
        with torch.serialization.safe_globals(_array_parts()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path} cannot be read as statistics: it is damaged, or asks to run code, which is refused. "
            "Convert it to an .npz with `mu` and `sigma`."
        ) from error
    return content if isinstance(content, Mapping) else {}


def _array_parts() -> list[Any]:
    """What NumPy's own arrays are pickled as, by NumPy 1's and 2's names for it: basicsr saves such."""
    rebuild: Any = np.zeros(0).__reduce__()[0]
    parts = [(rebuild, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")]
    return [*parts, np.ndarray, np.dtype, np.dtypes.Float64DType, np.dtypes.Float32DType]


def features_of_folder(folder: Path, judge: Judge[Vector], known: Memory, engine: Engine) -> StoredFeatures:
    """The features of all images in a folder, each a person's of its own whom no data set names.

    They are remembered as those of HQ images are.

    Raises InputError when the folder holds no image, or one that cannot be read or judged.
    """
    paths = list(images_in(folder).values())
    hashes = engine.map(sha256_file, paths, together=16)
    keys = [judge.key(Picture(b"", "", sha256=found)) for found in hashes]
    unseen = [path for path, key in zip(paths, keys, strict=True) if known.get(key) is None]
    chunks = (unseen[first : first + _CHUNK] for first in range(0, len(unseen), _CHUNK))
    for new in engine.map(partial(_see_all, judge), chunks):
        known.put(new)
    return StoredFeatures(keys, [str(path) for path in paths], partial(read_features, known))


def read_features(known: Memory, key: str) -> Vector:
    """Features that were remembered a moment ago."""
    value = known.get(key)
    if value is None:
        raise InputError("The memory of scores was changed while it was used: run the same command again.")
    return np.frombuffer(value, dtype=np.float32)


def _see_all(judge: Judge[Vector], paths: Sequence[Path]) -> list[Item]:
    new = []
    for path in paths:
        picture = Picture(read_bytes(path), str(path))
        try:
            vector = picture.through(judge)
        except ValueError as error:
            raise InputError(f"{path} cannot be a reference: {error}") from error
        new.append((judge.key(picture), np.asarray(vector, dtype=np.float32).tobytes()))
    return new
