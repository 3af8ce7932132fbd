"""FID: clean resizing, the measure, and no number without its own weights."""

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from bfrbench.benchmark.metrics.fid import FrechetToHq, fid_clean, resize_clean
from bfrbench.errors import WeightsUnavailable
from bfrbench.types import Pair

PAIR = Pair("a", "", None, "", None, "person", None)


def colours(image: np.ndarray) -> np.ndarray:
    """A small stand-in for features, so that the measure can be tested by itself."""
    return image[::40, ::40].astype(np.float32).ravel()[:24]


def images(n: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(n)]


def test_resizing_is_pillows_bicubic_in_floating_point_and_clipped() -> None:
    resized = resize_clean(astronaut())
    assert resized.shape == (299, 299, 3)
    assert resized.dtype == np.float32
    assert 0.0 <= resized.min() < resized.max() <= 255.0
    batch = torch.from_numpy(astronaut()).permute(2, 0, 1)[None].double()
    theirs = torch.nn.functional.interpolate(batch, (299, 299), mode="bicubic", antialias=True)
    assert np.abs(resized - theirs.clamp(0, 255)[0].permute(1, 2, 0).numpy()).max() < 1e-3


def test_resizing_suppresses_what_would_alias() -> None:
    stripes = np.zeros((598, 598, 3), np.uint8)
    stripes[:, ::2] = 255
    assert resize_clean(stripes).std() < 3.0


def test_the_same_images_are_at_distance_zero_and_shards_merge() -> None:
    whole, first, second = (FrechetToHq(colours) for _ in range(3))
    for number, image in enumerate(images(12, 1)):
        assert whole.add(image, image, PAIR) is None
        (first if number < 5 else second).add(image, image, PAIR)
    first.merge(second)
    assert whole.result() == pytest.approx(0.0, abs=1e-6)
    assert first.result() == whole.result()


def test_one_image_has_no_distance() -> None:
    measure = FrechetToHq(colours)
    assert measure.result() is None
    measure.add(*images(2, 2), PAIR)
    assert measure.result() is None


def test_without_its_own_weights_there_is_no_fid(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from bfrbench.benchmark.judges import inception

    inception._layers.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    with pytest.raises(WeightsUnavailable, match="bfrbench weights get fid-inception"):
        fid_clean().add(astronaut(), astronaut(), PAIR)
