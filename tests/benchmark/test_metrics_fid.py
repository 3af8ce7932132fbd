"""FID: three ways of resizing, the judges, and no number without its own weights."""

from functools import cache

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from bfrbench.benchmark.judges import inception
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics import fd, fid
from bfrbench.benchmark.metrics.metric import SetMetric, Statistics, why_not
from bfrbench.benchmark.metrics.rows_distribution import DISTRIBUTION
from bfrbench.errors import WeightsUnavailable


def interpolated(image: np.ndarray, side: int, **how: object) -> np.ndarray:
    batch = torch.from_numpy(image).permute(2, 0, 1)[None].double()
    small = torch.nn.functional.interpolate(batch, (side, side), **how)  # type: ignore[arg-type]
    return small[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("side", [299, 224])
def test_clean_resizing_is_pillows_bicubic_in_floating_point_and_clipped(side) -> None:  # type: ignore[no-untyped-def]
    resized = fid.resize_clean(astronaut(), side)
    assert resized.shape == (side, side, 3)
    assert resized.dtype == np.float32
    assert 0.0 <= resized.min() < resized.max() <= 255.0
    theirs = interpolated(astronaut(), side, mode="bicubic", antialias=True).clip(0, 255)
    assert np.abs(resized - theirs).max() < 1e-3


def test_clean_resizing_suppresses_what_would_alias_and_the_others_do_not() -> None:
    stripes = np.zeros((598, 598, 3), np.uint8)
    stripes[:, ::2] = 255
    assert fid.resize_clean(stripes, 299).std() < 3.0
    stripes = np.zeros((897, 897, 3), np.uint8)
    stripes[:, 1::3] = 255
    assert fid.resize_legacy(stripes).mean() > 0.99  # each sample falls on a white stripe
    assert fid.resize_tf1(stripes).max() == 0.0  # each on a black one


def test_legacy_resizing_is_bilinear_from_pixel_centres() -> None:
    resized = fid.resize_legacy(astronaut())
    theirs = interpolated(astronaut(), 299, mode="bilinear", align_corners=False) / 127.5 - 1.0
    assert resized.dtype == np.float32
    assert np.abs(resized - theirs).max() < 1e-4


@pytest.mark.parametrize("shape", [(512, 512), (128, 200), (299, 299), (299, 700)])
def test_tf1_resizing_samples_from_the_corner_of_the_picture(shape) -> None:  # type: ignore[no-untyped-def]
    height, width = shape
    image = np.ascontiguousarray(astronaut()[:height, :width])
    image = np.pad(image, ((0, height - image.shape[0]), (0, width - image.shape[1]), (0, 0)), mode="wrap")
    resized = fid.resize_tf1(image)
    for i, j in ((0, 0), (17, 200), (150, 3), (298, 298)):
        y, x = i * height / 299, j * width / 299
        above, left = int(y), int(x)
        below, right = min(above + 1, height - 1), min(left + 1, width - 1)
        dy, dx = y - above, x - left
        expected = (
            (1 - dy) * ((1 - dx) * image[above, left] + dx * image[above, right].astype(float))
            + dy * ((1 - dx) * image[below, left] + dx * image[below, right].astype(float))
        )  # fmt: skip
        assert resized[i, j] == pytest.approx(expected, abs=1e-2)
    if shape == (299, 299):
        assert np.array_equal(resized, image)


@cache
def drawn_layers() -> inception.Layers:
    """An Inception of random weights."""
    import torchvision

    torch.manual_seed(0)
    net = torchvision.models.inception_v3(
        weights=None, num_classes=1008, aux_logits=False, init_weights=False
    )
    return inception.fold(net.state_dict())


def test_each_variant_sees_2048_numbers_of_its_own(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(inception, "_layers", drawn_layers)
    seen = {}
    for judge in (fid.INCEPTION_CLEAN, fid.INCEPTION_LEGACY, fid.INCEPTION_TF1):
        seen[judge.id] = picture_of(astronaut()).through(judge)
        assert seen[judge.id].shape == (2048,)
        assert seen[judge.id].dtype == np.float32
    clean, legacy, tf1 = seen.values()
    assert 0.0 < np.abs(legacy - clean).mean() < 0.1 * clean.mean()
    assert 0.0 < np.abs(legacy - tf1).mean() < 0.1 * clean.mean()


@pytest.mark.parametrize("judge", [fid.INCEPTION_CLEAN, fid.INCEPTION_LEGACY, fid.INCEPTION_TF1, fd.DINOV2])
def test_without_its_own_weights_there_is_no_number(judge, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    inception._layers.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    with pytest.raises(WeightsUnavailable, match=f"bfrbench weights get {judge.weights[0]}"):
        picture_of(astronaut()).through(judge)


def test_only_distances_through_fids_inception_are_called_fid_or_kid() -> None:
    own = ("fid/", "kid/", "precision/inception", "recall/inception")
    for row in DISTRIBUTION:
        assert isinstance(row, SetMetric)
        assert row.id.startswith(own) == (row.judge.weights == ("fid-inception",))


def test_fid_against_published_statistics_needs_their_file(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    row = next(row for row in DISTRIBUTION if row.id == "fid/legacy@ffhq512")
    assert isinstance(row, SetMetric)
    assert row.against == Statistics("ffhq512-fid-stats")
    assert not row.needs_hq
    assert "pt_inception" in why_not(row)
