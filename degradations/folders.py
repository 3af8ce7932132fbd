"""A data set out of plain folders, for images that were paired elsewhere or have no HQ."""

from pathlib import Path

from bfrbench.errors import NameMismatch
from bfrbench.files import few, images_in, sha256_file, sha256_json
from bfrbench.storage import is_remote
from bfrbench.types import Card, DataSet, Pair


def plain_dataset(hq: Path | None = None, lq: Path | None = None) -> DataSet:
    """Take folders of images as a data set: HQ and LQ paired by name, or one of the two alone.

    Without HQ a pair's `hq` and `hq_sha256` are None; without LQ its `lq` and `lq_sha256` are ''. Each
    image counts as a person of its own, its landmarks as the template's, and the card's
    manifest_sha256 is over names and hashes. Paths are absolute, but for folders at addresses, of which there
    is one; nothing is written or decoded.
    Raises NameMismatch when a name is in one of two folders only.
    """
    folder = hq or lq
    if folder is None:
        raise ValueError("plain_dataset needs an HQ folder, an LQ folder or both.")
    if hq is not None and lq is not None and (is_remote(hq) or is_remote(lq)):
        raise ValueError("At an address, plain_dataset takes one folder: a pair's paths are relative to it.")
    clean = images_in(hq) if hq is not None else {}
    degraded = images_in(lq) if lq is not None else {}
    if clean and degraded and clean.keys() != degraded.keys():
        alone = [f"{hq}: {name}" for name in clean if name not in degraded]
        alone += [f"{lq}: {name}" for name in degraded if name not in clean]
        raise NameMismatch(
            f"{len(alone)} images of {hq} and {lq} have no partner of the same name: {few(alone)}."
        )
    pairs = tuple(_pair(name, clean.get(name), degraded.get(name)) for name in sorted(clean or degraded))
    card = Card(
        name=folder.resolve().name,
        count=len(pairs),
        people=len(pairs),
        preset=None,
        preset_source="",
        seed=None,
        copies=1,
        source="",
        licence="",
        manifest_sha256=sha256_json([(pair.name, pair.lq_sha256, pair.hq_sha256) for pair in pairs]),
    )
    return DataSet(folder=folder, card=card, pairs=pairs)


def _pair(name: str, hq: Path | None, lq: Path | None) -> Pair:
    return Pair(
        name=name,
        lq="" if lq is None else _place(lq),
        hq=None if hq is None else _place(hq),
        lq_sha256="" if lq is None else sha256_file(lq),
        hq_sha256=None if hq is None else sha256_file(hq),
        person_id=name,
        landmarks=None,
    )


def _place(path: Path) -> str:
    """As a pair has it: an address is no absolute path, so nothing could be put before it."""
    return path.name if is_remote(path) else str(path.resolve())
