"""Losses on pixels (Wang et al., CVPR 2021, sections 3.2 and 3.5)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.reference_model.networks.layers import halve


def l1(image: Tensor, hq: Tensor) -> Tensor:
    """mean |image - hq|, the paper's L_rec without the perceptual part."""
    return F.l1_loss(image, hq)


def pyramid_l1(pyramid: Sequence[Tensor], hq: Tensor) -> Tensor:
    """Σ over r of mean |pyramid_r - hq_r|: the restoration loss of the U-Net's own images, coarse to fine.

    hq_r is hq halved repeatedly by bilinear interpolation, N×3×r×r.
    """
    losses: list[Tensor] = []
    for image in reversed(pyramid):
        losses.append(F.l1_loss(image, hq))
        hq = halve(hq)
    return torch.stack(losses).sum()
