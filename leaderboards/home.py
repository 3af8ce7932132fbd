"""A board's own folder, before anybody is on it: what is compared, and whom each image shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pandas as pd

from bfrbench.benchmark.factors import read_factors
from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.degradations.manifest import MANIFEST
from bfrbench.degradations.plan import CARD
from bfrbench.errors import InputError, OutputError
from bfrbench.files import disk_errors, few, make_folder, read_json, sha256_bytes, write_bytes, write_json
from bfrbench.leaderboards.evidence import plain
from bfrbench.leaderboards.records import BOARD_JSON, BoardDefinition

RESULTS: Final = Path(__file__).parent / "results"
DATA: Final = "data"
"""The folder of a board's data set: card and manifest, no images."""

RESERVED: Final = {DATA, BOARD_JSON}


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """A board as it is before anybody is on it."""

    definition: BoardDefinition
    folder: Path
    factors: pd.DataFrame  # what is known of each image, by name

    @property
    def people(self) -> dict[str, str]:
        """Whom each image shows."""
        return {str(name): str(person) for name, person in self.factors["person_id"].items()}


def slug(name: str) -> str:
    """The folder name of a restorer: the small letters, digits and ._+- of its name, cut at 60."""
    word = re.sub(r"[^a-z0-9._+-]+", "-", name.lower())[:60].lstrip("-._+").rstrip("-.")
    return f"entry-{sha256_bytes(name.encode())[:8]}" if word in ("", *RESERVED) else word


def open_home(folder: Path) -> Home:
    """Read a board's definition and its data set; raises InputError when they do not fit together."""
    definition = read_json(folder / BOARD_JSON, BoardDefinition, "the definition of a board")
    card, factors = read_factors(folder / DATA)
    protocol = PROTOCOLS.get(definition.protocol)
    known = [metric.id for metric in protocol.metrics] if protocol else definition.headline
    if definition.id != folder.name:
        raise InputError(f"{folder} calls itself {definition.id}: board and folder have one name.")
    if (definition.dataset, definition.dataset_sha256) != (card.name, card.manifest_sha256):
        raise InputError(
            f"{folder / BOARD_JSON} names the data set {definition.dataset} "
            f"({definition.dataset_sha256[:12]}), and {folder / DATA} is {card.name} "
            f"({card.manifest_sha256[:12]})."
        )
    if unknown := [metric for metric in definition.headline if metric not in known]:
        raise InputError(f"{folder / BOARD_JSON}: {definition.protocol} has no metric {few(unknown)}.")
    if definition.by and definition.by not in factors.columns:
        raise InputError(f"{folder / DATA} has no column {definition.by!r}, which {BOARD_JSON} slices by.")
    return Home(definition, folder, factors)


def start_board(definition: BoardDefinition, data: Path, root: Path) -> Path:
    """Make the folder of a new board, with the card and manifest of its data set; returns it.

    Raises OutputError when there is a board of that name, InputError when it would not be a whole one.
    """
    folder = root / definition.id
    if folder.exists():
        raise OutputError(f"{folder} is there, and a board never changes: give the new one another id.")
    make_folder(root)
    with whole_folder(folder) as made:
        (made / DATA).mkdir()
        for name in (CARD, MANIFEST):
            write_bytes(made / DATA / name, read_file(data / name, "a file of a data set"))
        write_json(made / BOARD_JSON, definition)
        open_home(made)
    return folder


def read_file(path: Path, what: str) -> bytes:
    """A file's bytes; raises InputError where there is none."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); it should be {what}.") from error


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, of the same name, that becomes `target` at the end: it is either whole or absent."""
    with disk_errors(target), TemporaryDirectory(dir=target.parent, prefix=".writing-") as scratch:
        made = Path(scratch) / target.name
        made.mkdir()
        yield made
        made.rename(target)


def find_board(root: Path, board: str) -> Path:
    """The folder of a board; raises InputError with the boards there are."""
    boards = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    if board not in boards:
        raise InputError(f"{root} has no board {plain(board)}. There are: {', '.join(boards) or 'none'}.")
    return root / board
