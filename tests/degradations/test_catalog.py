"""The catalog's facts, and a user's own copy: recognised, mixed up, damaged, recorded."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bfrbench import files, pixels
from bfrbench.degradations.catalog import entry as entries
from bfrbench.degradations.catalog import findings
from bfrbench.degradations.catalog.entry import ASPECTS, Copy, Entry, Fact, Source, find_entry, read_catalog
from bfrbench.degradations.catalog.own_copy import Recognition, recognise
from bfrbench.degradations.catalog.words import page
from bfrbench.degradations.dataset import open_dataset, verify_dataset
from bfrbench.errors import InputError, NameMismatch, OutputError, UnknownName, UnreadableImage

SIZE = 32
HERE = (Source("somebody", "https://example.org"),)
PAGE = Path(__file__).parents[2] / "docs/catalog.md"


def entry_of(name: str, copy: Copy) -> Entry:
    return Entry(name, name.title(), {"what": Fact("a few faces", HERE), "count": Fact("6", HERE)}, (), copy)


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Two sets of one count, told apart by their LQ; a third by its size. The real one where asked for."""
    if "real" in request.keywords or request.node.name.startswith("test_the_real"):
        return
    rows = (
        entry_of("few", Copy(6, SIZE, hq=True, folders=("few_lq",), psnr=20.0, like=("heavy",))),
        entry_of("heavy", Copy(6, SIZE, hq=True, folders=("heavy_lq",), like=("few",))),
        entry_of("wild", Copy(4, other_counts={6: "Six are the larger version."})),
    )
    table = {row.id: row for row in rows}
    for module in (entries, findings):
        monkeypatch.setattr(module, "read_catalog", lambda: table)


@pytest.fixture
def hq(tmp_path: Path) -> Path:
    folder = tmp_path / "hq"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(6):
        pixels.write_png(folder / f"{number:04}.png", rng.integers(60, 190, (SIZE, SIZE, 3), dtype=np.uint8))
    return folder


def degraded(hq: Path, name: str, error: float) -> Path:
    """LQ at so many dB from their HQ."""
    folder = hq.parent / name
    folder.mkdir()
    step = round(255 / 10 ** (error / 20))
    for path in hq.iterdir():
        pixels.write_png(folder / path.name, pixels.read_image(path) + np.uint8(step))
    return folder


def look(name: str, lq: Path, hq: Path | None, *, out: str = "record") -> Recognition:
    return recognise(find_entry(name), lq, hq, lq.parent / out)


def told(found: Recognition) -> str:
    return " ".join(f"{finding.weight}: {finding.sentence}" for finding in found.findings)


def test_the_real_catalog_names_a_source_for_every_fact_and_only_known_look_alikes() -> None:
    catalog = read_catalog()
    assert {
        "celeba-test",
        "celeba-test-daefr",
        "lfw-test",
        "celebchild-test",
        "celebadult-test",
    } <= catalog.keys()
    assert {
        "webphoto-test",
        "wider-test",
        "ffhq",
        "celeba-hq",
        "bfr128",
        "bfr512",
        "fos-syn",
    } <= catalog.keys()
    assert {"psfr-realtest", "ntire-2025", "ntire-2026"} <= catalog.keys()
    for row in catalog.values():
        assert "what" in row.facts
        for fact in (*row.facts.values(), *row.differences):
            assert fact.text
            assert fact.sources
            assert all(s.title and (s.url.startswith("https://") or not s.url) for s in fact.sources)
        assert set(row.copy.like if row.copy else ()) <= catalog.keys()


def test_the_real_catalog_calls_what_nobody_states_unknown() -> None:
    assert find_entry("lfw-test").text("licence") == "unknown"
    assert all(aspect in ASPECTS for row in read_catalog().values() for aspect in row.facts)
    assert page().count("*unknown*") > 10


def test_the_real_catalog_s_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python docs/catalog_page.py --write`"


def test_a_name_that_is_not_in_the_catalog_is_told_with_those_that_are() -> None:
    with pytest.raises(UnknownName, match="few, heavy, wild"):
        find_entry("many")


def test_a_right_copy_becomes_a_data_set_without_copying(hq: Path, tmp_path: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    found = look("few", lq, hq)
    assert found.is_it
    assert not found.findings
    assert found.psnr == pytest.approx(20, abs=0.3)
    record = tmp_path / "record"
    assert sorted(path.name for path in record.iterdir()) == [
        "README.md",
        "dataset.json",
        "links.json",
        "manifest.parquet",
    ]
    data = open_dataset(record)
    assert [pair.name for pair in data.pairs] == [f"{number:04}" for number in range(6)]
    for pair in data.pairs:
        assert files.read_named(record / pair.lq, pair.lq_sha256)
        assert files.read_named(record / str(pair.hq), pair.hq_sha256)
    assert data.card.manifest_sha256 == found.manifest_sha256


def test_equal_copies_in_two_places_have_equal_manifests_and_cards(hq: Path, tmp_path: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(hq, elsewhere / "hq")
    shutil.copytree(lq, elsewhere / "few_lq")
    one, other = look("few", lq, hq), look("few", elsewhere / "few_lq", elsewhere / "hq")
    assert one.manifest_sha256 == other.manifest_sha256 != ""
    for name in ("manifest.parquet", "dataset.json", "README.md"):
        assert (tmp_path / "record" / name).read_bytes() == (elsewhere / "record" / name).read_bytes()


def test_a_record_stays_as_it_is_when_the_copy_has_not_changed(hq: Path, tmp_path: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    first = look("few", lq, hq)
    record = tmp_path / "record"
    then = {path.name: path.stat().st_mtime_ns for path in record.iterdir() if path.name != "links.json"}
    moved = hq.rename(tmp_path / "moved")
    assert look("few", lq, moved).manifest_sha256 == first.manifest_sha256
    now = {path.name: path.stat().st_mtime_ns for path in record.iterdir() if path.name != "links.json"}
    assert now == then  # another version of pyarrow would have written other bytes
    pair = open_dataset(record).pairs[0]
    assert files.read_named(record / str(pair.hq), pair.hq_sha256)  # links.json knows the new place


def test_a_set_without_hq_is_one_too(hq: Path, tmp_path: Path) -> None:
    for number in (4, 5):
        (hq / f"{number:04}.png").unlink()
    assert look("wild", hq, None).is_it
    assert all(pair.hq is None and pair.hq_sha256 is None for pair in open_dataset(tmp_path / "record").pairs)


def test_the_lq_of_others_under_the_same_name_are_told_by_their_psnr(hq: Path) -> None:
    heavy = degraded(hq, "heavy_lq", 15)
    found = look("few", heavy, hq)
    assert not found.is_it
    assert "15.0" in told(found)
    assert "another LQ archive" in told(found)
    assert "heavy_lq: what the publishers of Heavy (heavy) call theirs" in told(found)
    assert not (hq.parent / "record").exists()
    assert look("heavy", heavy, hq, out="heavy").is_it
    light = degraded(hq, "renamed", 20)
    assert "as those of Few (few: 20 dB)" in told(look("heavy", light, hq, out="light"))


def test_without_hq_nobody_can_tell_and_that_is_said(hq: Path) -> None:
    found = look("few", degraded(hq, "some", 20), None)
    assert found.is_it
    assert "No HQ folder is given" in told(found)
    assert "do not tell it from Heavy (heavy)" in told(found)


def test_wrong_counts_sizes_and_the_hq_folder_itself_are_told(hq: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    assert "6 LQ images are their own HQ" in told(look("few", hq, hq))
    found = look("wild", lq, None)
    assert found.is_it
    assert "Six are the larger version." in told(found)
    (lq / "0005.png").unlink()
    assert "5 images are there; Few has 6." in told(look("few", lq, None))
    pixels.write_png(lq / "0005.png", np.zeros((16, 16, 3), np.uint8))
    assert "1 images are 16×16 px. Few is 32×32 px." in told(look("few", lq, None))


def test_repeated_files_and_several_sizes_are_warned_of(hq: Path) -> None:
    for number in (4, 5):
        (hq / f"{number:04}.png").unlink()
    (hq / "0001.png").write_bytes((hq / "0000.png").read_bytes())
    pixels.write_png(hq / "0002.png", np.zeros((16, 24, 3), np.uint8))
    found = look("wild", hq, None)
    assert found.is_it
    assert "1 files are the same" in told(found)
    assert "several sizes: 24×16, 32×32" in told(found)


def test_a_file_that_changed_since_the_first_time_is_told_and_the_record_stays(
    hq: Path, tmp_path: Path
) -> None:
    lq = degraded(hq, "few_lq", 20)
    first = look("few", lq, hq)
    before = (tmp_path / "record/manifest.parquet").read_bytes()
    assert look("few", lq, hq) == first
    image = pixels.read_image(lq / "0003.png")
    image[0, 0] ^= 1
    pixels.write_png(lq / "0003.png", image)
    found = look("few", lq, hq)
    assert not found.is_it
    assert "1 files are not those that" in told(found)
    assert "0003" in told(found)
    assert (tmp_path / "record/manifest.parquet").read_bytes() == before
    pair = open_dataset(tmp_path / "record").pairs[3]
    with pytest.raises(InputError, match="not the file that the data set names"):
        files.read_named(tmp_path / pair.lq, pair.lq_sha256)


def test_names_without_a_partner_and_files_that_are_no_images_are_told(hq: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    (lq / "0000.png").rename(lq / "x.png")
    with pytest.raises(NameMismatch, match="0000, x"):
        look("few", lq, hq)
    (lq / "x.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableImage, match=r"x\.png"):
        look("few", lq, None)


def test_other_folders_are_left_alone(hq: Path, tmp_path: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/diary.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"diary\.txt"):
        look("few", lq, hq, out="mine")
    look("few", lq, hq)
    with pytest.raises(OutputError, match="the record of few"):
        look("heavy", lq, None)


def test_images_that_moved_away_are_told_with_the_way_out(hq: Path, tmp_path: Path) -> None:
    lq = degraded(hq, "few_lq", 20)
    look("few", lq, hq)
    (lq / "0002.png").unlink()
    with pytest.raises(InputError, match=r"0002 is gone.*data verify"):
        open_dataset(tmp_path / "record")


def test_recipes_of_a_linked_set_cannot_be_verified_and_that_is_said(hq: Path, tmp_path: Path) -> None:
    look("few", degraded(hq, "few_lq", 20), hq)
    with pytest.raises(InputError, match=r"no recipe to carry out again.*--as few"):
        verify_dataset(tmp_path / "record")


def test_the_card_of_a_copy_says_who_says_so_and_what_is_unknown(hq: Path, tmp_path: Path) -> None:
    look("few", degraded(hq, "few_lq", 20), hq)
    card = (tmp_path / "record/README.md").read_text()
    for fact in (
        "# few",
        "a few faces [1]",
        "Licence: *unknown*",
        "32×32 (6)",
        "1. somebody: <https://example.org>",
    ):
        assert fact in card
    assert str(tmp_path) not in card
