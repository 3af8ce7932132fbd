"""Images made elsewhere become a run: matched by name, decoded by our rules, written as PNG."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bfrbench.benchmark.provenance import provenance
from bfrbench.benchmark.runs import Plan, begin, finish
from bfrbench.engine import HERE, Engine
from bfrbench.errors import InputError, NameMismatch, UnreadableImage
from bfrbench.files import few, images_in, sha256_bytes
from bfrbench.pixels import read_image, write_png
from bfrbench.types import DataSet, ImageState, Run


def adopt(
    data: DataSet,
    out: Path,
    folder: Path,
    *,
    name: str,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Run:
    """Make a run of `folder`, which holds the restored images under the names of the LQ ones.

    A missing or unreadable image is recorded as such. Raises NameMismatch when the folder holds images
    that the data set does not name: then it is most likely the wrong folder.
    """
    found = images_in(folder)
    names = sorted(pair.name for pair in data.pairs)
    extra = sorted(found.keys() - set(names))
    if extra:
        raise NameMismatch(
            f"{folder} holds images that the data set {data.folder} does not name: {few(extra)}. "
            f"Restored images bear the names of the LQ ones: {few(names)}."
        )
    return _take_all(data, out, found, name=name, engine=engine, on_progress=on_progress)


def adopt_hq(
    data: DataSet,
    out: Path,
    *,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Run:
    """Make the run `hq` of the HQ images themselves: the board's upper anchor.

    Raises InputError when a pair has no HQ.
    """
    found = {pair.name: data.folder / pair.hq for pair in data.pairs if pair.hq is not None}
    if len(found) < len(data.pairs):
        raise InputError(f"{data.folder} does not have the HQ of every image, so there is no `hq` anchor.")
    return _take_all(data, out, found, name="hq", engine=engine, on_progress=on_progress)


def _take_all(
    data: DataSet,
    out: Path,
    found: Mapping[str, Path],
    *,
    name: str,
    engine: Engine,
    on_progress: Callable[[int, int], None],
) -> Run:
    plan = Plan(restorer=name, spec="", dataset_sha256=data.card.manifest_sha256)
    restored = begin(out, plan)
    names = sorted(pair.name for pair in data.pairs)
    images = []
    items = ((image, found.get(image)) for image in names)
    for state in engine.map(partial(_take, restored), items, together=16):
        images.append(state)
        on_progress(len(images), len(names))
    run = Run(name, "", plan.dataset_sha256, tuple(images), provenance=provenance())
    return finish(out, run)


def _take(restored: Path, item: tuple[str, Path | None]) -> ImageState:
    name, source = item
    target = restored / f"{name}.png"
    target.unlink(missing_ok=True)  # of an earlier call, when the source may have been there
    if source is None:
        return ImageState(name, "missing", message="The folder holds no image of this name.")
    try:
        image = read_image(source)
    except UnreadableImage as error:
        return ImageState(name, "unreadable", message=str(error))
    return ImageState(name, "ok", sha256_bytes(write_png(target, image)))
