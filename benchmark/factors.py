"""What is known of each pair of a data set: the columns that results can be sliced by."""

from pathlib import Path

import pandas as pd

from bfrbench import seeds
from bfrbench.degradations.manifest import read_manifest
from bfrbench.degradations.presets import Grid, find_preset
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import IMAGE_SUFFIXES, few
from bfrbench.types import Card


def read_factors(folder: Path, index: Path | None = None) -> tuple[Card, pd.DataFrame]:
    """The card of a data set, and a table with a row for each pair, by name.

    Columns are the manifest's (recipe factors, person_id, split), the axes of a grid preset (`severity` of
    a ladder), and those of a CSV, `index`, of faces (column `file` or `name`, as the one that `degrade`
    takes), pairs (`name`) or people (`person_id`). A name that the manifest has is the manifest's.
    Raises InputError for a folder that is no data set, or an index that does not fit it.
    """
    card, rows = read_manifest(folder)
    known = pd.concat([rows, _grid_levels(card, rows)], axis=1).set_index("name", drop=False)
    if index is not None:
        more = _of_pairs(_read_index(index), known, index)
        known = known.join(more[[column for column in more.columns if column not in known.columns]])
    return card, known


def _grid_levels(card: Card, rows: pd.DataFrame) -> pd.DataFrame:
    """The level of each pair on each axis of the data set's preset; no column where it has no grid."""
    try:
        preset = find_preset(card.preset or "")
    except UnknownName:  # degraded elsewhere, or by another version
        return pd.DataFrame(index=rows.index)
    if not isinstance(preset.draws, Grid) or card.seed is None:
        return pd.DataFrame(index=rows.index)
    grid, key = preset.draws, seeds.key(card.seed, preset.full_name, "grid")
    levels = [grid.combination(position, key) for position in _positions(card, rows)]
    return pd.DataFrame(levels, index=rows.index, columns=[axis for axis, _ in grid.axes])


def _positions(card: Card, rows: pd.DataFrame) -> list[int]:
    """The place of each row among all pairs, from 0: faces by name, then the copies of each."""
    faces = [Path(file).stem for file in rows["source_file"]]
    place = {face: number for number, face in enumerate(sorted(set(faces)))}
    copies = [int(name.rpartition("-")[2]) if card.copies > 1 else 1 for name in rows["name"]]
    return [place[face] * card.copies + copy - 1 for face, copy in zip(faces, copies, strict=True)]


def _read_index(path: Path) -> pd.DataFrame:
    """A CSV as a table by `file` or `name` without suffix, or by `person_id`; the first of these it has."""
    try:
        table = pd.read_csv(
            path, encoding="utf-8-sig", dtype=dict.fromkeys(("file", "name", "person_id"), str)
        )
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as CSV: {error}.") from error
    by = next((column for column in ("file", "name", "person_id") if column in table.columns), None)
    if by is None:
        raise InputError(f"{path} has no column `file`, `name` or `person_id`; it has {few(table.columns)}.")
    names = table[by].astype(str)
    keys = names if by == "person_id" else names.map(_without_suffix)
    if keys.duplicated().any():
        raise InputError(f"{path} has two rows for {few(keys[keys.duplicated()].unique())}.")
    return table.set_index(keys.rename(by), drop=False)


def _of_pairs(table: pd.DataFrame, known: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows of an index for each pair, null where it has none."""
    if table.index.name == "person_id":
        ways = [known["person_id"]]
    else:
        ways = [known["name"], known["source_file"].map(_without_suffix)]
    keys = max(ways, key=lambda names: int(names.isin(table.index).sum()))
    if not keys.isin(table.index).any():
        raise InputError(f"{path} has no row for any pair of the data set, as {known['name'].iloc[0]}.")
    return table.reindex(keys).set_index(known.index)


def _without_suffix(file: str) -> str:
    return Path(file).stem if Path(file).suffix.lower() in IMAGE_SUFFIXES else file
