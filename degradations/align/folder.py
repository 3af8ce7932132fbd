"""A folder of photographs becomes a folder of aligned faces with an index, a report, two sheets and a card.

```
OUT/faces/NAME.png   kept        OUT/index.csv   of the kept ones: person, split, landmarks, measures
OUT/set-aside/       duplicates  OUT/report.csv  of all photographs: kept, or why not
OUT/kept.jpg, skipped.jpg        OUT/README.md, align.json: the card, written last
```

Photographs are looked at one by one, by any number of workers, and their rows wait on disk: of each, memory
holds its path and a few numbers, never its picture. The same command again looks at what is new or changed
alone; the number of workers changes no byte. Where OUT is an address, the rows stay on the disk of the
machine that began.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bfrbench import files, storage
from bfrbench.degradations.align import card
from bfrbench.degradations.align.listing import hashes_of, is_among, list_photos
from bfrbench.degradations.align.log import log_file, open_log
from bfrbench.degradations.align.outcome import INDEX, KEPT, REPORT, SKIPPED, finish, sort_out
from bfrbench.degradations.align.photo import FACES, SET_ASIDE, Job, Photo, Row, look_at, tools
from bfrbench.degradations.splits import Splits
from bfrbench.engine import HERE, Engine
from bfrbench.errors import OutputError


def align_folder(
    job: Job,
    *,
    splits: Splits | None = None,
    source: str = "",
    licence: str = "",
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> card.Facts:
    """Align the photographs in `job.photos` and below into `job.out`.

    A photograph without a face to keep does not stop the others. `splits` puts every person into train, val
    or test. Raises InputError (no photographs, two that would share a name, no face kept), OutputError (OUT
    holds something else or was begun with other settings, full disk).
    """
    photos = list_photos(job.photos)
    _begin(job.out, job.photos)
    log = open_log(job.out, job.settings, photos, partial(_holds, _crops_in(job.out)))
    try:
        waiting = log.missing()
        before = len(photos) - len(waiting)
        tools.cache_clear()
        on_progress(before, len(photos))
        to_see = (photos[number] for number in waiting)
        rows = engine.map(partial(look_at, job=job), to_see, together=4)
        for done, (number, row) in enumerate(zip(waiting, rows, strict=True), before + 1):
            log.add(number, row)
            on_progress(done, len(photos))
        return finish(job, sort_out(job, photos, log), splits, source, licence)
    finally:
        tools.cache_clear()
        log.close()


def _begin(out: Path, photos: Path) -> None:
    if files.is_inside(out, photos) or files.is_inside(photos, out):
        raise OutputError(f"{out} and {photos} are one in the other. Choose an output folder elsewhere.")
    files.make_folder(out)
    known = {FACES, SET_ASIDE, INDEX, REPORT, KEPT, SKIPPED, card.README, card.FACTS}
    there = set(files.names_in(out))
    others = [name for name in there if name not in known and name[0] != "."]
    if others or (FACES in there and not log_file(out).is_file()):
        begun_elsewhere = storage.is_remote(out) and not others
        raise OutputError(
            f"{out} already holds other things ({files.few(sorted(others) or [FACES])}). Choose an empty or "
            f"new folder{', or go on with the machine that began it' if begun_elsewhere else ''}."
        )
    for folder in (out / FACES, out / SET_ASIDE):
        files.make_folder(folder)
    files.remove(out / card.FACTS)


def _crops_in(out: Path) -> NDArray[np.int64]:
    """The hashes of the crops that are there."""
    return hashes_of(name for place in (FACES, SET_ASIDE) for name in files.names_in(out / place))


def _holds(crops: NDArray[np.int64], photo: Photo, row: Row) -> bool:
    """Whether a row is of a photograph as it now is and is called, and its crop, if any, still exists."""
    return (
        row.name == photo.name
        and row.state == photo.state
        and (bool(row.reason) or is_among(crops, f"{row.name}.png"))
    )
