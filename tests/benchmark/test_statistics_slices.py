"""Slices: every image in one of them, edges as stated, and columns that make no table."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.benchmark.statistics.slices import cut
from bfrbench.errors import InputError


def column(values: list[object], dtype: str | None = None) -> "pd.Series[object]":
    return pd.Series(values, index=[f"i{n}" for n in range(len(values))], name="c", dtype=dtype)


def shape(values: list[object], dtype: str | None = None) -> dict[str, list[str]]:
    return {part.label: sorted(part.names) for part in cut(column(values, dtype))}


def test_few_numbers_are_a_slice_each_with_their_level() -> None:
    found = cut(column([3, 1, 2, 1], "Int64"))
    assert [(part.label, part.level, sorted(part.names)) for part in found] == [
        ("1", 1.0, ["i1", "i3"]),
        ("2", 2.0, ["i2"]),
        ("3", 3.0, ["i0"]),
    ]


def test_many_numbers_are_cut_at_quantiles_whose_edges_are_stated() -> None:
    found = cut(column(list(range(100))))
    assert [(part.label, len(part.names)) for part in found] == [
        ("0 to 24.75", 25),
        ("24.75 to 49.5", 25),
        ("49.5 to 74.25", 25),
        ("74.25 to 99", 25),
    ]
    assert all(part.level is None for part in found)


@given(
    st.lists(st.floats(-1e3, 1e3, allow_subnormal=False), min_size=2, max_size=80).filter(
        lambda v: len(set(v)) > 1
    )
)
def test_every_image_is_in_one_slice_and_inside_its_edges(values: list[float]) -> None:
    found = cut(column(values))
    names = sorted(name for part in found for name in part.names)
    assert names == sorted(f"i{n}" for n in range(len(values)))
    ranges = [part for part in found if part.level is None]
    for part, following in itertools.pairwise(ranges):
        edge = float(following.label.split(" to ")[0])
        assert max(values[int(name[1:])] for name in part.names) < edge
        assert min(values[int(name[1:])] for name in following.names) >= edge


@pytest.mark.parametrize("values", [range(100_000, 100_020), [202_401 + i for i in range(12)]])
def test_numbers_that_differ_in_late_digits_alone_are_cut_too(values: list[int]) -> None:
    found = cut(column(list(values)))
    assert len(found) == 4
    assert found[0].label.startswith(f"{values[0]} to ")


def test_large_numbers_are_written_out() -> None:
    assert [part.label for part in cut(column(list(range(0, 50_001, 10))))][:2] == [
        "0 to 12500",
        "12500 to 25000",
    ]


def test_an_edge_belongs_to_the_range_that_it_begins() -> None:
    first, second, *_ = cut(column(list(range(101))))
    assert (first.label, second.label) == ("0 to 25", "25 to 50")
    assert "i25" in second.names


def test_words_and_truths_are_slices_and_what_is_not_known_is_one_too() -> None:
    assert shape(["b", "a", None, "b"]) == {"a": ["i1"], "b": ["i0", "i3"], "none": ["i2"]}
    assert shape([True, False, None], "boolean") == {"False": ["i1"], "True": ["i0"], "none": ["i2"]}
    assert shape([5.0, np.nan]) == {"5": ["i0"], "none": ["i1"]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["x"] * 4, "nothing to slice"),
        ([None, None], "nothing to slice"),
        ([f"n{i}" for i in range(21)], "21 different"),
    ],
)
def test_columns_that_make_no_table_are_an_error(values: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        cut(column(values))
