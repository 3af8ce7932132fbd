from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfrbench.degradations.index import label
from bfrbench.degradations.splits import Splits, parse_splits
from bfrbench.errors import InputError


def test_people_go_where_openfaces_puts_them() -> None:
    # `echo "ibase=16; $(printf gerd | sha256sum | cut -c-64 | tr a-f A-F) % 64" | bc`, and so on
    splits = Splits(train=75, val=10, test=15)
    assert [splits.of(person) for person in ("gerd", "ada12", "ada125", "ada80", "anna", "ben")] == [
        "test",  # 14
        "val",  # 15
        "val",  # 24
        "train",  # 25
        "train",  # 55
        "train",  # 94
    ]


@given(st.text())
def test_a_person_is_on_one_side_whoever_else_is_there(person: str) -> None:
    assert Splits(100, 0, 0).of(person) == "train"
    assert Splits(0, 100, 0).of(person) == "val"
    assert Splits(0, 0, 100).of(person) == "test"
    # a larger test set only takes people in, it never exchanges them
    if Splits(90, 0, 10).of(person) == "test":
        assert Splits(50, 0, 50).of(person) == "test"


def test_the_shares_are_about_what_was_asked_for() -> None:
    sides = [Splits(80, 10, 10).of(f"person {number}") for number in range(10_000)]
    assert [round(sides.count(side) / 10_000, 1) for side in ("train", "val", "test")] == [0.8, 0.1, 0.1]


def test_splits_are_read_from_three_percentages() -> None:
    assert parse_splits("80/10/10") == Splits(train=80, val=10, test=10)
    for wrong in ("80/10", "80/10/11", "80/10/ten", "90/20/-10", "", "80:10:10"):
        with pytest.raises(InputError, match="train/val/test in whole percent"):
            parse_splits(wrong)


def test_all_images_of_a_person_are_in_one_split(tmp_path: Path) -> None:
    names = [f"{person}-{number}" for person in range(40) for number in range(3)]
    index = tmp_path / "index.csv"
    index.write_text("name,person_id\n" + "".join(f"{name},{name.split('-')[0]}\n" for name in names))
    labels = label({name: Path(name) for name in names}, index, None, Splits(60, 20, 20))
    sides = {
        row.person_id: {other.split for other in labels.values() if other.person_id == row.person_id}
        for row in labels.values()
    }
    assert len(sides) == 40
    assert all(len(side) == 1 for side in sides.values())
    chosen = label({name: Path(name) for name in names}, index, "val", Splits(60, 20, 20))
    assert chosen == {name: row for name, row in labels.items() if row.split == "val"}


def test_splits_and_an_index_that_has_its_own_do_not_mix(tmp_path: Path) -> None:
    index = tmp_path / "index.csv"
    index.write_text("name,split\na,val\n")
    with pytest.raises(InputError, match="already says who is in which split"):
        label({"a": Path("a.png")}, index, None, Splits(80, 10, 10))


def test_an_index_with_a_person_in_two_splits_is_refused(tmp_path: Path) -> None:
    index = tmp_path / "index.csv"
    index.write_text("name,person_id,split\na,anna,val\nb,anna,train\nc,ben,val\n")
    with pytest.raises(InputError, match=r"1 people of .* are in more than one split: anna\."):
        label({name: Path(name) for name in "abc"}, index, None)
