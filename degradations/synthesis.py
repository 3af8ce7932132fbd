"""Make a data set: HQ faces in; LQ and HQ pairs, the manifest of their recipes and two cards out."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, repeat
from pathlib import Path

from bfrbench import files
from bfrbench.degradations import manifest
from bfrbench.degradations.card import README, in_words
from bfrbench.degradations.fast import NAME as FAST
from bfrbench.degradations.pairs import Batch, Made, Shard, Source, draw_pairs
from bfrbench.degradations.plan import (
    CARD,
    MODE,
    SHARDS,
    Plan,
    PlannedPair,
    begin,
    list_faces,
    plan_pairs,
    plan_shards,
    table_tools,
)
from bfrbench.degradations.presets import find_preset
from bfrbench.degradations.rows import waiting_rows
from bfrbench.degradations.shards import SHARDS_JSON, check_names, make_shard
from bfrbench.engine import HERE, Engine
from bfrbench.errors import InputError, OutputError, UnreadableImage
from bfrbench.types import Card, DataSet

Progress = Callable[[int, int], None]


def make_dataset(
    hq: Path,
    out: Path,
    *,
    preset: str,
    seed: int = 0,
    copies: int = 1,
    engine: Engine = HERE,
    index: Path | None = None,
    split: str | None = None,
    splits: str | None = None,
    shards: int | None = None,
    fast: bool = False,
    source: str = "",
    licence: str = "",
    limit: int | None = None,
    on_progress: Progress = lambda *_: None,
) -> DataSet:
    """Degrade the images of a folder into a data set; a run that was stopped goes on where it was.

    What is written is a function of the images, the index and the arguments; the engine and its
    number of workers change nothing. The card is written last: while it is missing, the data set is not
    finished.
    `splits`, as in "80/10/10", puts every person into train, val or test by the hash of the person's id
    (`splits.py`). `shards` packs so many pairs into each tar (`shards.py`); a stopped run then goes on
    by whole shards. `fast` carries out recipes as `fast.py` does: nearly the same pixels, much sooner.
    An unreadable image does not stop the others (with shards: the other shards); all of them are named
    in an UnreadableImage at the end, and the same command goes on once they are mended.
    Raises UnknownName, InputError (folder, index), OutputError (OUT holds or is something else, full disk).
    """
    ranges = find_preset(preset)
    if copies < 1:
        raise InputError(f"{copies} copies of each image are asked for; it must be 1 or more.")
    if shards is not None and shards < 1:
        raise InputError(f"{shards} pairs per shard are asked for; it must be 1 or more.")
    if files.is_inside(hq, out):
        raise OutputError(f"The output folder {out} is or holds the HQ folder {hq}. Choose another one.")
    plan = Plan(
        name="-".join(part for part in (hq.resolve().name, split, ranges.id) if part),
        preset=ranges.full_name,
        seed=seed,
        copies=copies,
        source=source,
        licence=licence,
        faces=list_faces(hq, index, split, limit, splits),
        splits=splits,
        shards=shards,
        mode=FAST if fast else "exact",
    )
    if shards is not None:
        check_names(list(plan_pairs(plan)))
    if not begin(plan, out):
        _make(plan, Source(hq, ranges, seed, plan.mode, plan.tools), out, engine, on_progress)
    return manifest.open_dataset(out)


def _make(plan: Plan, source: Source, out: Path, engine: Engine, on_progress: Progress) -> None:
    """Make what is missing, and finish; raises UnreadableImage when some faces cannot be read."""
    total = len(plan.faces) * plan.copies
    done = 0
    shards: list[Shard] = []
    unreadable: list[str] = []
    with waiting_rows(out) as rows:
        for count, batch in _batches(plan, source, out, engine):
            rows.add(batch.made)
            unreadable.extend(batch.unreadable)
            shards.extend([batch.shard] if batch.shard else [])
            done += count
            on_progress(done, total)
        if unreadable:
            raise UnreadableImage(
                f"{len(unreadable)} of {len(plan.faces)} images could not be read; the others are done. Mend "
                f"them or take them away, and run the same command again. {' '.join(unreadable[:5])}"
            )
        rows.write(out / manifest.MANIFEST)
    _finish(plan, source, shards, out)


def _batches(plan: Plan, source: Source, out: Path, engine: Engine) -> Iterator[tuple[int, Batch]]:
    """How many pairs were planned together, and what became of them."""
    if plan.shards is None:
        for kind in ("lq", "hq"):
            files.make_folder(out / kind)
        faces = (list(pairs) for _, pairs in groupby(plan_pairs(plan), key=lambda pair: pair.face))
        made = engine.map(partial(_make_files, out=out, source=source), faces, together=8)
        yield from zip(repeat(plan.copies), made, strict=False)
    else:
        files.make_folder(out / SHARDS)
        jobs = plan_shards(plan, plan.shards)
        made = engine.map(partial(make_shard, out=out, source=source), jobs.items())
        yield from zip(map(len, jobs.values()), made, strict=True)


def _make_files(pairs: Sequence[PlannedPair], *, out: Path, source: Source) -> Batch:
    """Write what is not there yet of the pairs of one face."""
    made: list[Made] = []
    unreadable: list[str] = []
    for pair in draw_pairs(pairs, source):
        if isinstance(pair, str):
            unreadable.append(pair)
            continue
        file = f"{pair.row['name']}.png"
        hashes = {
            "lq_sha256": _keep_or_write(out / "lq" / file, pair.lq),
            "hq_sha256": _keep_or_write(out / "hq" / file, pair.hq),
        }
        made.append(Made({**pair.row, **hashes}, pair.recipe_values))
    return Batch(made, unreadable)


def _keep_or_write(path: Path, encode: Callable[[], bytes]) -> str:
    """The sha256 of a file, written first when it is not there. Writes are atomic: a file there is whole."""
    if not path.is_file():
        files.write_bytes(path, encode())
    return files.sha256_file(path)


def _finish(plan: Plan, source: Source, shards: Sequence[Shard], out: Path) -> None:
    """Write the list of shards, the card in words, and last of all the card."""
    columns = ["person_id", "split", "landmarks", "width", "height"]
    rows = files.parquet_table(out / manifest.MANIFEST, columns)
    if shards:
        files.write_json(out / SHARDS_JSON, shards)
    card = Card(
        name=plan.name,
        count=len(rows),
        people=rows["person_id"].nunique(),
        preset=plan.preset,
        preset_source=source.preset.source,
        seed=plan.seed,
        copies=plan.copies,
        source=plan.source,
        licence=plan.licence,
        manifest_sha256=files.sha256_file(out / manifest.MANIFEST),
        tools={**plan.tools, **table_tools(), **({} if plan.mode == "exact" else {MODE: plan.mode})},
    )
    files.write_text(out / README, in_words(card, rows, source.preset, plan, shards))
    files.write_json(out / CARD, card)
