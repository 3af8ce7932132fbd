"""Carry out the recipe: get each source, cut, check, and write faces, index, attribution and cards.

```
OUT/faces/NAME.png    OUT/index.csv    OUT/ATTRIBUTION.md    OUT/README.md    OUT/openfaces.json
```

`openfaces.json` is written last: while it is missing, the set is not finished, and the same command goes on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from bfrbench import files, pixels
from bfrbench.degradations.openfaces import card
from bfrbench.degradations.openfaces.cutting import cut, judge
from bfrbench.degradations.openfaces.mirror import Mirror, NotGot
from bfrbench.degradations.openfaces.recipe import Crop, full_name, read_recipe
from bfrbench.errors import OutputError, UnreadableImage

FACES, INDEX, FACTS = "faces", "index.csv", "openfaces.json"
AT_ONCE = 4
"""Files under way at a time: sources are on somebody else's server."""

State = Literal["exact", "near", "missing", "changed", "unreachable", "wrong"]
STATES: Mapping[State, str] = {
    "missing": "the mirror has no such file",
    "changed": "the mirror's file is another one than the recipe means",
    "unreachable": "the mirror did not answer, or not in time",
    "wrong": "the crop did not come out as it should",
}
"""What keeps a crop from being had."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one crop."""

    name: str
    state: State
    message: str = ""  # for all but exact and near
    kept: bool = False  # it was there already, and is right


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all of them."""

    name: str  # openfaces512@1
    folder: Path
    outcomes: tuple[Outcome, ...]  # sorted by name
    finished: bool  # the cards are written

    @property
    def troubles(self) -> tuple[Outcome, ...]:
        """Crops that could not be had."""
        return tuple(outcome for outcome in self.outcomes if outcome.state not in ("exact", "near"))

    def count(self, state: State) -> int:
        """How many crops are in a state."""
        return sum(outcome.state == state for outcome in self.outcomes)


def get_openfaces(
    size: int,
    out: Path,
    mirror: Mirror,
    *,
    partial: bool = False,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Make OpenFaces of one size in OUT; see `make_faces`."""
    crops = read_recipe(size)
    return make_faces(full_name(size), crops, out, mirror, partial=partial, on_progress=on_progress)


def make_faces(
    name: str,
    crops: Sequence[Crop],
    out: Path,
    mirror: Mirror,
    *,
    partial: bool = False,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Make the crops of a recipe in OUT; whatever is there and right is kept, whatever is wrong is made anew.

    A source that cannot be had does not stop the others; it is told in the report. Then the set stays
    unfinished, unless `partial` asks to finish it with what there is: its name and card say so.
    Raises OutputError (OUT holds something else, full disk).
    """
    faces = _begin(name, crops, out, partial=partial)
    outcomes = []
    for done, outcome in enumerate(_make_all(crops, faces, mirror), 1):
        outcomes.append(outcome)
        on_progress(done, len(crops))
    had = {outcome.name for outcome in outcomes if outcome.state in ("exact", "near")}
    finished = bool(had) and (partial or len(had) == len(crops))
    report = Report(name, out, tuple(outcomes), finished)
    if finished:
        _finish([crop for crop in crops if crop.name in had], report)
    return report


def _begin(name: str, crops: Sequence[Crop], out: Path, *, partial: bool) -> Path:
    """The folder for faces. Raises OutputError when OUT holds another set, or anything else."""
    faces = files.make_folder(files.make_folder(out) / FACES)
    files.remove_leftovers(faces)
    known = {FACES, INDEX, FACTS, card.README, card.ATTRIBUTION}
    names = {f"{crop.name}.png" for crop in crops}
    others = [path.name for path in out.iterdir() if path.name not in known and path.name[0] != "."]
    others += [f"{FACES}/{path.name}" for path in faces.iterdir() if path.name not in names]
    if others:
        raise OutputError(
            f"{out} holds what is no part of {name}: {files.few(sorted(others))}. "
            "Choose an empty or new folder."
        )
    if not partial:
        (out / FACTS).unlink(missing_ok=True)  # until every crop has been seen to be right
    return faces


def _make_all(crops: Sequence[Crop], faces: Path, mirror: Mirror) -> Iterator[Outcome]:
    """Outcomes in the crops' order. Whatever ends this early ends the transfers too."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="openfaces")
    try:
        yield from pool.map(lambda crop: _make(crop, faces / f"{crop.name}.png", mirror), crops)
    finally:
        mirror.stop.set()
        pool.shutdown(cancel_futures=True)


def _make(crop: Crop, path: Path, mirror: Mirror) -> Outcome:
    if (state := _there(path, crop)) is not None:
        return Outcome(crop.name, state, kept=True)
    try:
        face = cut(mirror.get(crop.source), crop)
    except NotGot as trouble:
        return Outcome(crop.name, trouble.trouble, str(trouble))
    except UnreadableImage as error:
        return Outcome(crop.name, "wrong", str(error))
    verdict = judge(face, crop)
    if verdict == "wrong":
        return Outcome(
            crop.name,
            "wrong",
            "its crop differs from the recipe's: this OpenCV or JPEG decoder works otherwise",
        )
    pixels.write_png(path, face)
    return Outcome(crop.name, verdict)


def _there(path: Path, crop: Crop) -> Literal["exact", "near"] | None:
    """The verdict on a face that is there already; None when there is none, or not the right one."""
    if not path.is_file():
        return None
    try:
        face = pixels.read_image(path)
    except UnreadableImage:
        return None
    if face.shape != (crop.size, crop.size, 3):
        raise OutputError(
            f"{path} is {face.shape[1]}×{face.shape[0]} px, not {crop.size}: another set is in that folder. "
            "Choose an empty or new one."
        )
    verdict = judge(face, crop)
    return None if verdict == "wrong" else verdict


def _finish(crops: Sequence[Crop], report: Report) -> None:
    out = report.folder
    files.write_text(out / INDEX, _index(crops).to_csv(index=False, lineterminator="\n"))
    missing = [outcome.name for outcome in report.troubles]
    facts = card.facts(report.name, crops, missing, files.sha256_file(out / INDEX))
    files.write_text(out / card.ATTRIBUTION, card.attribution(crops))
    files.write_text(out / card.README, card.in_words(facts))
    files.write_json(out / FACTS, facts)


def _index(crops: Sequence[Crop]) -> pd.DataFrame:
    """A row per face, as `degrade --index` reads it, with where it is from."""
    return pd.DataFrame(
        {
            "file": [f"{crop.name}.png" for crop in crops],
            "person_id": [crop.person_id for crop in crops],
            "split": [crop.split for crop in crops],
            "landmarks": [_text(crop) for crop in crops],
            "set": [crop.set for crop in crops],
            "licence": [crop.licence for crop in crops],
            "licence_basis": [crop.licence_basis for crop in crops],
            "source": [crop.source.place for crop in crops],
            "source_sha256": [crop.source.sha256 for crop in crops],
        }
    )


def _text(crop: Crop) -> str:
    return ";".join(f"{value:.3f}" for value in np.ravel(crop.landmarks_in_crop))
