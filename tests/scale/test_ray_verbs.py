"""Verbs on a Ray cluster: the same files as on one machine."""

from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from bfrbench.pixels import write_png


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_way_from_faces_to_scores_is_the_same_bytes_on_a_cluster(  # type: ignore[no-untyped-def]
    cli, faces: Path, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset, metrics = ("--preset", "gfpgan-release-128"), ("-m", "psnr/rgb", "-m", "fd/dlib")
    engines = {"local": ("--workers", 1), "ray": ("--engine", "ray", "--address", address)}
    for name, more in engines.items():
        place = tmp_path / name
        monkeypatch.setenv("BFRBENCH_CACHE", str(tmp_path / f"{name}.sqlite"))
        for words in (
            ("degrade", faces, place / "data", *preset),
            ("degrade", faces, place / "packed", *preset, "--shards", 3),
            ("restore", place / "packed", place / "run", "-r", "bilateral", "--batch", 2),
            ("score", place / "run", "--against", place / "packed", *metrics, "--out", place / "scores"),
        ):
            done = cli(*words, *more)
            assert done.returncode == 0, done.stderr
    for made in ("data", "packed", "run/restored", "scores"):
        assert contents(tmp_path / "local" / made) == contents(tmp_path / "ray" / made)


def test_aligned_faces_are_the_same_bytes_on_a_cluster(  # type: ignore[no-untyped-def]
    cli, tmp_path: Path, address: str
) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(6):
        photo = np.roll(astronaut(), 5 * number, axis=(0, 1, 2)[number % 3])
        write_png(tmp_path / f"photos/{number}.png", np.ascontiguousarray(photo))
    for name, more in {"local": ("--workers", 1), "ray": ("--engine", "ray", "--address", address)}.items():
        done = cli("align", tmp_path / "photos", tmp_path / name, "--size", 64, *more)
        assert done.returncode == 0, done.stderr
    made = contents(tmp_path / "local")
    assert made == contents(tmp_path / "ray")
    assert sum(name.endswith(".png") for name in made) == 6


def test_an_address_needs_the_engine(cli, faces: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = cli("degrade", faces, tmp_path / "data", "--address", "127.0.0.1:1")
    assert done.returncode == 1
    assert "say --engine ray" in done.stderr
