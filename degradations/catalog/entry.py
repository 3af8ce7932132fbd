"""The catalog as data: `catalog.toml`, read into dataclasses and checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bfrbench.errors import InputError, UnknownName

FILE = Path(__file__).with_name("catalog.toml")
UNKNOWN = "unknown"
ASPECTS: Mapping[str, str] = {
    "what": "What it is",
    "count": "Images",
    "resolution": "Pixels",
    "alignment": "Alignment",
    "ground_truth": "HQ",
    "licence": "Licence",
    "published": "Published at",
    "lq_psnr": "PSNR of its LQ",
}
"""What is asked of every set, with its heading. What nobody was found to state is unknown."""


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who states a fact."""

    title: str
    url: str  # "": this package


@dataclass(frozen=True, slots=True)
class Fact:
    """Something stated, and by whom."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """How a user's own copy is recognised; what is None is not known."""

    images: int  # in the LQ folder, or in the only one
    size: int | None = None  # px of the side of every image
    hq: bool = False  # an HQ folder with the same names belongs to it
    folders: tuple[str, ...] = ()  # names that its publishers give the LQ folder
    psnr: float | None = None  # dB, mean of LQ against HQ, as published
    like: tuple[str, ...] = ()  # sets that this one is easily mistaken for
    other_counts: Mapping[int, str] = field(default_factory=dict)  # images → what that means
    other_sizes: Mapping[int, str] = field(default_factory=dict)  # px → what that means


@dataclass(frozen=True, slots=True)
class Entry:
    """One set of the field."""

    id: str
    title: str
    facts: Mapping[str, Fact]  # by aspect
    differences: tuple[Fact, ...] = ()
    copy: Copy | None = None  # None: its copies cannot be told

    def text(self, aspect: str) -> str:
        """What is stated of an aspect, or that it is unknown."""
        return self.facts[aspect].text if aspect in self.facts else UNKNOWN

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everybody who states something of it, once."""
        facts = (*self.facts.values(), *self.differences)
        return tuple(dict.fromkeys(source for fact in facts for source in fact.sources))


@cache
def read_catalog() -> Mapping[str, Entry]:
    """All sets by id. Raises InputError when the file is not what it should be (a test reads it)."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    try:
        sources = TypeAdapter(dict[str, Source]).validate_python(table["sources"])
        return {name: _entry(name, row, sources) for name, row in table["sets"].items()}
    except (KeyError, ValidationError) as error:
        raise InputError(f"{FILE.name} is not a catalog: {error}.") from error


def find_entry(name: str) -> Entry:
    """The set of that id; raises UnknownName with those there are."""
    if name not in read_catalog():
        raise UnknownName(f"The catalog has no {name!r}. It has: {', '.join(read_catalog())}.")
    return read_catalog()[name]


def _entry(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Entry:
    unknown = row.keys() - ASPECTS.keys() - {"title", "differences", "copy"}
    if unknown:
        raise InputError(f"{FILE.name}, {name}: nobody asks for {', '.join(sorted(unknown))}.")
    return Entry(
        id=name,
        title=row["title"],
        facts={aspect: _fact(row[aspect], sources) for aspect in ASPECTS if aspect in row},
        differences=tuple(_fact(fact, sources) for fact in row.get("differences", ())),
        copy=TypeAdapter(Copy).validate_python(row["copy"]) if "copy" in row else None,
    )


def _fact(row: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    named = row["from"] if isinstance(row["from"], list) else [row["from"]]
    return Fact(row["is"], tuple(sources[name] for name in named))
