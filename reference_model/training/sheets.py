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
    size, device = prior.config.num_style_feat, prior.constant_input.weight.device
    people: list[Image] = []
    with torch.inference_mode():
        for first in range(0, count, 16):
            numbers = range(first, min(first + 16, count))
            z = np.stack([generator(key(seed, "z", n)).standard_normal(size, dtype="f4") for n in numbers])
            codes = prior.codes(torch.from_numpy(z).to(device), truncation=truncation)
            people += from_tensor(prior(codes, noise=_noise(prior, seed, numbers)))
    return people


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
