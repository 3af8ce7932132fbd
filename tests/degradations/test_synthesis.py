import functools
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from bfrbench import files, pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.dataset import make_dataset, open_dataset, size_note
from bfrbench.degradations.manifest import read_manifest
from bfrbench.degradations.pairs import Source, draw_pairs
from bfrbench.degradations.plan import tools
from bfrbench.degradations.presets import draw_recipe, find_preset
from bfrbench.engine import HERE, LocalEngine
from bfrbench.errors import ClusterUnfit, InputError, OutputError, UnknownName, UnreadableImage

MakeFaces = Callable[[int, int], Path]
PRESET = "gfpgan-release-128"
degrade = functools.partial(make_dataset, preset=PRESET)


def digests(folder: Path) -> dict[str, str]:
    """Every file's sha256; plan and all."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("shards", [None, 1])
def test_an_unfinished_grid_does_not_go_on_with_other_faces(
    make_faces: MakeFaces, tmp_path: Path, shards: int | None
) -> None:
    faces, out = make_faces(3, 64), tmp_path / "out"
    whole = (faces / "a.png").read_bytes()
    (faces / "a.png").write_bytes(b"broken")
    with pytest.raises(UnreadableImage):
        make_dataset(faces, out, preset="difface-test", shards=shards)
    (faces / "a.png").unlink()  # b and c would move to other cells of the grid
    with pytest.raises(OutputError, match=r"b\.png had another place in the grid of difface-test@"):
        make_dataset(faces, out, preset="difface-test", shards=shards)
    (faces / "a.png").write_bytes(whole)
    made = make_dataset(faces, out, preset="difface-test", shards=shards)
    anew = make_dataset(faces, tmp_path / "anew", preset="difface-test", shards=shards)
    assert made.card.manifest_sha256 == anew.card.manifest_sha256


def test_a_data_set_holds_pairs_manifest_and_card(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(3, 128)
    index = tmp_path / "index.csv"
    index.write_text("file,person_id,split,landmarks\na,anna,val,1;2;3;4;5;6;7;8;9;10\nb,anna,val,\nc,,,\n")
    data = degrade(faces, tmp_path / "out", index=index, seed=5, source="NASA", licence="public domain")
    assert data == open_dataset(tmp_path / "out")
    card = data.card
    assert (card.name, card.count, card.people) == (f"faces-{PRESET}", 3, 2)
    assert (card.preset, card.seed, card.copies) == (f"{PRESET}@1", 5, 1)
    assert (card.source, card.licence) == ("NASA", "public domain")
    assert set(card.tools) == {
        *("bfrbench", "numpy", "opencv", "pillow", "isal", "pandas", "pyarrow", "machine", "cpu", "ipp")
    }
    assert [pair.name for pair in data.pairs] == ["a", "b", "c"]
    assert [pair.person_id for pair in data.pairs] == ["anna", "anna", "c"]
    assert data.pairs[0].landmarks == tuple(range(1, 11))
    assert data.pairs[1].landmarks is None
    for pair in data.pairs:
        assert files.sha256_file(data.folder / pair.lq) == pair.lq_sha256
        assert files.sha256_file(data.folder / str(pair.hq)) == pair.hq_sha256
    rows = read_manifest(data.folder)[1]
    assert rows["source_sha256"].tolist() == [files.sha256_file(path) for path in sorted(faces.iterdir())]
    assert rows["source_file"].tolist() == ["a.png", "b.png", "c.png"]
    assert set(rows["width"]) == set(rows["height"]) == {128}
    assert rows["split"].fillna("").tolist() == ["val", "val", ""]


def test_each_row_holds_the_recipe_that_made_its_lq(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = degrade(make_faces(3, 96), tmp_path / "out")
    for row in read_manifest(data.folder)[1].to_dict("records"):
        steps = recipe.from_json(row["recipe"])
        hq = pixels.read_image(data.folder / "hq" / f"{row['name']}.png")
        lq = pixels.read_image(data.folder / "lq" / f"{row['name']}.png")
        np.testing.assert_array_equal(recipe.apply(steps, hq), lq)
        flat = recipe.columns(steps)
        assert {key: row[key] for key in flat} == flat


def test_one_and_two_workers_write_the_same_bytes(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(6, 128)
    seen: list[tuple[int, int]] = []
    degrade(faces, tmp_path / "one", copies=2, engine=HERE)
    degrade(
        faces,
        tmp_path / "two",
        copies=2,
        engine=LocalEngine(2),
        on_progress=lambda done, of: seen.append((done, of)),
    )
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert seen == [(done, 12) for done in range(2, 13, 2)]


def test_another_seed_gives_other_lq_of_the_same_hq(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 64)
    first, second = (degrade(faces, tmp_path / str(seed), seed=seed) for seed in (0, 1))
    for one, other in zip(first.pairs, second.pairs, strict=True):
        assert one.hq_sha256 == other.hq_sha256
        assert one.lq_sha256 != other.lq_sha256


def test_changing_or_leaving_out_an_image_changes_no_other(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(4, 64)
    before = {pair.name: pair for pair in degrade(faces, tmp_path / "before").pairs}
    (faces / "a.png").unlink()
    pixels.write_png(faces / "b.png", np.full((64, 64, 3), 90, np.uint8))
    after = {pair.name: pair for pair in degrade(faces, tmp_path / "after").pairs}
    assert after.keys() == {"b", "c", "d"}
    assert after["b"].lq_sha256 != before["b"].lq_sha256
    assert (after["c"], after["d"]) == (before["c"], before["d"])


def test_copies_are_of_one_person_and_differ(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = degrade(make_faces(2, 64), tmp_path / "out", copies=3)
    assert [pair.name for pair in data.pairs] == ["a-1", "a-2", "a-3", "b-1", "b-2", "b-3"]
    assert [pair.person_id for pair in data.pairs] == ["a"] * 3 + ["b"] * 3
    assert len({pair.lq_sha256 for pair in data.pairs}) == 6
    assert len({pair.hq_sha256 for pair in data.pairs}) == 2
    assert data.card.people == 2


def test_rows_and_faces_are_sorted_by_name_whatever_their_files_are_called(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(1, 32)
    for other in ("a-b", "a!"):  # "a-b.png" sorts before "a.png", but "a" before "a-b"
        shutil.copy(faces / "a.png", faces / f"{other}.png")
    assert [pair.name for pair in degrade(faces, tmp_path / "two", limit=2).pairs] == ["a", "a!"]
    names = [pair.name for pair in degrade(faces, tmp_path / "many", copies=11).pairs]
    assert names == sorted(names)
    assert names[:3] == ["a!-1", "a!-10", "a!-11"]


def test_a_split_and_a_limit_choose_the_first_faces_by_name(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(5, 32)
    index = tmp_path / "index.csv"
    index.write_text("name,split\ne,val\nd,val\nc,train\nb,val\na,train\n")
    data = degrade(faces, tmp_path / "out", index=index, split="val", limit=2)
    assert [pair.name for pair in data.pairs] == ["b", "d"]
    assert data.card.name == f"faces-val-{PRESET}"


KILLED = """
import sys
from pathlib import Path
from bfrbench.degradations.dataset import make_dataset
make_dataset(Path(sys.argv[1]), Path(sys.argv[2]), preset="gfpgan-release-128",
             on_progress=lambda done, total: print(done, flush=True))
"""


def test_after_a_kill_the_same_command_ends_with_the_same_bytes(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(16, 256)
    degrade(faces, tmp_path / "whole")
    out = tmp_path / "killed"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(faces), str(out)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "3":
            assert child.poll() is None
        child.kill()
    made = list((out / "lq").glob("[!.]*.png"))
    assert 3 <= len(made) < 16
    assert not (out / "dataset.json").exists()
    with pytest.raises(InputError, match="not finished"):
        open_dataset(out)
    (out / "lq" / ".writing-left.png").write_bytes(b"half")
    kept = {path: path.stat().st_mtime_ns for path in made}
    degrade(faces, out)
    assert digests(out) == digests(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in made} == kept


def test_a_finished_data_set_is_not_made_again(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 64)
    first = degrade(faces, tmp_path / "out")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    for path in faces.iterdir():
        path.touch()
    assert degrade(faces, tmp_path / "out", engine=LocalEngine(2)) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == times


def test_another_plan_for_the_same_folder_is_refused(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(3, 64)
    out = tmp_path / "out"
    degrade(faces, out)
    before = digests(out)
    with pytest.raises(OutputError, match=r"seed was 0 and is now 1.*another output folder, or remove"):
        degrade(faces, out, seed=1)
    with pytest.raises(OutputError, match="preset was"):
        make_dataset(faces, out, preset="gfpgan-paper-128")
    with pytest.raises(OutputError, match="licence was '' and is now 'CC0'"):
        degrade(faces, out, licence="CC0")
    with pytest.raises(OutputError, match="c is new, gone, changed"):
        degrade(faces, out, limit=2)
    pixels.write_png(faces / "b.png", np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(OutputError, match="b is new, gone, changed"):
        degrade(faces, out)
    assert digests(out) == before


def test_unreadable_images_are_named_at_the_end_and_nothing_is_lost(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(5, 64)
    out = tmp_path / "out"
    good = {name: (faces / name).read_bytes() for name in ("b.png", "d.png")}
    (faces / "b.png").write_bytes(good["b.png"][:500])
    (faces / "d.png").write_bytes(b"")
    with pytest.raises(UnreadableImage, match=r"2 of 5 images .*b\.png is damaged.*d\.png is an empty file"):
        degrade(faces, out)
    assert sorted(path.name for path in (out / "lq").iterdir()) == ["a.png", "c.png", "e.png"]
    assert not (out / "dataset.json").exists()
    times = {path: path.stat().st_mtime_ns for path in (out / "lq").iterdir()}
    for name, data in good.items():
        (faces / name).write_bytes(data)
    degrade(faces, out)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    degrade(faces, tmp_path / "fresh")
    assert digests(out) == digests(tmp_path / "fresh")


def test_an_image_changed_after_its_lq_was_made_is_refused(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(3, 64)
    good = (faces / "c.png").read_bytes()
    (faces / "c.png").write_bytes(b"no image")
    with pytest.raises(UnreadableImage):
        degrade(faces, tmp_path / "out")
    (faces / "c.png").write_bytes(good)
    (faces / "a.png").write_bytes(good)
    with pytest.raises(OutputError, match=r"a\.png has changed or is gone since its LQ was made"):
        degrade(faces, tmp_path / "out")


def test_a_folder_that_holds_other_things_is_left_alone(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(1, 32)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("x")
    with pytest.raises(OutputError, match=r"already holds other things \(chapter1\.tex\)"):
        degrade(faces, tmp_path / "thesis")
    for out in (faces, tmp_path, tmp_path / "thesis" / ".." / "faces"):
        with pytest.raises(OutputError, match="is or holds the HQ folder"):
            degrade(faces, out)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="a file stands where a folder should be"):
        degrade(faces, tmp_path / "file" / "out")


def test_a_write_that_fails_in_a_worker_arrives_as_a_sentence(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 32)
    good = (faces / "b.png").read_bytes()
    (faces / "b.png").write_bytes(b"")
    with pytest.raises(UnreadableImage):
        degrade(faces, tmp_path / "out")
    (faces / "b.png").write_bytes(good)
    (tmp_path / "out" / "lq" / "b.png").mkdir()
    with pytest.raises(OutputError, match=r"Cannot write .*b\.png"):
        degrade(faces, tmp_path / "out", engine=LocalEngine(2))
    assert not list((tmp_path / "out").rglob(".writing-*"))


def test_bad_arguments_are_refused_before_anything_is_written(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(1, 32)
    with pytest.raises(UnknownName, match="gfpgan-release"):
        make_dataset(faces, tmp_path / "out", preset="gfpgan")
    with pytest.raises(InputError, match="0 copies"):
        degrade(faces, tmp_path / "out", copies=0)
    with pytest.raises(InputError, match="limit is 0"):
        degrade(faces, tmp_path / "out", limit=0)
    with pytest.raises(InputError, match="is not a folder"):
        degrade(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        degrade(tmp_path / "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_hq_images_of_another_size_are_degraded_and_counted(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 128)
    assert size_note(degrade(faces, tmp_path / "right")) is None
    pixels.write_png(faces / "b.png", np.zeros((40, 50, 3), np.uint8))
    shutil.copy(faces / "b.png", faces / "c.png")
    data = degrade(faces, tmp_path / "out")
    assert pixels.read_image(data.folder / "lq" / "b.png").shape == (40, 50, 3)
    note = size_note(data)
    assert note is not None
    assert note.startswith("2 of 3 HQ images are not 128×128 px (b is 50×40)")


def test_any_ordinary_picture_may_be_an_hq(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(1, 64)
    tiny = np.full((1, 1, 3), 7, np.uint8)
    pixels.write_png(faces / "tiny.png", tiny)
    (faces / "notes.txt").write_text("ignored")
    data = degrade(faces, tmp_path / "out")
    assert [pair.name for pair in data.pairs] == ["a", "tiny"]
    np.testing.assert_array_equal(pixels.read_image(data.folder / "hq" / "tiny.png"), tiny)


def test_a_grid_preset_gives_each_pair_the_combination_of_its_place(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(4, 64)
    preset = find_preset("ladder-blur-128")
    data = make_dataset(faces, tmp_path / "out", preset=preset.id, copies=preset.per_face)
    steps = [recipe.from_json(text) for text in read_manifest(data.folder)[1]["recipe"]]
    assert steps == [
        draw_recipe(preset, 0, pair.name, (64, 64), position) for position, pair in enumerate(data.pairs)
    ]
    assert len({text.steps[0] for text in steps[:5]}) == 5
    packed = make_dataset(
        faces, tmp_path / "packed", preset=preset.id, copies=5, shards=3, engine=LocalEngine(2)
    )
    assert [pair.lq_sha256 for pair in packed.pairs] == [pair.lq_sha256 for pair in data.pairs]
    fewer = make_dataset(faces, tmp_path / "fewer", preset=preset.id, copies=5, limit=2)
    assert fewer.pairs == data.pairs[:10]


def test_a_plain_png_is_taken_as_it_is_and_any_other_file_written_anew(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(2, 32)
    image = pixels.read_image(faces / "b.png")
    (faces / "b.png").unlink()
    Pillow.fromarray(image).convert("RGBA").save(faces / "b.png")
    data = degrade(faces, tmp_path / "out")
    assert (data.folder / "hq" / "a.png").read_bytes() == (faces / "a.png").read_bytes()
    assert (data.folder / "hq" / "b.png").read_bytes() == pixels.encode_png(image)


def test_a_worker_with_other_tools_than_the_plan_makes_nothing(tmp_path: Path) -> None:
    source = Source(tmp_path, find_preset(PRESET), 0, "exact", {**tools(), "opencv": "0.1"})
    with pytest.raises(ClusterUnfit, match=r"opencv .*, not 0\.1"):
        next(draw_pairs([], source))
