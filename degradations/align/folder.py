"""A folder of photographs becomes a folder of aligned faces with an index, a report, two sheets and a card.

```
OUT/faces/NAME.png   kept        OUT/index.csv   of the kept ones: person, split, landmarks, measures
OUT/set-aside/       duplicates  OUT/report.csv  of all photographs: kept, or why not
OUT/kept.jpg, skipped.jpg        OUT/README.md, align.json: the card, written last
```

Photographs are looked at one by one, by any number of workers, and their rows wait on disk: of each, memory
holds its path and a few numbers, never its picture. The same command again looks at what is new or changed
alone; the number of workers changes no byte.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from bfrbench import files
from bfrbench.degradations.align import card
from bfrbench.degradations.align.listing import list_photos
from bfrbench.degradations.align.log import FILE as LOG
from bfrbench.degradations.align.log import open_log
from bfrbench.degradations.align.outcome import INDEX, KEPT, REPORT, SKIPPED, finish, sort_out
from bfrbench.degradations.align.photo import FACES, SET_ASIDE, Job, Photo, Row, look_at, state_of, tools
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
    log = open_log(job.out, job.settings, photos, partial(_holds, job))
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
    if out.resolve().is_relative_to(photos.resolve()) or photos.resolve().is_relative_to(out.resolve()):
        raise OutputError(f"{out} and {photos} are one in the other. Choose an output folder elsewhere.")
    files.make_folder(out)
    known = {FACES, SET_ASIDE, INDEX, REPORT, KEPT, SKIPPED, card.README, card.FACTS}
    others = [path.name for path in out.iterdir() if path.name not in known and path.name[0] != "."]
    if others or ((out / FACES).exists() and not (out / LOG).exists()):
        raise OutputError(
            f"{out} already holds other things ({files.few(sorted(others) or [FACES])}). Choose an empty or "
            "new folder."
        )
    for folder in (out / FACES, out / SET_ASIDE):
        files.make_folder(folder)
    (out / card.FACTS).unlink(missing_ok=True)


def _holds(job: Job, photo: Photo, row: Row) -> bool:
    """Whether a row is of a photograph as it now is and is called, and its crop, if any, still exists."""
    places = (job.out / place / f"{row.name}.png" for place in (FACES, SET_ASIDE))
    return (
        row.name == photo.name
        and row.state == state_of(job.photos / photo.file)
        and (bool(row.reason) or any(place.is_file() for place in places))
    )
