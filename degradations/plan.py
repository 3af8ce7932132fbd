"""plan.json: what a data set is being made of, so that a run that was killed goes on, and no other does.

Faces are known by the sha256 of their files: copying or touching a file changes nothing.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import PIL

from bfrbench import __version__, files
from bfrbench.degradations.index import Labels, label
from bfrbench.degradations.presets import Grid, find_preset
from bfrbench.degradations.splits import parse_splits
from bfrbench.errors import ClusterUnfit, InputError, OutputError

PLAN = "plan.json"
CARD = "dataset.json"
SHARDS = "shards"
MODE = "mode"
"""Among the tools of a card: how recipes were carried out, where that was not exactly."""
TABLE_TOOLS = ("pandas", "pyarrow")


@dataclass(frozen=True, slots=True)
class Face:
    """One HQ image to degrade."""

    name: str
    file: str
    sha256: str  # of the file; '' when it cannot be opened
    labels: Labels


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """One pair to make."""

    name: str
    face: Face
    position: int  # among all pairs of the data set, from 0: grid presets go by it


def tools() -> dict[str, str]:
    """Versions that the bytes of a data set may depend on."""
    return {
        "bfrbench": __version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "pillow": PIL.__version__,
        "isal": version("isal"),
        "machine": platform.machine(),
        # OpenCV and IPP inside it pick their code by the processor; '?' marks what this one lacks
        "cpu": cv2.getCPUFeaturesLine(),
        "ipp": " ".join(cv2.ipp.getIppVersion().split()[:4]) if cv2.ipp.useIPP() else "not used",
    }


def table_tools() -> dict[str, str]:
    """Versions that stand in the bytes of a manifest, and in no image's."""
    return {name: version(name) for name in TABLE_TOOLS}


def check_tools(wanted: Mapping[str, str]) -> None:
    """Raise ClusterUnfit when this process, a worker, would make other bytes than the plan says."""
    here = _tools_here()
    differing = [f"{name} {here[name]}, not {there}" for name, there in wanted.items() if here[name] != there]
    if differing:
        raise ClusterUnfit(
            f"A worker on {platform.node()} would make other bytes than the plan says: it has "
            f"{'; '.join(differing)}. Make the data set on machines of one kind."
        )


@cache
def _tools_here() -> dict[str, str]:
    return tools()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides what a data set will be."""

    name: str
    preset: str  # id@version
    seed: int
    copies: int
    source: str
    licence: str
    faces: tuple[Face, ...]
    splits: str | None = None  # train/val/test in percent; None: the index's own, or none
    shards: int | None = None  # pairs per shard; None: a file per image
    mode: str = "exact"  # how recipes are carried out
    tools: Mapping[str, str] = field(default_factory=tools)


def list_faces(
    hq: Path, index: Path | None, split: str | None, limit: int | None, splits: str | None = None
) -> tuple[Face, ...]:
    """The images of a folder that an index and a split choose, the first `limit` by name."""
    if limit is not None and limit < 1:
        raise InputError(f"The limit is {limit} images; it must be 1 or more.")
    images = files.images_in(hq)
    by_person = None if splits is None else parse_splits(splits)
    chosen = list(label(images, index, split, by_person).items())[:limit]
    return tuple(
        Face(name, images[name].name, _sha256_or_nothing(images[name]), labels) for name, labels in chosen
    )


def _sha256_or_nothing(path: Path) -> str:
    try:
        return files.sha256_file(path)
    except OSError:
        return ""  # whoever reads the image will say why


def pair_names(name: str, copies: int) -> list[str]:
    """Names of the pairs made of one face: its own, or NAME-1 to NAME-K."""
    return [name] if copies == 1 else [f"{name}-{number}" for number in range(1, copies + 1)]


def plan_pairs(plan: Plan) -> Iterator[PlannedPair]:
    """All pairs, face by face."""
    named = ((face, name) for face in plan.faces for name in pair_names(face.name, plan.copies))
    return (PlannedPair(name, face, position) for position, (face, name) in enumerate(named))


def plan_shards(plan: Plan, most: int) -> dict[str, Sequence[PlannedPair]]:
    """The pairs of each shard, by file: at most `most`, of one split, in the order of the pairs.

    `00000.tar`, `00001.tar`, … or `train-00000.tar`, …, `val-00000.tar`, … where there are splits.
    """
    by_split: dict[str, list[PlannedPair]] = {}
    for pair in plan_pairs(plan):
        by_split.setdefault(pair.face.labels.split or "", []).append(pair)
    return {
        f"{split and split + '-'}{number:05d}.tar": pairs[number * most : (number + 1) * most]
        for split, pairs in sorted(by_split.items())
        for number in range(-(-len(pairs) // most))
    }


def begin(plan: Plan, out: Path) -> bool:
    """Write the plan into OUT, or find the same one there; True when OUT is already finished.

    An unfinished plan may change where nothing is made yet: a mended image, a corrected label.
    Raises OutputError when OUT holds something else or was made otherwise.
    """
    files.make_folder(out)
    path = out / PLAN
    if path.exists():
        old = files.read_json(path, Plan, "the plan of a data set")
        finished = (out / CARD).exists()
        differences = _differences(old, plan, out, finished=finished)
        if differences:
            raise OutputError(
                f"{out} was begun otherwise: {files.few(differences, 3)}. "
                "Choose another output folder, or remove this one to make it anew."
            )
        for folder in (out, out / "lq", out / "hq", out / SHARDS):
            files.remove_leftovers(folder)
        if finished or old == plan:
            return finished
    elif out.is_dir():
        others = sorted(entry.name for entry in out.iterdir() if not entry.name.startswith("."))
        if others:
            raise OutputError(
                f"{out} already holds other things ({files.few(others)}). Choose an empty or new folder."
            )
    files.write_json(path, plan)
    return False


def _differences(old: Plan, new: Plan, out: Path, *, finished: bool) -> list[str]:
    """What sets two plans apart, in words; before OUT is finished, only what its images depend on."""
    decisive = {f.name for f in fields(Plan)} - {"faces"}
    if not finished:
        decisive -= {"name", "source", "licence"}
    words = [
        f"{name} was {getattr(old, name)!r} and is now {getattr(new, name)!r}"
        for name in sorted(decisive)
        if getattr(old, name) != getattr(new, name)
    ]
    if finished:
        changed = sorted({face.name for face in set(old.faces) ^ set(new.faces)})
        return words + [f"{name} is new, gone, changed or labelled otherwise" for name in changed]
    words += _moved(old, new, out)
    if new.shards is not None:  # a shard is kept only when it holds what is planned
        planned = plan_shards(new, new.shards)
        surplus = sorted(path.name for path in (out / SHARDS).glob("[!.]*.tar") if path.name not in planned)
        return words + [f"{SHARDS}/{file} is there and not part of it" for file in surplus]
    same = {(face.name, face.file, face.sha256) for face in new.faces}
    return words + [
        f"{face.file} has changed or is gone since its LQ was made"
        for face in old.faces
        if (face.name, face.file, face.sha256) not in same and _is_made(face, old.copies, out)
    ]


def _moved(old: Plan, new: Plan, out: Path) -> list[str]:
    """Pairs that are made, or may be, and now have another place in the grid of their preset."""
    if not isinstance(find_preset(new.preset).draws, Grid):
        return []
    then = {pair.name: pair.position for pair in plan_pairs(old)}
    moved = [pair.face for pair in plan_pairs(new) if then.get(pair.name, pair.position) != pair.position]
    if new.shards is not None:
        made = moved if any((out / SHARDS).glob("[!.]*.tar")) else []
    else:
        made = [face for face in moved if _is_made(face, new.copies, out)]
    return [
        f"{file} had another place in the grid of {new.preset}"
        for file in dict.fromkeys(f.file for f in made)
    ]


def _is_made(face: Face, copies: int, out: Path) -> bool:
    return any(
        (out / kind / f"{name}.png").is_file()
        for name in pair_names(face.name, copies)
        for kind in ("lq", "hq")
    )
