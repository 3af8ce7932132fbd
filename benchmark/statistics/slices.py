"""Parts of a data set: its images by what is known of them, so that a mean can be taken apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from bfrbench.errors import InputError

RANGES: Final = 4
"""A column of many numbers is cut into so many ranges, with as many images in each as far as that goes."""

MOST: Final = 20
"""Slices that a column of words may have; more are no table that anybody reads."""

_FEW: Final = 8  # up to here, each number is a slice of its own


@dataclass(frozen=True, slots=True)
class Slice:
    """Some images that have something in common."""

    label: str  # a value, or a range: "30 to 45.5" is from 30 on, below 45.5; the last range holds both edges
    names: frozenset[str]
    level: float | None = None  # the value, where each number is a slice of its own: curves go over these


def cut(column: "pd.Series[Any]") -> tuple[Slice, ...]:
    """Cut images, the index of a column, by its values; numbers ascend, words are in order.

    Eight different numbers or fewer are a slice each, more are cut at their quantiles. Images without a
    value are the last slice, "none": their recipe lacks that step. Raises InputError for more than 20 words,
    or a column with one value for all images.
    """
    known = column.dropna()
    if known.nunique() + (len(known) < len(column)) < 2:
        raise InputError(f"All images have the same {column.name}: there is nothing to slice by.")
    if not pd.api.types.is_numeric_dtype(known) or pd.api.types.is_bool_dtype(known):
        slices = _words(known)
    elif known.nunique() <= _FEW:
        slices = [
            _slice(f"{value:g}", known.index[known == value], float(value)) for value in np.unique(known)
        ]
    else:
        slices = _ranges(known)
    absent = column.index[column.isna()]
    return tuple(slices + ([_slice("none", absent)] if len(absent) else []))


def _words(known: "pd.Series[Any]") -> list[Slice]:
    words = known.astype(str)
    if words.nunique() > MOST:
        raise InputError(
            f"{known.name} has {words.nunique()} different values, and at most {MOST} slices make a table. "
            "Choose a column of numbers, or one with fewer values."
        )
    return [_slice(word, words.index[words == word]) for word in sorted(words.unique())]


def _ranges(known: "pd.Series[Any]") -> list[Slice]:
    """Ranges between quantiles; edges inside are rounded first, so that labels are exact.

    To four digits, or to as many as tell apart what is apart.
    """
    values = known.to_numpy(np.float64)
    exact = np.unique(np.quantile(values, np.linspace(0, 1, RANGES + 1)))
    for digits in (4, 6, 9, 17):
        edges = np.unique([float(f"{edge:.{digits}g}") for edge in exact])
        if len(edges) == len(exact):
            break
    place = np.searchsorted(edges[1:-1], values, side="right")
    return [
        _slice(f"{edges[i]:.{max(digits, 6)}g} to {edges[i + 1]:.{max(digits, 6)}g}", known.index[place == i])
        for i in range(len(edges) - 1)
        if (place == i).any()
    ]


def _slice(label: str, names: Iterable[Any], level: float | None = None) -> Slice:
    return Slice(label, frozenset(map(str, names)), level)
