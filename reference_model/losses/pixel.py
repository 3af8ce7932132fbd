"""Losses on pixels (Wang et al., CVPR 2021, sections 3.2 and 3.5)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.reference_model.networks.layers import halve

NOTHING_TO_GAIN = 1e-5
"""Mean squared error, of a range of 1, below which an image is right: 50 dB."""


def l1(image: Tensor, hq: Tensor) -> Tensor:
    """mean |image - hq|, the paper's L_rec without the perceptual part."""
    return F.l1_loss(image, hq)


def minus_psnr(image: Tensor, hq: Tensor) -> Tensor:
    """The mean over images of 10·log10(mean (image - hq)² / 2²): minus their PSNR in dB, for [-1, 1].

    Not of the paper: the loss of HINet and NAFNet (Chen et al., CVPR Workshops 2021, ECCV 2022). L1 is mostly
    about the images that are worst off; here halving the error counts the same for each.
    """
    squared = (image - hq).square().mean(dim=(1, 2, 3))
    return 10 * torch.log10(squared / 4 + NOTHING_TO_GAIN).mean()


def pyramid_l1(pyramid: Sequence[Tensor], hq: Tensor) -> Tensor:
    """Σ over r of mean |pyramid_r - hq_r|: the restoration loss of the U-Net's own images, coarse to fine.

    hq_r is hq halved repeatedly by bilinear interpolation, N×3×r×r.
    """
    losses: list[Tensor] = []
    for image in reversed(pyramid):
        losses.append(F.l1_loss(image, hq))
        hq = halve(hq)
    return torch.stack(losses).sum()
