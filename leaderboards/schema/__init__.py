"""JSON Schemas of what leaderboards hold in git, generated from the dataclasses in `records`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from bfrbench.files import to_json, write_text
from bfrbench.leaderboards.records import BoardDefinition, Publication, ReportedTable

FOLDER: Final = Path(__file__).parent

_KINDS: Final[dict[str, tuple[type, str]]] = {
    "board": (BoardDefinition, "board.json of a board"),
    "entry": (Publication, "entry.json of an entry on a board"),
    "reported": (ReportedTable, "a table that a paper printed"),
}


def schemas() -> dict[str, str]:
    """The text of each schema, by its file's name."""
    return {f"{name}.schema.json": to_json(_schema(*about)) for name, about in _KINDS.items()}


def _schema(kind: type, title: str) -> dict[str, Any]:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return head | {key: value for key, value in TypeAdapter(kind).json_schema().items() if key != "title"}


def write(folder: Path = FOLDER) -> None:
    """Write all schemas."""
    for name, text in schemas().items():
        write_text(folder / name, text)


def stale(folder: Path = FOLDER) -> Iterator[str]:
    """A sentence for each schema that is not what the dataclasses say."""
    for name, text in schemas().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            yield f"{name} is stale: `python -m bfrbench.leaderboards.schema --write`."
