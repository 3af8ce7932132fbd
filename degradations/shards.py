"""Shards: many pairs in one tar, in WebDataset's layout, for sets too large for a file per image.

A sample is three files one behind the other, `NAME.lq.png`, `NAME.hq.png` and `NAME.json` (the pair's row
of the manifest). Headers hold no time and no user, so a shard's bytes depend on its pairs alone.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from bfrbench import files
from bfrbench.degradations import recipe
from bfrbench.degradations.pairs import Batch, DrawnPair, Made, Shard, Source, draw_pairs
from bfrbench.degradations.plan import SHARDS, PlannedPair
from bfrbench.errors import InputError, UnreadableImage

SHARDS_JSON = "shards.json"


def read_shards(folder: Path) -> tuple[Shard, ...]:
    """The shards of a data set, none when it has a file per image; raises InputError for a broken list."""
    path = folder / SHARDS_JSON
    return files.read_json(path, tuple[Shard, ...], "a list of shards") if path.is_file() else ()


def check_names(pairs: Sequence[PlannedPair]) -> None:
    """Raise InputError for names and splits that WebDataset or a file system would misread."""
    dotted = [pair.name for pair in pairs if "." in pair.name]
    if dotted:
        raise InputError(
            f"{len(dotted)} names hold a dot ({files.few(dotted)}), and WebDataset takes the first dot of a "
            "name as its end. Rename the images, or make a data set without shards."
        )
    splits = {pair.face.labels.split or "" for pair in pairs}
    odd = sorted(split for split in splits if split != Path(split).name)
    if odd:
        raise InputError(f"Shards are named by their split, and these are no file names: {files.few(odd)}.")


def make_shard(job: tuple[str, Sequence[PlannedPair]], *, out: Path, source: Source) -> Batch:
    """Write a shard, or keep the one that is there; none when a face of it cannot be read."""
    file, pairs = job
    path = out / SHARDS / file
    made = _kept(path, pairs)
    if made is None:
        try:
            with files.writing(path) as tar:
                made = write_samples(tar, draw_pairs(pairs, source))
        except UnreadableImage as error:
            return Batch((), unreadable=error.args)
    for pair in made:
        pair.row["shard"] = file
    return Batch(made, shard=Shard(file, len(made), path.stat().st_size, files.sha256_file(path)))


def write_samples(out: BinaryIO, pairs: Iterator[DrawnPair | str]) -> list[Made]:
    """Write a whole tar, one sample in memory at a time; raises UnreadableImage with a sentence per face."""
    made: list[Made] = []
    unreadable: list[str] = []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as archive:
        for pair in pairs:
            if isinstance(pair, str):
                unreadable.append(pair)
            elif not unreadable:
                made.append(_write_sample(archive, pair))
    if unreadable:
        raise UnreadableImage(*unreadable)
    return made


def _write_sample(archive: tarfile.TarFile, pair: DrawnPair) -> Made:
    lq, hq = pair.lq(), pair.hq()
    row = {**pair.row, "lq_sha256": files.sha256_bytes(lq), "hq_sha256": files.sha256_bytes(hq)}
    about = row | {"recipe": json.loads(row["recipe"])}
    for suffix, data in (
        ("lq.png", lq),
        ("hq.png", hq),
        ("json", files.to_json(about, indent=None).encode()),
    ):
        header = tarfile.TarInfo(f"{row['name']}.{suffix}")  # mode 0644, time, user and group 0
        header.size = len(data)
        archive.addfile(header, io.BytesIO(data))
    return Made(row, pair.recipe_values)


def _kept(path: Path, pairs: Sequence[PlannedPair]) -> list[Made] | None:
    """The pairs of the shard that is there, or None when it has to be made (again)."""
    if not path.is_file():
        return None
    try:
        made = [_read_sample(path / member) for member in files.tar_members(path) if member.endswith(".json")]
    except (OSError, ValueError, KeyError, TypeError, InputError):  # cut short, or not ours
        return None
    planned = [
        {"name": pair.name, "source_file": pair.face.file, "source_sha256": pair.face.sha256}
        | asdict(pair.face.labels)
        for pair in pairs
    ]
    same = len(made) == len(planned) and all(map(_holds, made, planned))
    return made if same else None


def _holds(made: Made, planned: Mapping[str, Any]) -> bool:
    return all(made.row[key] == value for key, value in planned.items())


def _read_sample(path: Path) -> Made:
    row: dict[str, Any] = json.loads(files.read_bytes(path))
    steps = recipe.from_json(json.dumps(row["recipe"]))
    landmarks = row["landmarks"] and tuple(row["landmarks"])
    return Made(row | {"landmarks": landmarks, "recipe": recipe.to_json(steps)}, recipe.columns(steps))
