"""References: statistics in the formats that are about, folders of images, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

from bfrbench import weights
from bfrbench.benchmark.features import whole
from bfrbench.benchmark.judges.judge import Judge, Picture
from bfrbench.benchmark.memory import open_memory
from bfrbench.benchmark.metrics.metric import FolderOf, Statistics
from bfrbench.benchmark.metrics.rows_distribution import DISTRIBUTION
from bfrbench.benchmark.references import features_of_folder, gaussian_of, read_gaussian
from bfrbench.benchmark.score_sets import references
from bfrbench.engine import HERE
from bfrbench.errors import InputError, WeightsUnavailable
from bfrbench.files import sha256_file
from bfrbench.pixels import write_png

MEAN = np.arange(5.0)
COVARIANCE = np.cov(np.random.default_rng(0).normal(size=(5, 20)))


def basicsr_file(path: Path, core: str) -> Path:
    """As basicsr saves it: NumPy arrays, pickled under NumPy 1's names or 2's."""
    content = {"name": "FFHQ_512", "size": 512, "mean": MEAN, "cov": COVARIANCE}
    torch.save(content, path, _use_new_zipfile_serialization=False)
    path.write_bytes(
        path.read_bytes().replace(b"numpy._core.multiarray", f"numpy.{core}.multiarray".encode())
    )
    return path


@pytest.mark.parametrize("kind", ["npz", "tensors", "NumPy 1", "NumPy 2"])
def test_statistics_are_read_in_every_format_that_is_about(kind, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "stats.pth"
    match kind:
        case "npz":
            path = tmp_path / "stats.npz"
            np.savez(path, mu=MEAN, sigma=COVARIANCE)
        case "tensors":
            torch.save({"mean": torch.from_numpy(MEAN), "cov": torch.from_numpy(COVARIANCE)}, path)
        case "NumPy 1":
            basicsr_file(path, "core")
        case _:
            basicsr_file(path, "_core")
    found = read_gaussian(path)
    assert np.array_equal(found.mean, MEAN)
    assert np.array_equal(found.covariance, COVARIANCE)
    assert found.covariance.dtype == np.float64


class Harm:
    """Asks to run code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit",))


def test_what_holds_no_statistics_is_refused_with_a_reason(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "stats.pth"
    torch.save({"mean": Harm()}, path)
    with pytest.raises(InputError, match="asks to run code, which is refused"):
        read_gaussian(path)
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(InputError, match="holds no statistics"):
        read_gaussian(path)
    np.savez(tmp_path / "odd.npz", mu=MEAN, sigma=COVARIANCE[:3])
    with pytest.raises(InputError, match="do not belong together"):
        read_gaussian(tmp_path / "odd.npz")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match=r"cannot be read as an \.npz file"):
        read_gaussian(tmp_path / "cut.npz")


def test_a_file_whose_publisher_states_the_beginning_of_its_hash_must_begin_so(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    row = weights.weight_file("ffhq512-fid-stats")
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path / "none")
    path = basicsr_file(tmp_path / row.file, "core")
    with pytest.raises(WeightsUnavailable, match="another file"):
        gaussian_of(Statistics("ffhq512-fid-stats"))
    stated = weights.WeightFile(row.file, sha256_file(path)[:8], 0, "none", "here", "a test")
    monkeypatch.setitem(weights.WEIGHTS, "ffhq512-fid-stats", stated)
    assert np.array_equal(gaussian_of(Statistics("ffhq512-fid-stats")).mean, MEAN)


def corner(picture: Picture) -> np.ndarray:
    return picture.image[:2, :2].astype(np.float32).ravel()


CORNER = Judge("tests/corner", 1, corner)


def test_a_folder_of_images_is_seen_once_and_shows_nobody_of_the_data_set(tmp_path) -> None:  # type: ignore[no-untyped-def]
    images = [np.ascontiguousarray(skimage.data.astronaut()[k : k + 8, :8]) for k in range(0, 80, 8)]
    folder = tmp_path / "images"
    folder.mkdir()
    for number, image in enumerate(images):
        write_png(folder / f"{number:02}.png", image)
    with open_memory(tmp_path / "memory.sqlite") as known:
        features = features_of_folder(folder, CORNER, known, engine=HERE)
        assert len(features) == len(set(features.people)) == 10
        assert "00" not in features.people
        assert np.array_equal(whole(features), [image[:2, :2].ravel() for image in images])
        rows = [replace(row, judge=CORNER, against=FolderOf(folder, "")) for row in DISTRIBUTION[:2]]
        found = references(rows, {}, {}, known, engine=HERE)
        assert found[rows[0].id].people == features.people
        assert found[rows[0].id] is found[rows[1].id]
        blind = Judge("tests/corner", 1, lambda picture: pytest.fail("it looked again"))
        assert features_of_folder(folder, blind, known, engine=HERE).keys == features.keys
        (folder / "10.png").write_bytes(b"no image")
        with pytest.raises(InputError, match=r"10\.png"):
            features_of_folder(folder, CORNER, known, engine=HERE)
