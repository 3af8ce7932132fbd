import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrbench import pixels
from bfrbench.degradations.ops.jpeg import Chroma, Jpeg
from bfrbench.degradations.ops.jpeg import jpeg as reference
from bfrbench.degradations.torch_jpeg import dct_matrix, jpeg
from bfrbench.types import Image

CHROMAS: tuple[Chroma, ...] = ("4:4:4", "4:2:2", "4:2:0")


def batched(images: list[Image], qualities: list[int], chroma: Chroma) -> list[Image]:
    levels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    decoded = jpeg(levels, torch.tensor(qualities), chroma)
    return list(decoded.permute(0, 2, 3, 1).numpy())


def libjpeg(image: Image, quality: int, chroma: Chroma) -> Image:
    return pixels.from_unit(reference(pixels.to_unit(image), Jpeg(quality=quality, chroma=chroma)))


@pytest.mark.parametrize("chroma", CHROMAS)
def test_a_batch_has_the_very_levels_of_libjpeg_turbo(chroma: Chroma) -> None:
    astronaut = skimage.data.astronaut()
    qualities = [1, 5, 10, 25, 50, 60, 75, 90, 95, 100]
    crops = [astronaut[10 * i : 10 * i + 101, 150 : 150 + 123] for i in range(len(qualities))]
    for image, quality, decoded in zip(crops, qualities, batched(crops, qualities, chroma), strict=True):
        np.testing.assert_array_equal(decoded, libjpeg(image, quality, chroma))


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    quality=st.integers(1, 100),
    chroma=st.sampled_from(CHROMAS),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None, max_examples=60)
def test_so_has_noise_of_any_size_and_quality(
    height: int, width: int, quality: int, chroma: Chroma, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    (decoded,) = batched([image], [quality], chroma)
    np.testing.assert_array_equal(decoded, libjpeg(image, quality, chroma))


def test_the_integer_dct_is_nearly_the_dct() -> None:
    k, x = np.arange(8)[:, None], np.arange(8)
    cosines = np.cos((2 * x + 1) * k * np.pi / 16) * np.where(k == 0, 1, np.sqrt(2))
    np.testing.assert_allclose(dct_matrix() / 2**13, cosines, atol=2e-4)
