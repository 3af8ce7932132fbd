"""The generator's losses of a GFP-GAN, put together by their weights (CVPR 2021, equation 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.errors import InputError
from bfrbench.reference_model.losses import adversarial, components, identity, perceptual, pixel
from bfrbench.reference_model.networks.discriminators import ComponentDiscriminator
from bfrbench.reference_model.networks.gfpgan import Restoration
from bfrbench.reference_model.networks.recognisers import Embed
from bfrbench.reference_model.training import augment
from bfrbench.reference_model.training.config import GfpganTraining
from bfrbench.reference_model.training.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Judges:
    """Frozen networks that losses ask; None where a loss is not wanted, or its network not at hand."""

    features: perceptual.Features | None = None
    layers: Mapping[str, float] | None = None  # which features these are, and how much each counts
    embed: Embed | None = None


def fidelity(
    config: GfpganTraining,
    judges: Judges,
    restored: Restoration,
    pairs: Pairs,
    seen: int,
    *,
    for_recogniser: augment.Drawn | None = None,
    corners: Tensor | None = None,
) -> dict[str, Tensor]:
    """The weighted losses that need no discriminator, after `seen` images.

    for_recogniser: what `config.identity_view` drew for these pairs; unused where its policy is "none".
    corners: N×2, row and column where the perceptual losses' close-up begins, or -1 for the whole image.
    """
    weights, hq = config.weights, pairs.hq
    losses: dict[str, Tensor] = {}
    if weights.l1:
        losses["l1"] = weights.l1 * pixel.l1(restored.image, hq)
    if weights.psnr:
        losses["psnr"] = weights.psnr * pixel.minus_psnr(restored.image, hq)
    if weights.pyramid and (config.pyramid_until is None or seen < config.pyramid_until):
        losses["pyramid"] = weights.pyramid * pixel.pyramid_l1(restored.pyramid, hq)
    if judges.features and judges.layers and (weights.perceptual or weights.style):
        by_layer = tuple(judges.layers.values())
        image = judges.features(_seen(restored.image, config.perceptual_side, corners))
        with torch.no_grad():
            truth = judges.features(_seen(hq, config.perceptual_side, corners))
        if weights.perceptual:
            losses["perceptual"] = weights.perceptual * perceptual.perceptual(image, truth, by_layer)
        if weights.style:
            losses["style"] = weights.style * perceptual.style(image, truth, by_layer)
    if judges.embed and weights.identity and seen >= config.identity_from:
        face, true_face = restored.image, hq
        if for_recogniser and config.identity_view.policy != "none":  # where nothing is drawn, no resampling
            view = config.identity_view.view
            face, true_face = (augment.apply(for_recogniser, faces, view) for faces in (face, true_face))
        with torch.no_grad():
            known = judges.embed(true_face)
        losses["identity"] = weights.identity * identity.identity_cosine(judges.embed(face), known)
    return losses


def crops(images: Tensor, pairs: Pairs) -> dict[str, Tensor]:
    """Eyes and mouth of each face, N×3×side×side."""
    size = images.shape[-1]
    return {
        name: components.cut(
            images,
            components.boxes(pairs.centres[:, i], pairs.half_sides[:, i], size),
            components.side_of(name, size),
        )
        for i, name in enumerate(components.CROP)
    }


def component_fooling(
    config: GfpganTraining,
    discriminators: Mapping[str, ComponentDiscriminator],
    image: Mapping[str, Tensor],
    hq: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """The generator's part: each component should look real, and have the Gram matrices of the truth."""
    weights = config.weights
    gan: list[Tensor] = []
    style: list[Tensor] = []
    for name, discriminator in discriminators.items():
        scores, features = discriminator(image[name])
        gan.append(adversarial.logistic_generator(scores))
        with torch.no_grad():
            _, truth = discriminator(hq[name])
        style.append(components.component_style(features, truth))
    return {
        "component": weights.component * torch.stack(gan).sum(),
        "component_style": weights.component_style * torch.stack(style).sum(),
    }


def component_telling(
    discriminators: Mapping[str, ComponentDiscriminator],
    image: Mapping[str, Tensor],
    hq: Mapping[str, Tensor],
) -> Tensor:
    """The discriminators' part, on components that carry no gradient."""
    losses = [
        adversarial.logistic_discriminator(discriminator(hq[name])[0], discriminator(image[name].detach())[0])
        for name, discriminator in discriminators.items()
    ]
    return torch.stack(losses).sum()


def total(losses: Sequence[Tensor]) -> Tensor:
    """Their sum; raises InputError where there is none."""
    if not losses:
        raise InputError(
            "No loss counts here: the weights are 0, or count from later on or no longer (`identity_from`, "
            "`adversarial_from`, `pyramid_until`)."
        )
    return torch.stack(list(losses)).sum()


def _seen(images: Tensor, side: int | None, corners: Tensor | None) -> Tensor:
    """What the perceptual losses look at: images halved down to a side, or cut to it from a corner on."""
    if side is None:
        return images
    shrunk = F.avg_pool2d(images, images.shape[-1] // side)
    if corners is None:
        return shrunk
    views = [
        whole if top < 0 else image[:, top : top + side, left : left + side]
        for whole, image, (top, left) in zip(shrunk, images, corners.tolist(), strict=True)
    ]
    return torch.stack(views)
