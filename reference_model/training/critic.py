"""The discriminator in training, whichever it is: what it sees, how it scores, which loss goes with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from bfrbench.reference_model.losses import adversarial
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.discriminators import StyleGan2Discriminator
from bfrbench.reference_model.networks.projected import ProjectedDiscriminator
from bfrbench.reference_model.networks.vgg import Vgg


@dataclass(frozen=True, slots=True)
class Critic:
    """A discriminator with one score map or more for an image."""

    network: nn.Module  # what trains
    look: Callable[[Tensor], list[Tensor]]  # images → what it takes: themselves, or frozen features of them
    scores: Callable[[list[Tensor]], list[Tensor]]
    generator_loss: Callable[[Tensor], Tensor]
    discriminator_loss: Callable[[Tensor, Tensor], Tensor]

    def fooled(self, seen: list[Tensor]) -> Tensor:
        """The generator's loss, summed over the heads; the critic itself gets no gradient."""
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        for parameter in trained:
            parameter.requires_grad_(False)
        loss = torch.stack([self.generator_loss(score) for score in self.scores(seen)]).sum()
        for parameter in trained:
            parameter.requires_grad_(True)
        return loss

    def learn(
        self, real: Tensor, real_seen: list[Tensor], fake_seen: list[Tensor], *, r1: float, share: float
    ) -> dict[str, Tensor]:
        """Add the critic's gradients, times `share`; returns its losses and scores.

        real_seen, fake_seen: what `look` gave. r1: the penalty's whole weight in this step; 0: none. With
        it, `real` must have required gradients when `real_seen` was made of it.
        """
        real_scores = self.scores(real_seen)
        fake_scores = self.scores([seen.detach() for seen in fake_seen])
        apart = [self.discriminator_loss(r, f) for r, f in zip(real_scores, fake_scores, strict=True)]
        total = torch.stack(apart).sum()
        losses = {
            "discriminator": total,
            "real_score": adversarial.mean_over(real_scores),
            "fake_score": adversarial.mean_over(fake_scores),
            "real_sign": adversarial.mean_over([score.sign() for score in real_scores]) / len(real_scores),
        }
        if r1 > 0:
            losses["r1"] = adversarial.r1_penalty(real_scores[0], real)
            total = total + r1 * losses["r1"]
        torch.autograd.backward(share * total)
        return losses


def lazy_r1(kind: str, gamma: float, every: int, step: int) -> float:
    """γ/2 · k in every k-th step, else 0; the projected critic, spectrally normalised, needs none."""
    return gamma / 2 * every if kind == "stylegan2" and step % every == 0 else 0.0


def stylegan2(network: StyleGan2Discriminator) -> Critic:
    """The paper's: it sees the images themselves."""
    return Critic(
        network=network,
        look=lambda images: [images],
        scores=lambda seen: [network(seen[0])],
        generator_loss=adversarial.logistic_generator,
        discriminator_loss=adversarial.logistic_discriminator,
    )


def projected(network: ProjectedDiscriminator, vgg: Vgg) -> Critic:
    """Sauer et al. 2021: it sees features of `vgg`, which has the taps `projected.TAPS`."""
    return Critic(
        network=network,
        look=lambda images: network.mixing(vgg(images)),
        scores=network,
        generator_loss=adversarial.hinge_generator,
        discriminator_loss=adversarial.hinge_discriminator,
    )


def build(kind: str, config: GfpganConfig, *, view: int, vgg: Vgg | None, device: torch.device) -> Critic:
    """A fresh critic for images of `view` px; the projected one if `kind` says so and a VGG is at hand.

    Raises InputError for a view that StyleGAN2's has no layers for.
    """
    if kind == "projected" and vgg is not None:
        return projected(ProjectedDiscriminator(size=view).to(device), vgg.to(device))
    return stylegan2(StyleGan2Discriminator(replace(config, out_size=view)).to(device))
