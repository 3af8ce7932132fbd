"""The folder of a run: `plan.json` says what is being made, `restored/` holds it, `run.json` sums it up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bfrbench.errors import InputError, OutputError
from bfrbench.files import few, make_folder, read_json, remove_leftovers, sha256_file, sha256_json, write_json
from bfrbench.types import Run


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will be: written first, so that an interrupted run goes on only as itself."""

    restorer: str
    spec: str
    dataset_sha256: str
    weights_sha256: Mapping[str, str] = field(default_factory=dict)


def begin(out: Path, plan: Plan) -> Path:
    """Make the folder of a run, or take it up again; returns its folder of images.

    Raises OutputError when `out` holds anything but this very run.
    """
    if (out / "plan.json").exists():
        _check_same(out, read_json(out / "plan.json", Plan, "the plan of a run"), plan)
    elif out.is_dir() and any(not path.name.startswith(".") for path in out.iterdir()):
        raise OutputError(f"{out} holds something that is no run. Choose an empty or a new folder.")
    else:
        write_json(make_folder(out) / "plan.json", plan)
    restored = make_folder(out / "restored")
    for folder in (out, restored):
        remove_leftovers(folder)
    return restored


def _check_same(out: Path, there: Plan, wanted: Plan) -> None:
    if there == wanted:
        return
    differing = [
        f"{what} {getattr(there, key)!r}, not {getattr(wanted, key)!r}"
        for key, what in (("restorer", "restorer"), ("spec", "spec"), ("dataset_sha256", "data set"))
        if getattr(there, key) != getattr(wanted, key)
    ] or ["other weights"]
    raise OutputError(
        f"{out} holds another run ({'; '.join(differing)}). Choose another folder, or delete this one."
    )


def digest(run: Run) -> str:
    """The run's sha256: over what was made and by what, not over messages, versions, machine or time."""
    images = [(image.name, image.state, image.sha256) for image in run.images]
    weights = dict(sorted(run.weights_sha256.items()))
    return sha256_json([run.restorer, run.spec, run.dataset_sha256, images, weights])


def finish(out: Path, run: Run) -> Run:
    """Write `run.json` with the run's sha256, and return the run."""
    whole = replace(run, sha256=digest(run))
    write_json(out / "run.json", whole)
    return whole


def open_run(folder: Path, *, check_images: bool = False) -> Run:
    """Read a run; with `check_images`, hash every restored image too.

    Raises InputError when `run.json` is missing, damaged or changed by hand, or when a restored image
    is missing or (if checked) is not the one that the run made.
    """
    run = read_json(folder / "run.json", Run, "a run, as `bfrbench restore` writes it")
    if run.sha256 != digest(run):
        raise InputError(f"{folder / 'run.json'} was changed after it was written. Restore again.")
    paths = {folder / "restored" / f"{i.name}.png": i.sha256 for i in run.images if i.state == "ok"}
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise InputError(f"{folder / 'restored'} lacks {few(missing)}. Restore again to fill the gaps.")
    if check_images:
        changed = [path.name for path, sha256 in paths.items() if sha256_file(path) != sha256]
        if changed:
            raise InputError(f"Images in {folder / 'restored'} are not what the run made: {few(changed)}.")
    return run
