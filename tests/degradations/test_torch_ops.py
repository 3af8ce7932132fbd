from collections.abc import Callable, Sequence

import numpy as np
import pytest
import skimage.data
import torch

from bfrbench import pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.blur import AverageBlur, Blur, MotionBlur, Sinc
from bfrbench.degradations.ops.colour import ColourJitter, ColourShift, Grey
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.median import MedianBlur
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.presets import draw_recipe, find_preset
from bfrbench.degradations.recipe import STEPS, Recipe, Step
from bfrbench.degradations.torch_ops import blur, colour_jitter, colour_shift, degrade, grey, noise, resample
from bfrbench.errors import InputError
from bfrbench.types import Image

Batched = Callable[[torch.Tensor, Sequence[Step]], torch.Tensor]


def crops(count: int, height: int, width: int) -> list[Image]:
    astronaut = skimage.data.astronaut()
    return [np.ascontiguousarray(astronaut[9 * i : 9 * i + height, 130 : 130 + width]) for i in range(count)]


def off(function: Batched, steps: Sequence[Step], height: int = 61, width: int = 84) -> float:
    """Largest difference to the reference, of 255."""
    images: list[UnitImage] = [pixels.to_unit(image) for image in crops(len(steps), height, width)]
    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    done = function(batch, steps).permute(0, 2, 3, 1).numpy()
    expected = np.stack([STEPS[step.op](image, step) for image, step in zip(images, steps, strict=True)])
    return float(np.abs(done - expected).max() * 255)


@pytest.mark.parametrize("border", ["reflect-101", "reflect", "replicate", "zero"])
def test_kernels_of_all_kinds_are_correlated_together(border: str) -> None:
    steps = [
        Blur(kind="isotropic", size=41, sigma_x=8, sigma_y=8, border=border),
        Blur(kind="anisotropic", size=21, sigma_x=1, sigma_y=4, theta=0.6, border=border),
        Sinc(size=13, omega=1.2, border=border),
        MotionBlur(size=9, angle_degrees=30, direction=0.7, border=border),
        AverageBlur(size=6, border=border),
        Blur(kind="isotropic", size=11, sigma_x=0.01, sigma_y=0.01, border=border),
    ]
    assert off(blur, steps) < 0.01


def test_a_kernel_wider_than_the_image_is_mirrored_as_often_as_it_takes() -> None:
    step = Blur(kind="isotropic", size=41, sigma_x=8, sigma_y=8)
    assert off(blur, [step], height=7, width=3) < 0.01
    assert off(blur, [step], height=1, width=30) < 0.01


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
@pytest.mark.parametrize("size", [(20, 31), (122, 168), (61, 84), (1, 1), (30, 200)])
def test_resampling_agrees(interpolation: str, size: tuple[int, int]) -> None:
    assert off(resample, [Resample(height=size[0], width=size[1], interpolation=interpolation)]) < 0.01


def test_noise_and_colour_agree() -> None:
    assert off(noise, [GaussianNoise(sigma=15, seed=1), GaussianNoise(sigma=5, grey=True, seed=2)]) < 0.001
    assert off(grey, [Grey(), Grey()]) < 0.001
    assert (
        off(colour_shift, [ColourShift(red=20, green=-9, blue=3), ColourShift(red=0, green=0, blue=0)])
        < 0.001
    )
    jitters = [
        ColourJitter(brightness=b, contrast=c, saturation=s, hue=h, order=order)
        for b, c, s, h, order in [
            (1.4, 0.6, 1.3, 0.1, ("brightness", "contrast", "saturation", "hue")),
            (0.5, 1.5, 0.0, -0.5, ("hue", "saturation", "contrast", "brightness")),
            (1, 1, 1.5, 0.37, ("saturation", "hue", "brightness", "contrast")),
        ]
    ]
    assert off(colour_jitter, jitters) < 0.01


@pytest.mark.parametrize("name", ["gfpgan-release-128", "psfrgan", "realesrgan", "old-photo"])
def test_end_to_end_a_batch_agrees_with_the_reference(name: str) -> None:
    preset, images = find_preset(name), crops(8, 128, 128)
    recipes = [draw_recipe(preset, 0, f"face {i}", (128, 128), i) for i in range(len(images))]
    batch = pixels.from_tensor(degrade(pixels.to_tensor(images), recipes))
    expected = [recipe.apply(steps, image) for steps, image in zip(recipes, images, strict=True)]
    error = np.abs(np.stack(batch).astype(np.int16) - np.stack(expected))
    assert error.max() <= 32
    assert error.mean(axis=(1, 2, 3)).max() <= 0.5
    squares = np.maximum((error.astype(float) ** 2).mean(axis=(1, 2, 3)), 1e-6)
    assert (10 * np.log10(255**2 / squares)).mean() > 60


def test_images_do_not_change_each_other() -> None:
    images = crops(5, 64, 64)
    preset = find_preset("gfpgan-release-128")
    recipes = [draw_recipe(preset, 0, str(i), (64, 64)) for i in range(5)]
    batch = degrade(pixels.to_tensor(images), recipes)
    for i in range(5):
        alone = degrade(pixels.to_tensor(images[i : i + 1]), recipes[i : i + 1])
        assert (batch[i] - alone[0]).abs().mean() < 0.1 / 127.5


def test_steps_without_a_batched_form_are_the_reference_s_own() -> None:
    images = crops(2, 40, 40)
    steps = Recipe(steps=(MedianBlur(size=3), Resample(height=20, width=20, interpolation="area")))
    batch = pixels.from_tensor(degrade(pixels.to_tensor(images), [steps, steps]))
    for image, done in zip(images, batch, strict=True):
        np.testing.assert_array_equal(done, recipe.apply(steps, image))


def test_no_step_and_no_quality_lost_give_the_images_back() -> None:
    images = crops(2, 32, 48)
    batch = pixels.from_tensor(degrade(pixels.to_tensor(images), [Recipe(steps=()), Recipe(steps=())]))
    np.testing.assert_array_equal(np.stack(batch), np.stack(images))
    one = Recipe(steps=(Jpeg(quality=30),))
    done = pixels.from_tensor(degrade(pixels.to_tensor(images), [one, Recipe(steps=())]))
    np.testing.assert_array_equal(done[0], recipe.apply(one, images[0]))
    np.testing.assert_array_equal(done[1], images[1])


def test_recipes_that_end_in_different_sizes_are_no_batch() -> None:
    recipes = [Recipe(steps=(Resample(height=side, width=side),)) for side in (16, 20)]
    with pytest.raises(InputError, match="end in different sizes"):
        degrade(pixels.to_tensor(crops(2, 32, 32)), recipes)
