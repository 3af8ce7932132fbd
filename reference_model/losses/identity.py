"""Identity-preserving loss (Wang et al., CVPR 2021, section 3.5)."""

import torch
from torch import Tensor
from torch.nn import functional as F

_GREY = torch.tensor([0.2989, 0.5870, 0.1140]).view(1, 3, 1, 1)


def grey(images: Tensor, side: int = 128) -> Tensor:
    """Luma of N×3×H×W in [-1, 1], resized: what the paper's recogniser (ArcFace, ResNet-18) looks at."""
    luma = (images * _GREY.to(images)).sum(dim=1, keepdim=True)
    return F.interpolate(luma, size=(side, side), mode="bilinear", align_corners=False)


def identity_l1(image: Tensor, hq: Tensor) -> Tensor:
    """mean |η(image) - η(hq)| of two embeddings N×D, not normalised; hq's without gradient."""
    return F.l1_loss(image, hq.detach())


def identity_cosine(image: Tensor, hq: Tensor) -> Tensor:
    """1 - cos of two embeddings: for recognisers whose embeddings have no length that means anything."""
    return 1 - F.cosine_similarity(image, hq.detach(), dim=1).mean()
