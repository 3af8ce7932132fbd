"""Reported tables: every cell as its source printed it, and nothing that contradicts itself."""

import json
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.errors import InputError, UnknownName
from bfrbench.leaderboards import reported
from bfrbench.leaderboards.reported import LQ_SETS, reported_table, reported_tables
from bfrbench.weights import WEIGHTS

ASIDE = {"RF++": "RestoreFormer++"}  # how the notes shorten a name that the source prints whole


def sections(notes: str) -> Iterator[tuple[str, str, list[str], list[list[str]]]]:
    """(number, heading, column heads, rows) of each table in the notes' chapter on published tables."""
    for part in notes.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        lines = [line for line in body.split("\n---")[0].splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if heading.startswith("5.") and rows:
            yield heading.split()[0], heading, rows[0], rows[2:]


def noted(shared: Path) -> dict[tuple[str, str, str], str]:
    """{(table, method, column): digits} of every table that the notes mark high."""
    found: dict[tuple[str, str, str], str] = {}
    for number, heading, head, rows in sections((shared / "notes/field.md").read_text(encoding="utf-8")):
        if "high" not in heading.split("[")[-1]:
            continue
        for method, *cells in rows:
            for column, cell in zip(head[1:], cells, strict=True):
                for place, digits in enumerate(cell.split("/")):
                    found[number, method, column if "/" not in cell else f"{column} {place}"] = digits
    return found


# the notes' column → table and column here
CELEBA = {
    "5.1": "gfpgan-celeba-test",
    "5.4": "pmrf-celeba-test",
    "5.5": "osdface-celeba-test",
    "5.7": "dmdp-fr-celeba-test",
}
IDS = {"FID(FFHQ)": "fid", "FID(HQ)": "fid-hq", "Prec": "precision"}
REAL = {"WIDER": "wider", "LFW": "lfw", "WebPhoto": "webphoto"}
OF_5_6 = ("clipiqa", "maniqa", "musiq", "niqe", "fid")


def place(number: str, column: str) -> tuple[str, str]:
    if number == "5.6":
        name, _, which = column.partition(" ")
        return f"osdface-{REAL[name.removesuffix('-Test')]}-test", OF_5_6[int(which)]
    if number == "5.7" and column in REAL:
        return f"dmdp-fr-{REAL[column]}-test", "fid"
    return CELEBA[number], IDS.get(column, column.lower())


def test_every_cell_of_the_tables_that_were_read_well_is_here_with_its_digits(shared) -> None:  # type: ignore[no-untyped-def]
    tables, cells = reported_tables(), noted(shared)
    assert {number for number, _, _ in cells} == {*CELEBA, "5.6"}
    assert len(cells) == 536
    for (number, method, column), digits in cells.items():
        table, column_id = place(number, column)
        rows = {row.method: row for row in tables[table].rows}
        row = rows[method] if method in rows else rows[ASIDE[method]]
        ours, theirs = Decimal(row.values[column_id]), Decimal(digits)
        if (number, column_id) == ("5.7", "fid") and column in REAL:  # the notes round these to two digits
            assert -int(ours.as_tuple().exponent) == 3
            ours = ours.quantize(theirs, ROUND_HALF_UP)
        assert ours.as_tuple() == theirs.as_tuple(), (table, method, column_id)


def test_there_is_nothing_beside_those_tables_but_what_their_sources_print_as_text(shared) -> None:  # type: ignore[no-untyped-def]
    expected = {place(number, column) for number, _, column in noted(shared)}
    ours = {(table.id, column.id) for table in reported_tables().values() for column in table.columns}
    as_text = {(f"dmdp-fr-{name}-test", "musiq") for name in REAL.values()}
    assert ours - expected == as_text
    methods = {method for _, method, _ in noted(shared)} | set(ASIDE.values())
    assert {row.method for table in reported_tables().values() for row in table.rows} <= methods


def test_each_says_where_it_stands_and_how_to_make_it_again() -> None:
    for table in reported_tables().values():
        assert table.url.startswith("https://github.com/")
        assert table.source
        assert table.read
        assert table.reference_set
        assert {"test set", "checkpoint"} <= {need.kind for need in table.needs}
        asked = {need.method for need in table.needs if need.kind == "checkpoint"}
        assert asked == {row.method for row in table.rows} - {"Input"}
        assert all(need.licence and need.how for need in table.needs)
        assert all(row.values.keys() == {column.id for column in table.columns} for row in table.rows)


def test_what_is_in_the_weights_table_is_told_as_it_tells_it() -> None:
    for need in (need for table in reported_tables().values() for need in table.needs if need.weights):
        row = WEIGHTS[need.weights]
        assert need.licence == row.licence
        assert need.how in (row.by_hand, row.url)


def test_a_column_that_is_our_metric_is_one_of_the_protocol() -> None:
    table = reported_table("gfpgan-celeba-test")
    metrics = {metric.id for metric in PROTOCOLS[table.protocol].metrics}
    assert {column.metric for column in table.columns} == metrics - {"niqe/y601"}
    assert all(table.lq_set in LQ_SETS for table in reported_tables().values())


def test_an_unknown_table_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"There are: .*gfpgan-celeba-test"):
        reported_table("gfpgan")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"id": "gfpgan-celeba-test"', '"id": "other"', "its id is 'other'"),
        ('"143.98"', "143.98", "values.fid: Input should be a valid string"),
        ('"143.98"', '"about 144"', "values.fid"),
        ('"protocol": "gfpgan@1"', '"protocol": "gfpgan@9"', "no protocol is called 'gfpgan@9'"),
        ('"lpips/vgg"', '"lpips/alex"', "LPIPS: gfpgan@1 has no lpips/alex"),
        ('"method": "DFDNet",\n      "values"', '"method": "GPEN",\n      "values"', "the method GPEN twice"),
        ('"fid": "143.98"', '"fib": "143.98"', "Input has a value of fib"),
        ('"CelebA-Test (GFP-GAN)"', '"CelebA"', "nobody knows the LQ set 'CelebA'"),
        ('"confidence": "high"', '"confidence": "medium"', "confidence: Input should be 'high'"),
        ('"better": "lower"', '"better": "higher"', "LPIPS: lpips/vgg is better the other way"),
        ('"gfpgan-1"', '"gfpgan-0"', "no weights are called 'gfpgan-0'"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused_by_name(old, new, said, tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (reported.FOLDER / "gfpgan-celeba-test.json").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (tmp_path / "gfpgan-celeba-test.json").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(
        InputError, match=f"gfpgan-celeba-test.json is not a reported table: .*{re.escape(said)}"
    ):
        reported_tables(tmp_path)


def test_the_files_are_written_as_ours_write_json() -> None:
    for path in reported.FOLDER.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text
