"""The catalog in words: the card of a recognised copy, and docs/catalog.md."""

from collections.abc import Mapping

from bfrbench.degradations.catalog.entry import ASPECTS, UNKNOWN, Entry, Fact, Source, read_catalog
from bfrbench.types import Card

INTRODUCTION = """# The field's data sets

Generated from `degradations/catalog/catalog.toml` by `python docs/catalog_page.py --write`; do not edit.

What is known of each set, and who says so (the numbers in brackets are the sources at the end). What nobody
was found to state is *unknown*; nothing is filled in from memory. bfrbench distributes none of these sets:
get them where their authors publish them, under their licence, then

    bfrbench data verify FOLDER --as celeba-test --hq HQ_FOLDER

recognises your copy by count, sizes and names, tells it from others of its name, records a checksum of every
file at first use, and makes a data set of it without copying. OpenFaces alone can be had by anybody:
`bfrbench data get openfaces512`. [How](data.md).
"""


def page() -> str:
    """The whole of docs/catalog.md."""
    entries = read_catalog().values()
    sources = tuple(dict.fromkeys(source for entry in entries for source in entry.sources))
    numbers = {source: number for number, source in enumerate(sources, 1)}
    parts = [INTRODUCTION, _overview(numbers), *(_section(entry, numbers) for entry in entries)]
    listed = [f"{number}. {_linked(source)}" for source, number in numbers.items()]
    return "\n".join([*parts, "## Sources\n", *listed, ""])


def _overview(numbers: Mapping[Source, int]) -> str:
    rows = [
        f"| [`{entry.id}`](#{entry.id}) | {entry.title} | "
        + " | ".join(
            _told(entry.facts[aspect], numbers) if aspect in entry.facts else f"*{UNKNOWN}*"
            for aspect in ("count", "licence")
        )
        + " |"
        for entry in read_catalog().values()
    ]
    return "\n".join(["| set | | images | licence |", "|---|---|---|---|", *rows, ""])


def _section(entry: Entry, numbers: Mapping[Source, int]) -> str:
    lines = [f"## {entry.id}", "", f"**{entry.title}**", ""]
    for aspect, heading in ASPECTS.items():
        if aspect in entry.facts:
            lines.append(f"- {heading}: {_told(entry.facts[aspect], numbers)}")
        elif aspect != "lq_psnr":
            lines.append(f"- {heading}: *{UNKNOWN}*")
    lines += [f"- Known difference: {_told(fact, numbers)}" for fact in entry.differences]
    return "\n".join([*lines, ""])


def _told(fact: Fact, numbers: Mapping[Source, int]) -> str:
    return f"{fact.text} [{', '.join(str(numbers[source]) for source in fact.sources)}]"


def _linked(source: Source) -> str:
    return f"{source.title}: <{source.url}>" if source.url else source.title


def card_in_words(entry: Entry, card: Card, sizes: Mapping[str, int]) -> str:
    """README.md beside the record of a copy. It names no place on a disk: equal copies have equal cards."""
    numbers = {source: number for number, source in enumerate(entry.sources, 1)}
    shown = ", ".join(f"{size} ({count})" for size, count in sizes.items())
    listed = "\n".join(f"{number}. {_linked(source)}" for source, number in numbers.items())
    facts = _section(entry, numbers).partition("\n\n")[2]
    return f"""# {entry.id}

{facts}
## This copy

{card.count} images, width × height: {shown}. `manifest.parquet` has the checksum of every file. Its sha256 is

    {card.manifest_sha256}

A copy with another sha256 is another copy: compare it with a colleague's before you compare numbers. The
images are not here: `links.json` says where they are on this machine. `bfrbench data verify` checks them.

## The people

Who is who, whether they agreed, and their age, sex, skin and origin: unknown, unless a line above says so.
Each image counts as a person of its own, which makes intervals too narrow where one person has several.

## Sources

{listed}
"""
