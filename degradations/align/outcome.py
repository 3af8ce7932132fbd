"""What became of all photographs: duplicates and people told, crops in their places, everything written."""

import base64
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np

from bfrbench import files
from bfrbench.degradations.align import card, likeness
from bfrbench.degradations.align.limits import Measures
from bfrbench.degradations.align.log import Log
from bfrbench.degradations.align.photo import FACES, SET_ASIDE, Job, Photo, Row
from bfrbench.degradations.align.sheet import spread, write_sheet
from bfrbench.degradations.splits import Splits
from bfrbench.errors import InputError

INDEX, REPORT, KEPT, SKIPPED = "index.csv", "report.csv", "kept.jpg", "skipped.jpg"
DUPLICATE = "near-duplicate"
_MEASURES = tuple(item.name for item in fields(Measures))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Photographs in their order, and what is known of them together."""

    photos: Sequence[Photo]
    log: Log
    duplicates: Mapping[str, str]  # name → the photograph it nearly is
    people: Mapping[str, str]  # name of each kept face → person

    def rows(self) -> Iterator[Row]:
        """A row for every photograph; a near-duplicate is one of the skipped."""
        for photo in self.photos:
            row = self.log.read(photo.file)
            if row.name in self.duplicates:
                row = replace(row, reason=DUPLICATE, message=f"of {self.duplicates[row.name]}")
            yield row


def sort_out(job: Job, photos: Sequence[Photo], log: Log) -> Outcome:
    """Tell near-duplicates and people, and put every crop where it belongs."""
    names: list[str] = []
    places: list[str] = []
    eyes: list[float] = []
    looks, vectors = bytearray(), bytearray()
    for photo in photos:
        row = log.read(photo.file)
        if row.measures is not None and not row.reason:
            names.append(row.name)
            places.append(row.file)
            eyes.append(row.measures.eyes_px)
            looks += bytes.fromhex(row.look)
            vectors += base64.b64decode(row.vector)
    # of photographs that are alike, the one with the largest face stands for all
    order = sorted(range(len(names)), key=lambda number: (-eyes[number], number))
    alike = likeness.near_duplicates(np.frombuffer(looks, np.uint64).reshape(-1, 4), order)
    kept = [number for number in range(len(names)) if number not in alike]
    _arrange(job.out, [names[number] for number in kept], [names[number] for number in alike])
    people = [names[number] for number in kept]
    if job.settings.recogniser and kept:
        table = np.frombuffer(vectors, "<f4").reshape(len(names), -1)[kept]
        people = [f"person-{number + 1:05d}" for number in likeness.people(table)]
    return Outcome(
        photos,
        log,
        {names[one]: places[other] for one, other in alike.items()},
        {names[number]: person for number, person in zip(kept, people, strict=True)},
    )


def _arrange(out: Path, kept: Sequence[str], aside: Sequence[str]) -> None:
    """Kept crops in one folder, near-duplicates in the other, and nothing else in either."""
    for name in kept:
        if not (out / FACES / f"{name}.png").is_file():
            (out / SET_ASIDE / f"{name}.png").replace(out / FACES / f"{name}.png")
    for name in aside:  # a crop is always made among the faces, so one that is there is the newer one
        if (out / FACES / f"{name}.png").is_file():
            (out / FACES / f"{name}.png").replace(out / SET_ASIDE / f"{name}.png")
    for names, place in ((kept, FACES), (aside, SET_ASIDE)):
        wanted = {f"{name}.png" for name in names}
        for path in (out / place).iterdir():
            if path.name not in wanted:
                path.unlink()


def finish(job: Job, outcome: Outcome, splits: Splits | None, source: str, licence: str) -> card.Facts:
    """Write report, index, sheets and cards. Raises InputError, after the report, when no face is kept."""
    out = job.out
    reasons = Counter(row.reason for row in outcome.rows())
    _write_csv(out / REPORT, ("file", "state", "reason", "message", "faces", *_MEASURES), _report(outcome))
    if not outcome.people:
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
        outcome.people,
        splits,
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
    for row in outcome.rows():
        if not row.reason:
            person = outcome.people[row.name]
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
    kept = [photo for photo in outcome.photos if photo.name in outcome.people]
    skipped = [photo for photo in outcome.photos if photo.name not in outcome.people]
    write_sheet(
        job.out / KEPT,
        [
            (job.out / FACES / f"{photo.name}.png", f"{photo.name}\n{outcome.people[photo.name]}")
            for photo in spread(kept)
        ],
    )
    why = {photo.file: outcome.log.read(photo.file) for photo in spread(skipped)}
    write_sheet(
        job.out / SKIPPED,
        [(job.photos / file, f"{row.name}\n{row.reason or DUPLICATE}") for file, row in why.items()],
    )
