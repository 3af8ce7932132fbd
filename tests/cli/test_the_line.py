"""From HQ faces to a board through the command line: the good way, and the ways in which it breaks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

from bfrbench.pixels import read_image, write_png

SIZE = 64


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    folder.mkdir()
    picture = astronaut()
    for number in range(12):
        corner = picture[8 * number : 8 * number + SIZE, 180 : 180 + SIZE]
        write_png(folder / f"face-{number:02}.png", np.ascontiguousarray(corner))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def degrade(cli, faces: Path, out: Path, *more: object):  # type: ignore[no-untyped-def]
    return cli("degrade", faces, out, "--preset", "gfpgan-release-128", "--workers", 1, *more)


def test_one_or_two_workers_give_the_same_bytes_on_the_whole_way(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for workers in (1, 2):
        place = tmp_path / str(workers)
        more = ("--workers", workers)
        assert cli("degrade", faces, place / "data", "--preset", "gfpgan-paper-128", *more).returncode == 0
        assert cli("restore", place / "data", place / "run", "-r", "bilateral", *more).returncode == 0
        assert cli("score", place / "run", "--against", place / "data", *more).returncode == 0
    assert contents(tmp_path / "1/data") == contents(tmp_path / "2/data")
    assert contents(tmp_path / "1/run/restored") == contents(tmp_path / "2/run/restored")
    for file in ("scores.json", "scores.parquet"):
        assert (tmp_path / "1/run" / file).read_bytes() == (tmp_path / "2/run" / file).read_bytes()


def kill_when(ready: Path, least: int, *words: object) -> None:
    """Start a verb in its own process group and SIGKILL all of it once `ready` holds `least` files."""
    command = [sys.executable, "-m", "bfrbench", *map(str, words)]
    verb = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while verb.poll() is None and (not ready.is_dir() or len(list(ready.iterdir())) < least):
        time.sleep(0.002)
    if verb.poll() is None:
        os.killpg(verb.pid, signal.SIGKILL)
    verb.wait()


@pytest.mark.parametrize("workers", [1, 2])
def test_degrade_killed_midway_ends_as_if_it_had_not_been(cli, faces, tmp_path, workers) -> None:  # type: ignore[no-untyped-def]
    options = ("--copies", 8, "--preset", "gfpgan-release-128", "--workers", workers)
    assert cli("degrade", faces, tmp_path / "whole", *options).returncode == 0
    kill_when(tmp_path / "cut/lq", 5, "degrade", faces, tmp_path / "cut", *options)
    assert not (tmp_path / "cut/dataset.json").exists()
    assert cli("degrade", faces, tmp_path / "cut", *options).returncode == 0
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_restore_killed_midway_ends_as_if_it_had_not_been(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    degrade(cli, faces, tmp_path / "data", "--copies", 4)
    options = ("-r", "tv", "--workers", 1, "--batch", 2)
    assert cli("restore", tmp_path / "data", tmp_path / "whole", *options).returncode == 0
    kill_when(tmp_path / "cut/restored", 5, "restore", tmp_path / "data", tmp_path / "cut", *options)
    assert not (tmp_path / "cut/run.json").exists()
    done = cli("restore", tmp_path / "data", tmp_path / "cut", *options)
    assert done.returncode == 0
    assert contents(tmp_path / "cut/restored") == contents(tmp_path / "whole/restored")
    whole = cli("restore", tmp_path / "data", tmp_path / "whole", *options)
    assert whole.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]  # the run's sha256


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_said_and_nothing_done_is_lost(cli, faces, tmp_path, small_disk, workers) -> None:  # type: ignore[no-untyped-def]
    options = ("--copies", 6, "--preset", "gfpgan-release-128", "--workers", workers)
    full = cli("degrade", faces, small_disk / "data", *options)
    assert full.returncode == 1
    assert "disk is full" in full.stderr
    assert "Traceback" not in full.stderr
    done = [path for path in (small_disk / "data/lq").iterdir() if not path.name.startswith(".")]
    assert done
    for path in done:
        assert read_image(path).shape == (SIZE, SIZE, 3)
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert cli("degrade", faces, small_disk / "data", *options).returncode == 0
    assert cli("degrade", faces, tmp_path / "whole", *options).returncode == 0
    assert contents(small_disk / "data") == contents(tmp_path / "whole")


def test_a_full_disk_while_restoring_is_said(cli, faces, tmp_path, small_disk) -> None:  # type: ignore[no-untyped-def]
    degrade(cli, faces, tmp_path / "data", "--copies", 4)
    full = cli("restore", tmp_path / "data", small_disk / "run", "-r", "unsharp", "--workers", 1)
    assert full.returncode == 1
    assert "disk is full" in full.stderr
    assert not (small_disk / "run/run.json").exists()


def test_every_bad_hq_is_named_and_the_good_ones_are_kept(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (faces / "empty.png").touch()
    (faces / "text.jpg").write_text("I am not a picture")
    whole = (faces / "face-00.png").read_bytes()
    (faces / "truncated.png").write_bytes(whole[: len(whole) // 2])
    done = degrade(cli, faces, tmp_path / "data")
    assert done.returncode == 1
    for name in ("empty.png", "text.jpg", "truncated.png"):
        assert name in done.stderr
    assert not (tmp_path / "data/dataset.json").exists()
    for name in ("empty.png", "text.jpg", "truncated.png"):
        (faces / name).unlink()
    assert degrade(cli, faces, tmp_path / "data").returncode in (0, 1)


def test_odd_but_whole_pictures_are_read(cli, tmp_path) -> None:  # type: ignore[no-untyped-def]
    faces = tmp_path / "faces"
    faces.mkdir()
    face = Pillow.fromarray(astronaut()[:SIZE, 180 : 180 + SIZE])
    face.convert("L").save(faces / "grey.png")
    face.convert("CMYK").save(faces / "cmyk.jpg")
    face.convert("RGBA").save(faces / "rgba.png")
    face.quantize(32).save(faces / "palette.png")
    face.convert("I;16").save(faces / "deep.tif")
    done = degrade(cli, faces, tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert cli("verify", tmp_path / "data").returncode == 0


def test_a_folder_without_images_is_said(cli, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "none").mkdir()
    done = degrade(cli, tmp_path / "none", tmp_path / "data")
    assert done.returncode == 1
    assert "holds no image" in done.stderr


def test_two_folders_are_enough(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in faces.iterdir():
        write_png(mine / f"{path.stem}_out.png", read_image(path))
    done = cli("score", mine, "--hq", faces)
    assert done.returncode == 1
    assert "--suffix _out" in done.stderr
    done = cli("score", mine, "--hq", faces, "--suffix", "_out")
    assert done.returncode == 0, done.stderr
    assert "psnr/rgb" in done.stdout
    assert "weights" in done.stdout  # what was left out, and what would bring it
    assert (tmp_path / "mine-scores/scores.json").is_file()


def test_a_missing_and_a_broken_image_are_counted(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mine = tmp_path / "mine"
    shutil.copytree(faces, mine)
    (mine / "face-03.png").unlink()
    (mine / "face-04.png").write_bytes(b"\x89PNG")
    write_png(mine / "face-05.png", np.zeros((SIZE, SIZE - 1, 3), np.uint8))
    done = cli("score", mine, "--hq", faces)
    assert done.returncode == 1
    for words in ("1 image: missing", "1 image: unreadable", "1 image: wrong_size", "9/12"):
        assert words in done.stdout


def test_a_restorer_that_crashes_on_one_image_loses_only_that(cli, faces, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "moody.py").write_text(
        "class Moody:\n"
        "    name = 'moody'\n"
        "    def __call__(self, batch):\n"
        "        if any(int(image[0, 0].sum()) == LEAST for image in batch):\n"
        "            raise RuntimeError('not this one')\n"
        "        return [255 - image for image in batch]\n"
    )
    degrade(cli, faces, tmp_path / "data")
    sums = {path.stem: int(read_image(path)[0, 0].sum()) for path in sorted((tmp_path / "data/lq").iterdir())}
    unlucky = next(name for name, value in sums.items() if list(sums.values()).count(value) == 1)
    text = (tmp_path / "moody.py").read_text().replace("LEAST", str(sums[unlucky]))
    (tmp_path / "moody.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    done = cli("restore", tmp_path / "data", tmp_path / "run", "-r", "moody:Moody", "--workers", 1)
    assert done.returncode == 1
    assert unlucky in done.stderr
    assert "not this one" in done.stderr
    assert len(list((tmp_path / "run/restored").iterdir())) == 11


def test_verify_finds_a_changed_image(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    degrade(cli, faces, tmp_path / "data")
    assert cli("verify", tmp_path / "data").returncode == 0
    path = tmp_path / "data/lq/face-07.png"
    image = read_image(path).copy()
    image[5, 5, 1] ^= 4
    write_png(path, image)
    done = cli("verify", tmp_path / "data")
    assert done.returncode == 1
    assert "face-07" in done.stdout
    assert "11 of 12" in done.stdout


def test_a_set_in_tar_shards_goes_the_whole_way_too(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    degrade(cli, faces, tmp_path / "folder")
    packed = degrade(cli, faces, tmp_path / "packed", "--shards", 5)
    assert packed.returncode == 0, packed.stderr
    assert cli("verify", tmp_path / "packed").returncode == 0
    for name in ("lq", "hq"):
        for data in ("folder", "packed"):
            run = tmp_path / f"{data}-{name}"
            done = cli("restore", tmp_path / data, run, "-r", name, "--workers", 1)
            assert done.returncode == 0, done.stderr
        done = cli("score", run, "--against", tmp_path / "packed", "--workers", 1)
        assert done.returncode == 0, done.stderr
        assert contents(tmp_path / f"folder-{name}/restored") == contents(
            tmp_path / f"packed-{name}/restored"
        )
    runs = [tmp_path / "packed-lq", tmp_path / "packed-hq"]
    built = cli("board", "build", *runs, "--data", tmp_path / "packed", "--out", tmp_path / "board")
    assert built.returncode == 0, built.stderr
    assert "data:image/webp" in (tmp_path / "board/index.html").read_text()


def test_a_gfpgan_checkpoint_restores_by_its_file_name(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import torch

    from bfrbench.reference_model.networks.config import GfpganConfig
    from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
    from bfrbench.reference_model.state_dict import save_network

    torch.manual_seed(0)
    config = GfpganConfig(out_size=SIZE, num_style_feat=16, num_mlp=2, narrow=1 / 32)
    save_network(GfpganNetwork(config), tmp_path / "tiny.pth")
    degrade(cli, faces, tmp_path / "data")
    done = cli("restore", tmp_path / "data", tmp_path / "run", "-r", f"gfpgan:{tmp_path / 'tiny.pth'}")
    assert done.returncode == 0, done.stderr
    assert "gfpgan-tiny restored 12 of 12" in done.stdout
    assert '"tiny.pth"' in (tmp_path / "run/run.json").read_text()
    (tmp_path / "no.pth").write_bytes(b"not a checkpoint")
    refused = cli("restore", tmp_path / "data", tmp_path / "other", "-r", f"gfpgan:{tmp_path / 'no.pth'}")
    assert refused.returncode == 1
    assert "no.pth" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_a_run_over_plain_lq_is_scored_against_plain_hq(cli, faces, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert cli("restore", faces, tmp_path / "run", "-r", "unsharp", "--workers", 1).returncode == 0
    done = cli("score", tmp_path / "run", "--hq", faces, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("unsharp on faces (12 images")
    assert (tmp_path / "run-scores/scores.json").is_file()
