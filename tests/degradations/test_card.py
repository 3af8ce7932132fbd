import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bfrbench import pixels
from bfrbench.degradations.dataset import make_dataset
from bfrbench.degradations.manifest import read_manifest
from bfrbench.degradations.presets import find_preset

MakeFaces = Callable[[int, int], Path]
PRESET = "gfpgan-release-128"
degrade = functools.partial(make_dataset, preset=PRESET)


def card_of(folder: Path) -> str:
    return (folder / "README.md").read_text()


def test_the_card_tells_what_how_many_of_whom_and_whose(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(4, 128)
    pixels.write_png(faces / "d.png", np.zeros((40, 50, 3), np.uint8))
    index = tmp_path / "index.csv"
    index.write_text("name,person_id,split\na,anna,val\nb,anna,val\nc,ben,train\nd,dora,train\n")
    degrade(faces, tmp_path / "out", index=index, seed=7, copies=2, source="NASA", licence="CC0")
    text = card_of(tmp_path / "out")
    preset = find_preset(PRESET)
    for fact in (
        f"# faces-{PRESET}\n",
        "8 pairs of faces",
        "2 of each HQ",
        "128×128 (6), 50×40 (2)",
        f"Preset `{PRESET}@1`",
        "root seed 7",
        preset.source,
        preset.notes,
        "3 people. Splits, by the index",
        "- train: 4 pairs of 2 people\n- val: 4 pairs of 1 people",
        "- Source: NASA\n- Licence: CC0",
        "2 of 8 HQ images are not 128×128 px",
        "8 of 8 pairs have no landmarks",
        "bfrbench verify .",
    ):
        assert fact in text


def test_the_card_says_that_stand_in_ranges_are_not_the_paper_s(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    degrade(make_faces(1, 32), tmp_path / "out", preset="bfr-benchmark-blur-128")
    text = card_of(tmp_path / "out")
    assert "no number on this set stands beside that paper's" in text
    assert "ranges are not the paper's" in text


def test_the_card_says_what_nobody_said(make_faces: MakeFaces, tmp_path: Path) -> None:
    degrade(make_faces(1, 32), tmp_path / "out")
    text = card_of(tmp_path / "out")
    assert text.count("Not stated") == 2
    assert "each image counts as a person of its own" in text
    assert "There are no splits." in text


def test_equal_data_sets_have_equal_cards_wherever_they_were_made(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(3, 32)
    degrade(faces, tmp_path / "one", shards=2, splits="20/30/50")
    degrade(faces, tmp_path / "elsewhere" / "two", shards=2, splits="20/30/50")
    assert card_of(tmp_path / "one") == card_of(tmp_path / "elsewhere" / "two")


def test_the_command_on_the_card_makes_the_set_again(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(4, 64)
    out, again = tmp_path / "out", tmp_path / "again"
    degrade(
        faces,
        out,
        seed=3,
        copies=2,
        shards=3,
        splits="20/30/50",
        fast=True,
        source="the crew's portraits",
        licence="public domain",
    )
    command = re.search(r"    bfrbench degrade HQ OUT (.*)\n", card_of(out))
    assert command
    options = shlex.split(command[1])
    subprocess.run(
        [sys.executable, "-m", "bfrbench", "degrade", faces, again, *options, "--json"], check=True
    )
    assert card_of(again) == card_of(out)
    assert (again / "dataset.json").read_text() == (out / "dataset.json").read_text()
    assert (again / "shards.json").read_text() == (out / "shards.json").read_text()


def test_the_card_of_a_set_has_the_numbers_of_its_manifest(make_faces: MakeFaces, tmp_path: Path) -> None:
    degrade(make_faces(9, 32), tmp_path / "out", splits="20/30/50")
    rows = read_manifest(tmp_path / "out")[1]
    assert "20/30/50 (train/val/test) by sha256(person_id) mod 100" in card_of(tmp_path / "out")
    told = re.findall(r"- (\w+): (\d+) pairs of (\d+) people", card_of(tmp_path / "out"))
    assert {split: int(count) for split, count, _ in told} == dict(rows["split"].value_counts())
