import functools
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bfrbench import files, pixels
from bfrbench.degradations.dataset import make_dataset, open_dataset, verify_dataset
from bfrbench.degradations.manifest import read_manifest
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError, OutputError, UnreadableImage

MakeFaces = Callable[[int, int], Path]
degrade = functools.partial(make_dataset, preset="gfpgan-release-128")


def digests(folder: Path) -> dict[str, str]:
    """Every file's sha256; plan and all."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def samples(tar: Path) -> Iterator[dict[str, bytes]]:
    """As WebDataset reads a shard (tariterators.py): neighbours whose names agree up to the first dot."""
    current: dict[str, bytes] = {}
    with tarfile.open(tar, "r|") as archive:
        for member in archive:
            match = re.fullmatch(r"((?:.*/|)[^.]+)[.]([^/]*)", member.name)
            file = archive.extractfile(member)
            assert match
            assert file
            if current.get("__key__") != match[1].encode():
                if current:
                    yield current
                current = {"__key__": match[1].encode()}
            current[match[2]] = file.read()
    yield current


def test_shards_hold_the_very_images_of_a_folder_of_files(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(5, 64)
    index = tmp_path / "index.csv"
    index.write_text("name,person_id,landmarks\na,anna,1;2;3;4;5;6;7;8;9;10\nb,anna,\nc,,\nd,,\ne,,\n")
    plain = degrade(faces, tmp_path / "plain", index=index)
    packed = degrade(faces, tmp_path / "packed", index=index, shards=2)
    assert packed == open_dataset(tmp_path / "packed")
    assert [pair.lq for pair in packed.pairs] == [
        f"shards/0000{number // 2}.tar/{name}.lq.png" for number, name in enumerate("abcde")
    ]
    for one, other in zip(plain.pairs, packed.pairs, strict=True):
        for kind in ("lq", "hq"):
            a, b = plain.folder / getattr(one, kind), packed.folder / getattr(other, kind)
            assert files.read_bytes(a) == files.read_bytes(b)
        assert (one.lq_sha256, one.hq_sha256) == (other.lq_sha256, other.hq_sha256)
        assert (one.person_id, one.landmarks) == (other.person_id, other.landmarks)
    assert (pixels.read_image(b) == pixels.read_image(a)).all()
    assert not (tmp_path / "packed" / "lq").exists()


def test_a_webdataset_reader_finds_lq_hq_and_json_of_each_sample(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    data = degrade(make_faces(3, 32), tmp_path / "out", shards=10)
    (listed,) = files.read_json(data.folder / "shards.json", list, "")
    tar = data.folder / "shards" / listed["file"]
    assert listed == {
        "file": "00000.tar",
        "samples": 3,
        "bytes": tar.stat().st_size,
        "sha256": files.sha256_file(tar),
    }
    rows = read_manifest(data.folder)[1].set_index("name", drop=False)
    found = list(samples(tar))
    assert [sample["__key__"] for sample in found] == [b"a", b"b", b"c"]
    for sample in found:
        about = json.loads(sample["json"])
        row = rows.loc[about["name"]]
        assert {key: about[key] for key in ("person_id", "lq_sha256", "source_sha256", "width")} == {
            key: row[key] for key in ("person_id", "lq_sha256", "source_sha256", "width")
        }
        assert about["recipe"] == json.loads(row["recipe"])
        assert files.sha256_bytes(sample["lq.png"]) == row["lq_sha256"]
        assert files.sha256_bytes(sample["hq.png"]) == row["hq_sha256"]


def test_headers_hold_no_time_and_no_user(make_faces: MakeFaces, tmp_path: Path) -> None:
    degrade(make_faces(2, 32), tmp_path / "out", shards=2)
    with tarfile.open(tmp_path / "out" / "shards" / "00000.tar") as archive:
        for member in archive:
            assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
            assert member.mode == 0o644


def test_any_number_of_workers_writes_the_same_shards(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(5, 64)
    seen: list[tuple[int, int]] = []
    degrade(faces, tmp_path / "one", copies=2, shards=4)
    degrade(
        faces,
        tmp_path / "two",
        copies=2,
        shards=4,
        engine=LocalEngine(2),
        on_progress=lambda done, of: seen.append((done, of)),
    )
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_shard_that_is_cut_short_is_made_again(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces, out = make_faces(2, 32), tmp_path / "out"
    degrade(faces, out, shards=1)
    whole = digests(out)
    (out / "dataset.json").unlink()
    tar = out / "shards" / "00000.tar"
    tar.write_bytes(tar.read_bytes()[:700])
    degrade(faces, out, shards=1)
    assert digests(out) == whole


def test_each_split_has_shards_of_its_own(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = degrade(make_faces(9, 32), tmp_path / "out", shards=2, splits="20/30/50")
    rows = read_manifest(data.folder)[1]
    assert set(rows["split"]) == {"train", "val", "test"}
    for split, part in rows.groupby("split"):
        tars = [f"{split}-{number:05d}.tar" for number in range(-(-len(part) // 2))]
        assert sorted(set(part["shard"])) == tars
    assert verify_dataset(data.folder).passed


KILLED = """
import sys
from pathlib import Path
from bfrbench.degradations.dataset import make_dataset
make_dataset(Path(sys.argv[1]), Path(sys.argv[2]), preset="gfpgan-release-128", shards=2,
             on_progress=lambda done, total: print(done, flush=True))
"""


def test_after_a_kill_whole_shards_are_kept_and_the_rest_is_made(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(16, 256)
    degrade(faces, tmp_path / "whole", shards=2)
    out = tmp_path / "killed"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(faces), str(out)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "4":
            assert child.poll() is None
        child.kill()
    made = list((out / "shards").glob("[!.]*.tar"))
    assert 2 <= len(made) < 8
    with pytest.raises(InputError, match="not finished"):
        open_dataset(out)
    (out / "shards" / ".writing-left.tar").write_bytes(b"half")
    kept = {path: path.stat().st_mtime_ns for path in made}
    degrade(faces, out, shards=2)
    assert digests(out) == digests(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in made} == kept


def test_a_shard_that_holds_other_faces_than_planned_is_made_anew(
    make_faces: MakeFaces, tmp_path: Path
) -> None:
    faces = make_faces(4, 64)
    good = (faces / "d.png").read_bytes()
    (faces / "d.png").write_bytes(good[:300])
    out = tmp_path / "out"
    with pytest.raises(UnreadableImage, match=r"1 of 4 images .*d\.png is damaged"):
        degrade(faces, out, shards=2)
    assert [path.name for path in (out / "shards").iterdir()] == ["00000.tar"]
    (faces / "d.png").write_bytes(good)
    (faces / "a.png").write_bytes((faces / "c.png").read_bytes())
    degrade(faces, out, shards=2)
    degrade(faces, tmp_path / "fresh", shards=2)
    assert digests(out) == digests(tmp_path / "fresh")


def test_a_plan_with_other_shards_is_refused(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(4, 32)
    degrade(faces, tmp_path / "out", shards=2)
    with pytest.raises(OutputError, match="shards was 2 and is now 3"):
        degrade(faces, tmp_path / "out", shards=3)
    with pytest.raises(OutputError, match="shards was 2 and is now None"):
        degrade(faces, tmp_path / "out")
    (tmp_path / "out" / "dataset.json").unlink()
    with pytest.raises(OutputError, match=r"shards/00001\.tar is there and not part of it"):
        degrade(faces, tmp_path / "out", shards=2, limit=2)


def test_names_that_webdataset_would_cut_are_refused(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 32)
    (faces / "b.png").rename(faces / "b.2.png")
    with pytest.raises(InputError, match=r"1 names hold a dot \(b\.2\)"):
        degrade(faces, tmp_path / "out", shards=2)
    with pytest.raises(InputError, match="0 pairs per shard"):
        degrade(faces, tmp_path / "out", shards=0)
    (faces / "b.2.png").rename(faces / "b.png")
    index = tmp_path / "index.csv"
    index.write_text("name,split\na,../x\nb,val\n")
    with pytest.raises(InputError, match=r"no file names: \.\./x"):
        degrade(faces, tmp_path / "out", shards=2, index=index)
    assert not (tmp_path / "out").exists()


def test_long_and_foreign_names_come_back_from_a_shard(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(2, 32)
    (faces / "a.png").rename(faces / f"{'å' * 100}.png")
    data = degrade(faces, tmp_path / "out", shards=2)
    assert {pair.name for pair in data.pairs} == {"å" * 100, "b"}
    assert verify_dataset(data.folder).passed


def test_a_shard_that_is_missing_cut_or_repacked_is_found(make_faces: MakeFaces, tmp_path: Path) -> None:
    data = degrade(make_faces(6, 64), tmp_path / "out", shards=2)
    assert verify_dataset(data.folder).passed
    tars = sorted((data.folder / "shards").iterdir())
    tars[0].unlink()
    tars[1].write_bytes(tars[1].read_bytes()[:700])
    with tarfile.open(tars[2]) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive]
        contents = {name: file.read() for name, file in members if file}
    with tarfile.open(tars[2], "w") as archive:
        for name, content in contents.items():
            header = tarfile.TarInfo(name)
            header.size, header.mtime = len(content), 1
            archive.addfile(header, io.BytesIO(content))
    found = verify_dataset(data.folder)
    assert found.missing == ("shards/00000.tar/a.hq.png", "shards/00000.tar/b.hq.png")
    assert [item.name for item in found.differing] == ["c", "d"]
    assert (found.total, found.same) == (6, 2)
    assert found.shards_differ == ("shards/00001.tar", "shards/00002.tar")
    assert not found.passed
