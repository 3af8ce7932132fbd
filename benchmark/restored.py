"""The images to score: a run's, or those in any folder, matched to a data set by name and never by order."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bfrbench.benchmark.runs import open_run
from bfrbench.errors import InputError, NameMismatch
from bfrbench.files import few, images_in, sha256_file, sha256_json
from bfrbench.types import DataSet, State


@dataclass(frozen=True, slots=True)
class Restored:
    """Restored images by the names of their pairs, and why others have none."""

    name: str  # of the restorer, as the board shows it
    files: Mapping[str, Path]
    absent: Mapping[str, State]  # images that the run itself could not make; all others are missing
    hashes: Mapping[str, str]  # of the files, by the names of their pairs
    sha256: str  # of the run, or over names and files: the same images have the same


def find_restored(folder: Path, data: DataSet, *, name: str | None, suffix: str) -> Restored:
    """Find the restored images of a run folder (run.json, restored/) or of a plain folder.

    `suffix` is stripped from the names in a plain folder that end in it. Raises InputError when there is no
    image at all, or the run is over another data set or not what its run.json says; NameMismatch when an
    image belongs to no pair.
    """
    if (folder / "run.json").is_file():
        return _of_run(folder, data, name)
    files = match_names(images_in(folder), [pair.name for pair in data.pairs], folder, suffix)
    hashes = {pair: sha256_file(path) for pair, path in sorted(files.items())}
    return Restored(name or folder.resolve().name, files, {}, hashes, sha256_json(hashes))


def _of_run(folder: Path, data: DataSet, name: str | None) -> Restored:
    run = open_run(folder, check_images=True)
    if run.dataset_sha256 != data.card.manifest_sha256:
        raise InputError(
            f"{folder} is a run over another data set than {data.folder} (its manifest's sha256 begins with "
            f"{run.dataset_sha256[:12]}, not {data.card.manifest_sha256[:12]}). "
            "Score it against the one that it was made from."
        )
    files = {i.name: folder / "restored" / f"{i.name}.png" for i in run.images if i.state == "ok"}
    if not files:
        raise InputError(f"{folder} holds no restored image: its run.json says why. Restore again.")
    absent = {image.name: image.state for image in run.images if image.state != "ok"}
    hashes = {image.name: image.sha256 for image in run.images if image.sha256 is not None}
    return Restored(name or run.restorer, files, absent, hashes, run.sha256)


def match_names(
    found: Mapping[str, Path], pairs: Iterable[str], folder: Path, suffix: str
) -> dict[str, Path]:
    """Name of the pair → file, `suffix` stripped; raises NameMismatch unless each file has its own pair."""
    stems = [stem.removesuffix(suffix) for stem in found]
    known = sorted(pairs)
    if strangers := sorted(set(stems).difference(known)):
        raise NameMismatch(
            f"{len(strangers)} of {len(stems)} images in {folder} belong to no pair of the data set: "
            f"{few(strangers)}. Its pairs are called {few(known, 3)}. {_way_out(strangers, stems, known)}"
        )
    if twice := [stem for stem, count in Counter(stems).items() if count > 1]:
        raise NameMismatch(f"{folder} holds {few(twice)} with and without {suffix!r}: keep one of each.")
    return dict(zip(stems, found.values(), strict=True))


def _way_out(strangers: Collection[str], stems: Collection[str], known: Collection[str]) -> str:
    """What to do about strange names: strip an ending, when one ending explains them all."""
    first, names = min(strangers), set(known)
    endings = {first.removeprefix(name) for name in known if first.startswith(name)}
    for ending in sorted(endings, key=len):
        if all(stem in names or stem.removesuffix(ending) in names for stem in stems):
            return f"Add `--suffix {ending}` to strip that ending, and all match."
    return "Rename them, or score against the data set that they were made from."
