"""Values of single images: compact files that the image browser loads, and the extremes in words.

A page on disk may not fetch, but may add a script: so each file is one call. A restorer's file holds each
metric as whole numbers of its last printed digit, so what is shown is exactly what would be printed: two or
four bytes an image in base64, where 0 stands for no value, 1 for infinity, and n + 2 for n above the least.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bfrbench.files import to_json
from bfrbench.leaderboards.board import Column
from bfrbench.leaderboards.pages.frame import slug
from bfrbench.leaderboards.pages.pictures import Pictures
from bfrbench.leaderboards.records import Published
from bfrbench.leaderboards.render import number_text

_NONE, _INFINITE, _FIRST = 0, 1, 2
EXTREMES: Final = 8


@dataclass(frozen=True, slots=True)
class Case:
    """One image and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Extremes:
    """The images on which a restorer does worst and best by one metric."""

    column: Column
    worst: tuple[Case, ...]
    best: tuple[Case, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What the values of a board's single images have in common."""

    published: Published
    names: tuple[str, ...]  # of all images, sorted
    columns: tuple[Column, ...]  # that single images have values of


def shelf(published: Published) -> Shelf:
    """The images and columns that any of a board's restorers has values of."""
    indices: list[pd.Index] = []
    for table in published.values.values():
        if not any(table.index.equals(known) for known in indices):  # all have the same, most often
            indices.append(table.index)
    names = sorted({str(name) for index in indices for name in index})
    columns = (c for c in published.board.columns if _has_values(published, c.metric))
    return Shelf(published, tuple(names), tuple(columns))


def _has_values(published: Published, metric: str) -> bool:
    tables = published.values.values()
    return any(metric in table and bool(table[metric].notna().any()) for table in tables)


def extremes(published: Published, restorer: str) -> Iterator[Extremes]:
    """Worst and best cases by each headline metric that single images have."""
    table = published.values.get(restorer, pd.DataFrame())
    for column in published.board.columns:
        if not column.headline or column.metric not in table:
            continue
        values = table[column.metric].dropna()
        order = values.sort_values(ascending=column.better == "higher", kind="stable")
        worst, best = order.iloc[:EXTREMES], order.iloc[::-1].iloc[:EXTREMES]
        if len(order):
            yield Extremes(column, _cases(worst, column), _cases(best, column))


def _cases(values: "pd.Series[float]", column: Column) -> tuple[Case, ...]:
    return tuple(Case(str(name), number_text(value, column.digits)) for name, value in values.items())


def index_script(shelf: Shelf, pictures: Pictures | None, levels: Mapping[str, str]) -> str:
    """What the image browser knows from the start; levels[name] is the slice of an image."""
    one, names, columns = shelf.published, shelf.names, shelf.columns
    order = [column.metric for column in columns]
    return _call(
        "index",
        {
            "images": names,
            "people": _column(one.factors, "person_id", names),
            "levels": [levels.get(name, "") for name in names] if levels else [],
            "by": one.definition.by if levels else "",
            "metrics": [
                {"id": c.metric, "label": c.label, "digits": c.digits, "better": c.better} for c in columns
            ],
            "first": next((order.index(metric) for metric in one.board.headline if metric in order), 0),
            "restorers": [
                {
                    "name": row.entry.restorer,
                    "file": slug(row.entry.restorer),
                    "role": row.anchor or "",
                    "seen": bool(pictures and row.entry.restorer in pictures.restored),
                }
                for row in one.board.rows
                if row.entry.restorer in one.values
            ],
            "lq": [pictures.lq.get(name, "") for name in names] if pictures else [],
            "hq": [pictures.hq.get(name, "") for name in names] if pictures else [],
        },
    )


def values_script(shelf: Shelf, restorer: str, pictures: Pictures | None) -> str:
    """All values of one restorer, and the files of its pictures."""
    table = shelf.published.values[restorer].reindex(pd.Index(shelf.names))
    values = {
        column.metric: pack(table[column.metric].tolist(), column.digits)
        for column in shelf.columns
        if column.metric in table
    }
    files = pictures.restored.get(restorer, {}) if pictures else {}
    words = pictures.words.get(restorer, {}) if pictures else {}
    seen = {"pictures": [files.get(name, "") for name in shelf.names], "words": words} if files else {}
    return _call("values", slug(restorer), {"values": values, **seen})


def pack(values: Sequence[float], digits: int) -> tuple[int, int, str]:
    """(least, bytes of each, base64): values in units of the last printed digit, NaN and ∞ as codes.

    Raises ValueError for -∞, which no metric gives.
    """
    floats = np.asarray(values, np.float64)
    if np.isneginf(floats).any():
        raise ValueError("A value of -∞ cannot be stored.")
    finite = np.isfinite(floats)
    units = _printed(floats[finite], digits)
    least = int(units.min()) if len(units) else 0
    codes = np.where(np.isnan(floats), _NONE, _INFINITE)
    codes[finite] = units - least + _FIRST
    size = 2 if codes.max(initial=0) < 2**16 else 4
    return least, size, base64.b64encode(codes.astype(f"<u{size}").tobytes()).decode()


def _printed(values: NDArray[np.float64], digits: int) -> NDArray[np.int64]:
    """Values as whole numbers of their last printed digit; where two are as near, as Python rounds."""
    scaled = values * 10.0**digits
    units = np.rint(scaled).astype(np.int64)
    for i in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6):
        units[i] = round(round(float(values[i]), digits) * 10**digits)
    return units


def _column(factors: pd.DataFrame, name: str, names: Sequence[str]) -> list[str]:
    if name not in factors:
        return []
    return [str(value) for value in factors[name].reindex(pd.Index(names)).fillna("")]


def _call(function: str, *arguments: Any) -> str:
    """A script of one call; nothing in it could end a script element, wherever it came to stand."""
    texts = (to_json(argument, indent=None).strip().replace("<", "\\u003c") for argument in arguments)
    return f"bfrbench.{function}({','.join(texts)});\n"
