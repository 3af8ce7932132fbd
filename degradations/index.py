"""The index: a CSV that says who is on each HQ image, in which split it is and where the face is."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from bfrbench.degradations.splits import Splits
from bfrbench.errors import InputError
from bfrbench.files import IMAGE_SUFFIXES, few, read_bytes

_PACKED: Mapping[str, Literal["gzip", "bz2", "xz", "zip", "zstd"]] = {
    ".gz": "gzip",
    ".bz2": "bz2",
    ".xz": "xz",
    ".zip": "zip",
    ".zst": "zstd",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """What an index says of one image."""

    person_id: str
    split: str | None = None
    landmarks: tuple[float, ...] | None = None  # x0, y0, ... x4, y4 in HQ pixels


def read_index(path: Path) -> dict[str, Labels]:
    """Read a CSV with a column `file` or `name` (suffix or not), as {name without suffix: labels}.

    Columns that may be there: person_id (the name, where empty), split, landmarks as
    `x0;y0;x1;y1;x2;y2;x3;y3;x4;y4`. Others are ignored. Raises InputError with the place that is wrong.
    """
    try:
        text = io.BytesIO(read_bytes(path))
        packed = _PACKED.get(path.suffix)
        table = pd.read_csv(text, dtype=str, keep_default_na=False, encoding="utf-8-sig", compression=packed)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not an index that can be read as CSV: {error}.") from error
    column = next((c for c in ("file", "name") if c in table.columns), None)
    if column is None:
        raise InputError(f"{path} has neither a column `file` nor `name`; it has {few(table.columns)}.")
    labels: dict[str, Labels] = {}
    for row in table.to_dict("records"):
        name = _without_suffix(row[column])
        if name in labels:
            raise InputError(f"{path} has two rows for {name}.")
        labels[name] = Labels(
            person_id=row.get("person_id") or name,
            split=row.get("split") or None,
            landmarks=_landmarks(row.get("landmarks", ""), f"{path}, row of {name}"),
        )
    return labels


def label(
    images: Mapping[str, Path], index: Path | None, split: str | None, splits: Splits | None = None
) -> dict[str, Labels]:
    """Labels of the images to use, {name: labels} sorted by name: all of them, or those of one split.

    Without an index each image is a person of its own. `splits` puts every person on one side; an index
    that says so itself is then refused. Raises InputError when index and folder do not fit: an image that
    the index lacks, a row (of the split) without a file, a split that nobody is in, a person in two splits.
    """
    if index is None:
        labels = {name: Labels(person_id=name) for name in images}
    else:
        labels = read_index(index)
        absent = sorted(images.keys() - labels.keys())
        if absent:
            raise InputError(f"{len(absent)} images have no row in {index}: {few(absent)}.")
    if splits is not None:
        labels = _assigned(labels, splits, index)
    elif index is None and split is not None:
        raise InputError(
            f"A split ({split!r}) is asked for, but neither an index nor splits say what is in it."
        )
    _check_people(labels, index)
    chosen = {name: row for name, row in sorted(labels.items()) if split in (None, row.split)}
    if not chosen:
        known = sorted({row.split or "(none)" for row in labels.values()})
        raise InputError(f"{index or 'The folder'} has nobody in split {split!r}; there are {few(known)}.")
    orphans = [name for name in chosen if name not in images]
    if orphans:
        raise InputError(f"{len(orphans)} rows of {index} have no image in the folder: {few(orphans)}.")
    return chosen


def _assigned(labels: Mapping[str, Labels], splits: Splits, index: Path | None) -> dict[str, Labels]:
    if any(row.split for row in labels.values()):
        raise InputError(f"{index} already says who is in which split. Leave out the splits, or that column.")
    return {name: replace(row, split=splits.of(row.person_id)) for name, row in labels.items()}


def _check_people(labels: Mapping[str, Labels], index: Path | None) -> None:
    """Raise InputError when a person is in two splits: what is measured on one was seen in the other."""
    split_of: dict[str, str] = {}
    torn = {
        row.person_id
        for row in labels.values()
        if row.split and split_of.setdefault(row.person_id, row.split) != row.split
    }
    if torn:
        raise InputError(
            f"{len(torn)} people of {index} are in more than one split: {few(sorted(torn))}. "
            "Give all images of a person the same split."
        )


def _without_suffix(file: str) -> str:
    return Path(file).stem if Path(file).suffix.lower() in IMAGE_SUFFIXES else file


def _landmarks(text: str, where: str) -> tuple[float, ...] | None:
    if not text:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(";"))
    except ValueError:
        numbers = ()
    if len(numbers) != 10 or not all(abs(number) < 1e9 for number in numbers):
        raise InputError(f"{where}: landmarks must be ten numbers x0;y0;…;x4;y4, not {text!r}.")
    return numbers
