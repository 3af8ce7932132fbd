"""Sheets of pictures to look at."""

from collections.abc import Sequence

import numpy as np
import torch

from bfrbench.pixels import from_tensor
from bfrbench.reference_model.networks.stylegan2 import FacialPrior
from bfrbench.seeds import generator, key
from bfrbench.types import Image


def sheet(images: Sequence[Image], columns: int) -> Image:
    """Images of one size in rows of `columns`, black where none is left."""
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    whole = np.zeros((rows * height, columns * width, 3), dtype=np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * height, i % columns * width
        whole[top : top + height, left : left + width] = image
    return whole


def draw_people(prior: FacialPrior, count: int, *, seed: int = 0, truncation: float = 1.0) -> list[Image]:
    """People who do not exist: the n-th is the same whatever `count`, each with noise of its own."""
    people: list[Image] = []
    with torch.inference_mode():
        for first in range(0, count, 16):
            numbers = range(first, min(first + 16, count))
            codes = _codes(prior, numbers, seed, truncation)
            people += from_tensor(prior(codes, noise=_noise(prior, seed, numbers)))
    return people


def draw_walks(
    prior: FacialPrior, count: int, steps: int, *, seed: int = 0, truncation: float = 1.0
) -> list[Image]:
    """Straight walks through W, `steps` images each: from each of `draw_people`'s to the next one.

    The noise is the first person's all the way, so that only the code changes.
    """
    images: list[Image] = []
    with torch.inference_mode():
        codes = _codes(prior, range(count + 1), seed, truncation)
        for number in range(count):
            share = torch.linspace(0, 1, steps, device=codes.device).view(-1, *[1] * (codes.dim() - 1))
            on_the_way = torch.lerp(codes[number], codes[number + 1], share)
            still = [
                maps.expand(steps, -1, -1, -1) for maps in _noise(prior, seed, range(number, number + 1))
            ]
            images += from_tensor(prior(on_the_way, noise=still))
    return images


def _codes(prior: FacialPrior, numbers: range, seed: int, truncation: float) -> torch.Tensor:
    size, device = prior.config.num_style_feat, prior.constant_input.weight.device
    z = np.stack([generator(key(seed, "z", n)).standard_normal(size, dtype="f4") for n in numbers])
    return prior.codes(torch.from_numpy(z).to(device), truncation=truncation)


def _noise(prior: FacialPrior, seed: int, numbers: range) -> list[torch.Tensor]:
    return [
        torch.from_numpy(
            np.stack(
                [
                    generator(key(seed, "noise", layer, n)).standard_normal(maps.shape[1:], dtype="f4")
                    for n in numbers
                ]
            )
        ).to(maps)
        for layer, maps in enumerate(prior.noises.buffers())
    ]
