"""Weight files: one table, one way to find them, and no download that nobody asked for.

Lookup order: an explicit path, the folders in `BFRBENCH_WEIGHTS` (separated as in PATH), files embedded
in the package, the cache. A file counts only when its sha256 is right.
"""

import os
from functools import cache
from importlib import resources
from pathlib import Path

import platformdirs

from bfrbench.errors import InputError, OutputError, UnknownName, WeightsUnavailable
from bfrbench.files import make_folder, sha256_file
from bfrbench.weight_table import WEIGHTS, WeightFile

__all__ = [
    "WEIGHTS",
    "WeightFile",
    "cache_folder",
    "download",
    "find",
    "folders",
    "is_whole",
    "locate",
    "weight_file",
]


def weight_file(name: str) -> WeightFile:
    """The table's row; raises UnknownName with the names there are."""
    if name not in WEIGHTS:
        raise UnknownName(f"No weights are called {name!r}. There are: {', '.join(WEIGHTS)}.")
    return WEIGHTS[name]


def cache_folder() -> Path:
    """Where `bfrbench weights get` puts files: the user's cache folder."""
    return Path(platformdirs.user_cache_dir("bfrbench")) / "weights"


def folders() -> dict[str, list[Path]]:
    """Where weights are looked for, in order."""
    set_by_user = [Path(part) for part in os.environ.get("BFRBENCH_WEIGHTS", "").split(os.pathsep) if part]
    embedded = Path(str(resources.files("bfrbench"))) / "embedded"
    return {"BFRBENCH_WEIGHTS": set_by_user, "embedded": [embedded], "cache": [cache_folder()]}


@cache
def _has_sha256(path: Path, size: int, changed_ns: int, sha256: str) -> bool:
    # size and time are part of the key, so that a replaced file is hashed again
    del size, changed_ns
    return sha256_file(path).startswith(sha256)


def is_whole(path: Path, row: WeightFile) -> bool:
    """Whether the file is there and is exactly the one that the table means."""
    if not path.is_file() or not row.sha256:
        return False
    status = path.stat()
    if len(row.sha256) == 64 and row.bytes and status.st_size != row.bytes:
        return False
    return _has_sha256(path, status.st_size, status.st_mtime_ns, row.sha256)


def locate(name: str) -> tuple[Path, str] | None:
    """The file's path and which kind of folder holds it, or None."""
    row = weight_file(name)
    for kind, places in folders().items():
        for place in places:
            if is_whole(place / row.file, row):
                return place / row.file, kind
    return None


def find(name: str, explicit: Path | None = None) -> Path:
    """The path of a weight file whose sha256 is right.

    Raises WeightsUnavailable with what it is for, its licence and how to get it; InputError when an
    explicit path holds something else.
    """
    row = weight_file(name)
    if explicit is not None:
        if not explicit.is_file():
            raise InputError(f"{explicit} is not a file; it should be {row.file}.")
        if not is_whole(explicit, row):
            raise InputError(
                f"{explicit} is not the file that {name!r} means: its sha256 should be {row.sha256} "
                f"({row.size}). Fetch it again."
            )
        return explicit
    found = locate(name)
    if found is not None:
        return found[0]
    damaged = [p / row.file for places in folders().values() for p in places if (p / row.file).is_file()]
    wrong = f" {damaged[0]} is there but damaged or another file (wrong sha256)." if damaged else ""
    get = f"`bfrbench weights get {name}` downloads it" if row.url else row.by_hand
    raise WeightsUnavailable(
        f"{row.used_by} needs the weights {row.file} ({row.size}, {row.licence}), which are "
        f"not here.{wrong} {get}; or put the file into {cache_folder()} or a folder named in "
        "BFRBENCH_WEIGHTS."
    )


def download(name: str) -> Path:
    """Fetch a file into the cache and check its sha256; a file already at hand is kept.

    Raises OutputError with what went wrong and where to put the file by hand.
    """
    row = weight_file(name)
    found = locate(name)
    if found is not None:
        return found[0]
    if row.url is None:
        raise WeightsUnavailable(f"{row.file} cannot be downloaded from one address: {row.by_hand}.")
    import pooch  # noqa: PLC0415  # only a download needs it

    folder = make_folder(cache_folder())
    try:
        return Path(
            pooch.retrieve(row.url, f"sha256:{row.sha256}", fname=row.file, path=folder, progressbar=False)
        )
    except Exception as error:  # requests, urllib and pooch each have their own
        raise OutputError(
            f"Could not download {row.file} from {row.url}: {error}. "
            f"Fetch it by other means and put it into {folder}."
        ) from error
