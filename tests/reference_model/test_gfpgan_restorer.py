"""The restorer: images in, images out, the same bytes whatever the company."""

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import from_tensor, to_tensor
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.original import Architecture
from bfrbench.reference_model.restorer import Gfpgan, load_gfpgan
from bfrbench.reference_model.state_dict import save_network
from bfrbench.types import Image, Restorer

FACES = list(np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, make_network: Callable[..., GfpganNetwork]) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.v1.pth"
    save_network(make_network(), path)
    return path


@pytest.fixture(scope="module")
def restorer(file: Path) -> Gfpgan:
    return load_gfpgan(file)


def equal(one: list[Image], two: list[Image]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_it_is_a_restorer_with_a_name_and_the_sha256_of_its_weights(file: Path, restorer: Gfpgan) -> None:
    stated: Restorer = restorer
    assert stated.name == "gfpgan-small.v1"
    assert restorer.weights_sha256 == {"small.v1.pth": sha256_file(file)}
    assert not any(value.requires_grad for value in restorer.network.parameters())


def test_another_setting_is_another_name(file: Path) -> None:
    assert load_gfpgan(file, strength=0.5, noise=7).name == "gfpgan-small.v1-strength-0.5-noise-7"
    assert load_gfpgan(file, dtype="bfloat16", noise="off").name == "gfpgan-small.v1-bfloat16-noise-off"


def test_images_are_the_network_s_output_rounded(restorer: Gfpgan) -> None:
    with torch.inference_mode():
        expected = restorer.network(to_tensor(FACES[:1])).image[0].permute(1, 2, 0).numpy()
    [image] = restorer(FACES[:1])
    assert image.dtype == np.uint8
    assert image.shape == (32, 32, 3)
    assert np.array_equal(image, np.rint((np.clip(expected, -1, 1) + 1) * 127.5))
    assert image.std() > 1


def test_bytes_do_not_depend_on_batch_order_call_or_process(file: Path, restorer: Gfpgan) -> None:
    together = restorer(FACES)
    assert equal(together, [restorer([face])[0] for face in FACES])
    assert equal(together, restorer(FACES[::-1])[::-1])
    build = pickle.loads(pickle.dumps(partial(load_gfpgan, file)))  # noqa: S301
    assert equal(together, build()(FACES))


def test_bytes_do_not_depend_on_the_threads_around_and_these_stay(restorer: Gfpgan) -> None:
    alone = restorer(FACES)
    torch.set_num_threads(2)
    assert equal(alone, restorer(FACES))
    assert torch.get_num_threads() == 2


def test_no_images_are_no_work(restorer: Gfpgan) -> None:
    assert restorer([]) == []


def test_the_input_is_left_as_it_is(restorer: Gfpgan) -> None:
    before = [face.copy() for face in FACES]
    restorer(FACES)
    assert equal(before, FACES)


def test_noise_is_stored_seeded_or_off_and_any_way_fixed(file: Path, restorer: Gfpgan) -> None:
    first, again, other, off = (load_gfpgan(file, noise=noise)(FACES) for noise in (1, 1, 2, "off"))
    assert equal(first, again)
    assert not equal(first, other)
    assert not equal(first, restorer(FACES))
    assert not equal(first, off)
    assert not equal(off, restorer(FACES))


def test_strength_blends_from_the_lq_image_to_the_restored_one(file: Path, restorer: Gfpgan) -> None:
    none, some, full = (load_gfpgan(file, strength=strength)(FACES) for strength in (0.0, 0.25, 1.0))
    assert equal(none, FACES)
    assert equal(full, restorer(FACES))
    for lq, image, restored in zip(FACES, some, full, strict=True):
        blend = lq + 0.25 * (restored.astype(float) - lq)
        assert np.abs(image - blend).max() <= 0.7  # the restored image is rounded too


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_out_of_range_is_said(file: Path, strength: float) -> None:
    with pytest.raises(InputError, match=r"strength is .*from 0 \(the LQ image\) to 1"):
        load_gfpgan(file, strength=strength)


@pytest.mark.parametrize(("dtype", "levels"), [("bfloat16", 2.0), ("float16", 0.3)])
def test_half_precision_is_levels_away_on_average(
    file: Path, restorer: Gfpgan, dtype: str, levels: float
) -> None:
    half = load_gfpgan(file, dtype=dtype)
    assert {value.dtype for value in half.network.parameters()} == {half.dtype}
    for ours, full in zip(half(FACES), restorer(FACES), strict=True):
        assert np.abs(ours.astype(int) - full).mean() < levels
    assert equal(half(FACES), [half([face])[0] for face in FACES])


def test_options_that_mean_nothing_are_said(file: Path) -> None:
    with pytest.raises(InputError, match="dtype is 'int8'; it must be one of float32, bfloat16, float16"):
        load_gfpgan(file, dtype="int8")
    with pytest.raises(InputError, match="noise is 'random'; it must be 'stored', 'off' or a seed"):
        load_gfpgan(file, noise="random")  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "architecture"), [("c_v1_64", "v1"), ("c_bilinear_64", "bilinear")])
def test_original_architectures_restore_when_named(
    shared: Path, name: str, architecture: Architecture
) -> None:
    file = shared / f"golden/checkpoints/{name}.pth"
    with pytest.raises(InputError, match="Name the architecture: v1"):
        load_gfpgan(file)
    with np.load(file.with_suffix(".io.npz")) as golden:
        [lq] = from_tensor(torch.from_numpy(golden["x"][:1]))
        [expected] = from_tensor(torch.from_numpy(golden["image"][:1]))
    [image] = load_gfpgan(file, architecture=architecture)([lq])
    assert np.abs(image.astype(int) - expected).mean() < 1  # the LQ image is rounded, the recorded one not


def test_a_prior_s_file_is_named_too(shared: Path) -> None:
    folder = shared / "golden/checkpoints"
    restorer = load_gfpgan(folder / "e_clean_with_prior_32.pth", prior=folder / "e_clean_prior_32.pth")
    assert list(restorer.weights_sha256) == ["e_clean_with_prior_32.pth", "e_clean_prior_32.pth"]
    assert len(restorer(FACES)) == len(FACES)


def test_an_image_of_another_size_is_refused(restorer: Gfpgan) -> None:
    with pytest.raises(RestorerFailed, match="32×32 pixels, and this image has 64×48"):
        restorer([FACES[0], np.zeros((48, 64, 3), np.uint8)])


def test_what_is_no_image_is_refused(restorer: Gfpgan) -> None:
    with pytest.raises(ValueError, match=r"an image for gfpgan-small\.v1 is float32"):
        restorer([np.zeros((32, 32, 3), np.float32)])  # type: ignore[list-item]


def test_an_output_that_is_not_finite_is_an_error(file: Path) -> None:
    broken = load_gfpgan(file)
    broken.network.stylegan_decoder.to_rgb1.bias.fill_(3e38)
    broken.network.stylegan_decoder.to_rgbs[0].bias.fill_(3e38)
    with pytest.raises(RestorerFailed, match="infinite or no numbers"):
        broken(FACES)


@pytest.mark.parametrize("device", ["abacus", "cuda:97"])
def test_a_device_that_is_not_there_is_said(file: Path, device: str) -> None:
    with pytest.raises(InputError, match=f"no device '{device}' here"):
        load_gfpgan(file, device=device)


def test_a_file_that_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.pth").write_text("weights")
    with pytest.raises(InputError, match=r"text\.pth is not a PyTorch checkpoint"):
        load_gfpgan(tmp_path / "text.pth")
