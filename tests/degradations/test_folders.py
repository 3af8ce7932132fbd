import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bfrbench import files
from bfrbench.degradations.dataset import plain_dataset
from bfrbench.errors import InputError, NameMismatch

MakeFaces = Callable[[int, int], Path]


def test_two_folders_are_paired_by_name_whatever_the_suffix(make_faces: MakeFaces, tmp_path: Path) -> None:
    hq = make_faces(2, 32)
    lq = tmp_path / "lq"
    shutil.copytree(hq, lq)
    (lq / "a.png").rename(lq / "a.bmp")
    data = plain_dataset(hq, lq)
    assert data.card.preset is None
    assert data.card.count == data.card.people == 2
    a = data.pairs[0]
    assert (a.name, a.person_id, a.landmarks) == ("a", "a", None)
    assert data.folder / a.lq == (lq / "a.bmp").resolve()
    assert a.lq_sha256 == files.sha256_file(lq / "a.bmp")
    assert a.hq_sha256 == files.sha256_file(hq / "a.png")


def test_one_folder_alone_leaves_the_other_side_empty(make_faces: MakeFaces) -> None:
    folder = make_faces(1, 32)
    path, sha256 = str((folder / "a.png").resolve()), files.sha256_file(folder / "a.png")
    (hq_only,), (lq_only,) = plain_dataset(hq=folder).pairs, plain_dataset(lq=folder).pairs
    assert (hq_only.hq, hq_only.hq_sha256, hq_only.lq, hq_only.lq_sha256) == (path, sha256, "", "")
    assert (lq_only.hq, lq_only.hq_sha256, lq_only.lq, lq_only.lq_sha256) == (None, None, path, sha256)
    with pytest.raises(ValueError, match="an HQ folder, an LQ folder or both"):
        plain_dataset()


def test_the_sha256_of_plain_folders_follows_their_content(make_faces: MakeFaces, tmp_path: Path) -> None:
    hq = make_faces(2, 32)
    shutil.copytree(hq, tmp_path / "copy")
    first = plain_dataset(hq).card.manifest_sha256
    assert plain_dataset(tmp_path / "copy").card.manifest_sha256 == first
    shutil.copy(hq / "a.png", hq / "b.png")
    assert plain_dataset(hq).card.manifest_sha256 != first


def test_names_without_a_partner_are_listed_from_both_sides(make_faces: MakeFaces, tmp_path: Path) -> None:
    hq = make_faces(3, 32)
    shutil.copytree(hq, tmp_path / "lq")
    (tmp_path / "lq" / "a.png").rename(tmp_path / "lq" / "z.png")
    with pytest.raises(NameMismatch, match=r"2 images .*faces: a, .*lq: z"):
        plain_dataset(hq, tmp_path / "lq")
    with pytest.raises(InputError, match="is not a folder"):
        plain_dataset(tmp_path / "nowhere")
