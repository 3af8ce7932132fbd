"""One method's numbers across papers: what is put side by side, its places, and the sentences about it."""

import re

import pytest

from bfrbench.leaderboards.across_papers import across_papers_page
from bfrbench.leaderboards.reported import reported_tables
from bfrbench.leaderboards.side_by_side import (
    MEASURES,
    Reported,
    by_test_set,
    columns_of,
    shared_methods,
)
from bfrbench.leaderboards.spread import causes, joined, ordinal


def fid(table: str) -> Reported:
    return columns_of([reported_tables()[table]], "FID")[0]


@pytest.mark.parametrize(
    ("table", "place", "of"),
    [("gfpgan-celeba-test", 5, 11), ("pmrf-celeba-test", 7, 11), ("dmdp-fr-celeba-test", 1, 15)],
)
def test_gfpgan_stands_elsewhere_in_each_table(table, place, of) -> None:  # type: ignore[no-untyped-def]
    column = fid(table)
    assert (column.place("GFP-GAN"), len(column.values)) == (place, of)


def test_better_is_as_the_column_says_and_ties_share_a_place() -> None:
    psnr = columns_of([reported_tables()["dmdp-fr-celeba-test"]], "PSNR")[0]
    assert psnr.place("DMDP-FR") == 1
    assert psnr.place("GFP-GAN") == 14
    assert psnr.place("VQFR") == 15
    ssim = columns_of([reported_tables()["dmdp-fr-celeba-test"]], "SSIM")[0]
    assert ssim.place("RestoreFormer") == ssim.place("RestoreFormer++")


def test_the_input_is_no_method_and_aliases_are_one() -> None:
    values = fid("gfpgan-celeba-test").values
    assert "Input" not in values
    assert fid("pmrf-celeba-test").values["GFP-GAN"] == "46.72"
    assert fid("osdface-lfw-test").values["RestoreFormer++"] == "50.25"


def test_every_method_and_measure_in_two_tables_is_on_the_page_with_its_digits() -> None:
    page = across_papers_page()
    lines = set(page.splitlines())
    for name, tables in by_test_set(reported_tables().values()).items():
        part = page.split("## Side by side")[1].split(f"\n### {name}\n")[1].split("\n### ")[0]
        for measure in MEASURES:
            columns = columns_of(tables, measure)
            for method in shared_methods(columns):
                cells = " | ".join(column.values.get(method, "–") for column in columns)
                assert any(line.startswith(f"| {method} | {cells} |") for line in lines), (
                    name,
                    measure,
                    method,
                )
                assert f"| {method} | {cells} |" in part
    alone = [line for line in lines if re.match(r"\| (PGDiff|OSDFace|PMRF|DOT|AuthFace) \|", line)]
    assert not alone


def test_what_one_table_alone_has_is_not_called_a_spread() -> None:
    columns = columns_of([reported_tables()["osdface-celeba-test"]], "FID")
    assert len(columns) == 2
    assert shared_methods(columns) == []


def test_the_sentences_say_what_the_tables_say() -> None:
    page = across_papers_page()
    for told in (
        "CodeFormer's FID on CelebA-Test is **52.43, 53.16, 62.03, 26.86 and 63.621**",
        "By FID, GFP-GAN is **5th of 11, 7th of 11 and 1st of 15**",
        "in the last of these tables it is 14th of 15 by PSNR",
        "581 numbers in 10 tables",
    ):
        assert told in " ".join(page.split("\n"))
    told = " ".join(causes(reported_tables()))
    for number in ("0.0002 (median)", "from 2.12 to 5.382 pixels", "62.03 to FFHQ and 26.86", "67.9 degrees",
                   "CodeFormer, DAEFR and RestoreFormer++ agrees", "differs by 2 to 4 %"):  # fmt: skip
        assert number in told


def test_it_is_the_same_page_each_time_without_trailing_spaces() -> None:
    page = across_papers_page()
    assert page == across_papers_page()
    assert page.endswith(".\n")
    assert not re.search(r"[ \t]\n", page)
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_ordinals() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4)] == ["1st", "2nd", "3rd", "4th"]
    assert [ordinal(number) for number in (11, 12, 13, 21)] == ["11th", "12th", "13th", "21st"]


def test_lists_in_words() -> None:
    assert [joined(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
