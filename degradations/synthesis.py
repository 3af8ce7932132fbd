"""Make a data set: HQ faces in; LQ and HQ pairs, the manifest of their recipes and a card out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from bfrbench import files, pixels
from bfrbench.degradations import manifest, recipe
from bfrbench.degradations.plan import CARD, Face, Plan, begin, list_faces, pair_names
from bfrbench.degradations.presets import Preset, draw_recipe, find_preset
from bfrbench.errors import InputError, OutputError, UnreadableImage
from bfrbench.parallel import parallel_map
from bfrbench.types import Card, DataSet, Image


def make_dataset(
    hq: Path,
    out: Path,
    *,
    preset: str,
    seed: int = 0,
    copies: int = 1,
    workers: int = 1,
    index: Path | None = None,
    split: str | None = None,
    source: str = "",
    licence: str = "",
    limit: int | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> DataSet:
    """Degrade the images of a folder into a data set; a run that was stopped goes on where it was.

    What is written is a function of the images, the index and the arguments; the number of workers
    changes nothing. The card is written last: while it is missing, the data set is not finished.
    An unreadable image does not stop the others; all of them are named in an UnreadableImage at the
    end, and the same command goes on once they are mended.
    Raises UnknownName, InputError (folder, index), OutputError (OUT holds or is something else, full disk).
    """
    ranges = find_preset(preset)
    if copies < 1:
        raise InputError(f"{copies} copies of each image are asked for; it must be 1 or more.")
    if hq.resolve().is_relative_to(out.resolve()):
        raise OutputError(f"The output folder {out} is or holds the HQ folder {hq}. Choose another one.")
    faces = list_faces(hq, index, split, limit)
    plan = Plan(
        name="-".join(part for part in (hq.resolve().name, split, ranges.id) if part),
        preset=ranges.full_name,
        seed=seed,
        copies=copies,
        source=source,
        licence=licence,
        faces=faces,
    )
    if not begin(plan, out):
        for kind in ("lq", "hq"):
            files.make_folder(out / kind)
        work = partial(_make_pairs, hq=hq, out=out, preset=ranges, seed=seed, copies=copies)
        made: list[_Made] = []
        unreadable: list[str] = []
        for done, result in enumerate(parallel_map(work, faces, workers), 1):
            if isinstance(result, str):
                unreadable.append(result)
            else:
                made.extend(result)
            on_progress(done * copies, len(faces) * copies)
        if unreadable:
            raise UnreadableImage(
                f"{len(unreadable)} of {len(faces)} images could not be read; the others are done. Mend "
                f"them or take them away, and run the same command again. {' '.join(unreadable[:5])}"
            )
        _finish(plan, ranges, made, out)
    return manifest.open_dataset(out)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a worker sends back of one pair: its row of the manifest."""

    row: dict[str, Any]
    recipe_values: dict[str, recipe.Value]


def _make_pairs(
    face: Face, *, hq: Path, out: Path, preset: Preset, seed: int, copies: int
) -> list[_Made] | str:
    """Write what is not there yet of the pairs of one face; or say why its image cannot be read."""
    try:
        image = pixels.read_image(hq / face.file)
    except UnreadableImage as error:
        return str(error)
    height, width = image.shape[:2]
    encode_hq = cache(partial(pixels.encode_png, image))
    made = []
    for name in pair_names(face.name, copies):
        steps = draw_recipe(preset, seed, name, (height, width))
        row = {
            "name": name,
            "source_file": face.file,
            "source_sha256": face.sha256,
            "lq_sha256": _keep_or_write(out / "lq" / f"{name}.png", partial(encode_lq, steps, image)),
            "hq_sha256": _keep_or_write(out / "hq" / f"{name}.png", encode_hq),
            "width": width,
            "height": height,
            "person_id": face.labels.person_id,
            "split": face.labels.split,
            "landmarks": face.labels.landmarks,
            "recipe": recipe.to_json(steps),
        }
        made.append(_Made(row, recipe.columns(steps)))
    return made


def encode_lq(steps: recipe.Recipe, hq: Image) -> bytes:
    """The LQ file that a recipe makes of an HQ image."""
    return pixels.encode_png(recipe.apply(steps, hq))


def _keep_or_write(path: Path, encode: Callable[[], bytes]) -> str:
    """The sha256 of a file, written first when it is not there. Writes are atomic: a file there is whole."""
    if not path.is_file():
        files.write_bytes(path, encode())
    return files.sha256_file(path)


def _finish(plan: Plan, preset: Preset, made: list[_Made], out: Path) -> None:
    """Write the manifest, and last of all the card."""
    rows = manifest.table([pair.row for pair in made], [pair.recipe_values for pair in made])
    files.write_parquet(out / manifest.MANIFEST, rows)
    card = Card(
        name=plan.name,
        count=len(rows),
        people=rows["person_id"].nunique(),
        preset=plan.preset,
        preset_source=preset.source,
        seed=plan.seed,
        copies=plan.copies,
        source=plan.source,
        licence=plan.licence,
        manifest_sha256=files.sha256_file(out / manifest.MANIFEST),
        tools=plan.tools,
    )
    files.write_json(out / CARD, card)
