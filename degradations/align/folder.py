"""A folder of photographs becomes a folder of aligned faces with an index, a report, two sheets and a card.

```
OUT/faces/NAME.png   kept        OUT/index.csv   of the kept ones: person, split, landmarks, measures
OUT/set-aside/       duplicates  OUT/report.csv  of all photographs: kept, or why not
OUT/kept.jpg, skipped.jpg        OUT/README.md, align.json: the card, written last
```

Photographs are looked at one by one, by any number of workers, and their rows wait on disk: memory holds
paths, hashes and (with a recogniser) vectors, never pictures. The same command again looks at what is new or
changed alone; the number of workers changes no byte.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from bfrbench import files
from bfrbench.degradations.align import card
from bfrbench.degradations.align.log import FILE as LOG
from bfrbench.degradations.align.log import open_log
from bfrbench.degradations.align.outcome import INDEX, KEPT, REPORT, SKIPPED, finish, sort_out
from bfrbench.degradations.align.photo import FACES, SET_ASIDE, Job, Photo, Row, look_at, tools
from bfrbench.degradations.splits import Splits
from bfrbench.errors import InputError, OutputError
from bfrbench.parallel import parallel_map


def align_folder(
    job: Job,
    *,
    splits: Splits | None = None,
    source: str = "",
    licence: str = "",
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> card.Facts:
    """Align the photographs in `job.photos` and below into `job.out`.

    A photograph without a face to keep does not stop the others. `splits` puts every person into train, val
    or test. Raises InputError (no photographs, two that would share a name, no face kept), OutputError (OUT
    holds something else or was begun with other settings, full disk).
    """
    photos = list_photos(job.photos)
    _begin(job.out, job.photos)
    log = open_log(job.out, job.settings, partial(_is_there, job.out))
    try:
        waiting = [photo for photo in photos if not log.knows(photo)]
        tools.cache_clear()
        on_progress(len(photos) - len(waiting), len(photos))
        rows = parallel_map(partial(look_at, job=job), waiting, min(workers, max(1, len(waiting))))
        for done, row in enumerate(rows, len(photos) - len(waiting) + 1):
            log.add(row)
            on_progress(done, len(photos))
        return finish(job, sort_out(job, photos, log), splits, source, licence)
    finally:
        tools.cache_clear()
        log.close()


def list_photos(folder: Path) -> list[Photo]:
    """The image files in a folder and below, sorted by path; `a/b.jpg` becomes the face `a-b`.

    Where two files would share a name, each gets its suffix too: `a-b-jpg`, `a-b-png`.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    found = sorted(_images_below(folder))
    if not found:
        raise InputError(f"{folder} holds no image ({', '.join(sorted(files.IMAGE_SUFFIXES))}).")
    shared = _more_than_once(map(_plain_name, found))
    names = [_name(file, shared) for file in found]
    twice = _more_than_once(names)
    if twice:
        raise InputError(
            f"Several photographs of {folder} would be called {files.few(sorted(twice))}. Rename them."
        )
    return [Photo(file, name, _state(folder / file)) for file, name in zip(found, names, strict=True)]


def _images_below(folder: Path) -> Iterator[str]:
    """Paths below the folder, with slashes; nothing that is hidden. Strings, since there may be many."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(place).relative_to(folder)
        for name in names:
            if Path(name).suffix.lower() in files.IMAGE_SUFFIXES and not name.startswith("."):
                yield (below / name).as_posix()


def _plain_name(file: str) -> str:
    return file.rpartition(".")[0].replace("/", "-")


def _name(file: str, shared: Collection[str]) -> str:
    plain = _plain_name(file)
    return f"{plain}-{file.rpartition('.')[2].lower()}" if plain in shared else plain


def _more_than_once(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def _state(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


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
        files.remove_leftovers(folder)
    (out / card.FACTS).unlink(missing_ok=True)


def _is_there(out: Path, row: Row) -> bool:
    """Whether a row's crop, if it has one, still exists."""
    return bool(row.reason) or any(
        (out / place / f"{row.name}.png").is_file() for place in (FACES, SET_ASIDE)
    )
