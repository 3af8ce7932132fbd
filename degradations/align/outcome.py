"""What became of all photographs: duplicates and people told, crops in their places, everything written."""

import base64
import csv
import io
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from bfrbench import files
from bfrbench.degradations.align import card
from bfrbench.degradations.align.likeness import NONE, Numbers, near_duplicates, people
from bfrbench.degradations.align.limits import Measures
from bfrbench.degradations.align.listing import Photos, hashes_of, is_among
from bfrbench.degradations.align.log import Log
from bfrbench.degradations.align.photo import FACES, SET_ASIDE, Job, Row
from bfrbench.degradations.align.sheet import spread, write_sheet
from bfrbench.degradations.splits import Splits
from bfrbench.errors import InputError

INDEX, REPORT, KEPT, SKIPPED = "index.csv", "report.csv", "kept.jpg", "skipped.jpg"
DUPLICATE = "near-duplicate"
_MEASURES = tuple(item.name for item in fields(Measures))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Photographs by their numbers, and what is known of them together."""

    photos: Photos
    log: Log
    originals: Numbers  # the photograph that each nearly is, or NONE
    people: Numbers  # who is on each that is kept, from 0; or NONE
    told: bool  # whether people were told apart; if not, each face has the name of its photograph

    def rows(self) -> Iterator[Row]:
        """A row for every photograph; a near-duplicate is one of the skipped."""
        return map(self.row, range(len(self.photos)))

    def row(self, number: int) -> Row:
        """One photograph's."""
        row, original = self.log.read(number), self.originals[number]
        if original == NONE:
            return row
        return replace(row, reason=DUPLICATE, message=f"of {self.photos.files[original]}")

    def kept(self) -> Numbers:
        """The photographs that are kept."""
        return np.flatnonzero(self.people != NONE)

    def person(self, number: int) -> str:
        """Who is on a photograph that is kept."""
        return f"person-{self.people[number] + 1:05d}" if self.told else self.photos[number].name


def sort_out(job: Job, photos: Photos, log: Log) -> Outcome:
    """Tell near-duplicates and people, and put every crop where it belongs."""
    numbers, eyes, looks = array("q"), array("d"), bytearray()
    for number in range(len(photos)):
        row = log.read(number)
        if row.measures is not None and not row.reason:
            numbers.append(number)
            eyes.append(row.measures.eyes_px)
            looks += bytes.fromhex(row.look)
    cut = np.array(numbers, np.int64)
    # of photographs that are alike, the one with the largest face stands for all
    order = np.argsort(-np.array(eyes), kind="stable")
    alike = near_duplicates(np.frombuffer(looks, np.uint64).reshape(-1, 4), order)
    originals, who = np.full((2, len(photos)), NONE)
    originals[cut[alike != NONE]] = cut[alike[alike != NONE]]
    kept = cut[alike == NONE]
    who[kept] = _people(log, kept) if job.settings.recogniser else np.arange(len(kept))
    _arrange(job.out, photos, kept, cut[alike != NONE])
    return Outcome(photos, log, originals, who, told=bool(job.settings.recogniser))


@dataclass(frozen=True, slots=True)
class _VectorFile:
    """Vectors of one length in a file, of which those that are asked for are read."""

    file: BinaryIO
    count: int
    bytes_each: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice) -> NDArray[np.float32]:
        self.file.seek(rows.start * self.bytes_each)
        data = self.file.read((rows.stop - rows.start) * self.bytes_each)
        return np.frombuffer(data, "<f4").reshape(rows.stop - rows.start, -1)


def _people(log: Log, kept: Numbers) -> Numbers:
    with files.disk_errors(log.path), tempfile.TemporaryFile(dir=log.path.parent, prefix=".writing-") as file:
        for number in kept:
            file.write(base64.b64decode(log.read(number).vector))
        return people(_VectorFile(file, len(kept), file.tell() // max(1, len(kept))))


def _arrange(out: Path, photos: Photos, kept: Numbers, aside: Numbers) -> None:
    """Kept crops in one folder, near-duplicates in the other, and nothing else in either."""
    faces, set_aside = out / FACES, out / SET_ASIDE
    made = hashes_of(files.names_in(faces))
    for crop in _crops(photos, kept):
        if not is_among(made, crop):
            files.move(set_aside / crop, faces / crop)
    for crop in _crops(photos, aside):  # always made among the faces, so one that is there is the newer one
        if is_among(made, crop):
            files.move(faces / crop, set_aside / crop)
    for place, numbers in ((faces, kept), (set_aside, aside)):
        wanted = hashes_of(_crops(photos, numbers))
        for name in [name for name in files.names_in(place) if not is_among(wanted, name)]:
            files.remove(place / name)


def _crops(photos: Photos, numbers: Numbers) -> Iterator[str]:
    return (f"{photos[number].name}.png" for number in numbers)


def finish(job: Job, outcome: Outcome, splits: Splits | None, source: str, licence: str) -> card.Facts:
    """Write report, index, sheets and cards. Raises InputError, after the report, when no face is kept."""
    out, kept = job.out, outcome.kept()
    reasons = Counter(row.reason for row in outcome.rows())
    _write_csv(out / REPORT, ("file", "state", "reason", "message", "faces", *_MEASURES), _report(outcome))
    if not len(kept):
        raise InputError(
            f"No face is kept of {len(outcome.photos)} photographs: {card.in_short(reasons)}. "
            f"{out / REPORT} says why of each; the options change the limits."
        )
    columns = ("file", "person_id", "split", "landmarks", "photograph", *_MEASURES)
    _write_csv(out / INDEX, columns, _index(outcome, splits))
    _sheets(job, outcome)
    facts = card.facts(
        job.settings,
        reasons,
        np.bincount(outcome.people[kept]),
        Counter(splits.of(outcome.person(number)) for number in kept) if splits else {},
        source=source,
        licence=licence,
        index_sha256=files.sha256_file(out / INDEX),
    )
    files.write_text(out / card.README, card.in_words(facts))
    files.write_json(out / card.FACTS, facts)
    return facts


def _report(outcome: Outcome) -> Iterator[Sequence[object]]:
    for row in outcome.rows():
        state = "skipped" if row.reason else "kept"
        yield row.file, state, row.reason, row.message, row.faces, *_numbers(row)


def _index(outcome: Outcome, splits: Splits | None) -> Iterator[Sequence[object]]:
    for number in outcome.kept():
        row, person = outcome.row(number), outcome.person(number)
        points = ";".join(f"{value:.3f}" for value in row.landmarks)
        split = splits.of(person) if splits else ""
        yield f"{row.name}.png", person, split, points, row.file, *_numbers(row)


def _numbers(row: Row) -> Sequence[str]:
    if row.measures is None:
        return [""] * len(_MEASURES)
    return [f"{value:.4f}" for value in astuple(row.measures)]


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table row by row, atomically."""
    with files.writing(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _sheets(job: Job, outcome: Outcome) -> None:
    kept = [(number, outcome.photos[number].name) for number in spread(outcome.kept())]
    pictures = [
        (job.out / FACES / f"{name}.png", f"{name}\n{outcome.person(number)}") for number, name in kept
    ]
    write_sheet(job.out / KEPT, pictures)
    skipped = map(outcome.row, spread(np.flatnonzero(outcome.people == NONE)))
    write_sheet(job.out / SKIPPED, [(job.photos / row.file, f"{row.name}\n{row.reason}") for row in skipped])
