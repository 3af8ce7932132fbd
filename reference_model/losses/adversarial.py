"""Adversarial losses: logistic with lazy R1 and path length (StyleGAN2), hinge (projected GAN)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def logistic_generator(fake: Tensor) -> Tensor:
    """E softplus(-D(fake)): the non-saturating loss (Goodfellow et al. 2014)."""
    return F.softplus(-fake).mean()


def logistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E softplus(-D(real)) + E softplus(D(fake))."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """-E D(fake) (Lim & Ye 2017)."""
    return -fake.mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E max(0, 1 - D(real)) + E max(0, 1 + D(fake))."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def r1_penalty(real_scores: Tensor, real: Tensor) -> Tensor:
    """E ‖∇ₓ D(x)‖² over real images (Mescheder et al. 2018, equation 9), without its γ/2.

    `real` must have required gradients when `real_scores` was made of it. With lazy regularisation, every
    k-th step, the weight is k·γ/2 (StyleGAN2, section 3.1).
    """
    (gradient,) = torch.autograd.grad(real_scores.sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(dim=1).mean()


def path_lengths(fake: Tensor, codes: Tensor, noise: Tensor) -> Tensor:
    """‖∇_w (G(w) · y)‖ for each image, y ~ N(0, I) / √(H·W) (StyleGAN2, section 3.2).

    codes: N×L×C, required gradients when `fake` was made of them; the root is of the mean over the L layers
    of the sum over C. noise: standard normal, shaped as `fake`.
    """
    direction = noise / math.sqrt(fake.shape[2] * fake.shape[3])
    (gradient,) = torch.autograd.grad((fake * direction).sum(), codes, create_graph=True)
    return gradient.square().sum(dim=2).mean(dim=1).sqrt()


def path_penalty(lengths: Tensor, mean: float) -> Tensor:
    """E (length - a)²; a is the running mean of lengths, that of after its step (`path_mean`)."""
    return (lengths - mean).square().mean()


def path_mean(mean: float, of_batch: float, decay: float = 0.01) -> float:
    """The running mean after a batch whose lengths have the mean `of_batch`."""
    return mean + decay * (of_batch - mean)


def mean_over(scores: Sequence[Tensor]) -> Tensor:
    """The sum over heads of their mean scores, for logs and for ADA's sign heuristic."""
    return torch.stack([score.mean() for score in scores]).sum()
