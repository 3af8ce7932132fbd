"""Training a GFP-GAN from a facial prior (Wang et al., CVPR 2021, section 3.5)."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from bfrbench.errors import InputError
from bfrbench.files import few
from bfrbench.pixels import from_tensor, to_tensor
from bfrbench.reference_model.checkpoint import Weights
from bfrbench.reference_model.losses.components import CROP
from bfrbench.reference_model.networks.discriminators import ComponentDiscriminator
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, fresh
from bfrbench.reference_model.networks.vgg import Vgg
from bfrbench.reference_model.state_dict import PRIOR, save_network
from bfrbench.reference_model.training import augment, critic, optimiser, widen
from bfrbench.reference_model.training import restoration_losses as parts
from bfrbench.reference_model.training.config import Adam, Augmentation, GfpganTraining
from bfrbench.reference_model.training.loop import Seen
from bfrbench.reference_model.training.pairs import ComponentPairs, Pairs, batches
from bfrbench.reference_model.training.processes import Processes, Rows, pieces
from bfrbench.reference_model.training.sheets import sheet
from bfrbench.seeds import key
from bfrbench.types import Image

Judge = Callable[[Sequence[Image], Sequence[Image]], Mapping[str, float]]
"""Restored images and their truth → mean scores, "lpips" among them."""


@dataclass(slots=True)
class Feed:
    """Batches in their order, wherever training begins."""

    pairs: ComponentPairs
    config: GfpganTraining
    processes: Processes
    at: int = -1
    running: Iterator[Pairs] | None = None

    def after(self, seen: int) -> Pairs:
        """This process's share of the batch after `seen` images; the next one is under way already."""
        if self.running is None or seen != self.at:
            config = self.config
            self.running = batches(
                self.pairs,
                seed=config.seed,
                batch=config.batch,
                seen=seen,
                processes=self.processes,
                workers=config.workers,
            )
        self.at = seen + self.config.batch
        return next(self.running)


@dataclass(frozen=True, slots=True)
class Draws:
    """What a step draws for its whole batch."""

    noise: list[Tensor]  # of each layer of the prior
    views: list[augment.Drawn]  # of the truth and of the restored face, and the recogniser's of both
    strength: Tensor  # of the degradation, N numbers: 1 as the preset has it
    colour: Tensor | None  # N×3×4, of LQ and HQ alike; None: as they are
    corners: Tensor | None  # N×2, where the perceptual losses' close-ups begin, or -1; None: no close-ups

    def part(self, rows: Rows, device: torch.device) -> "Draws":
        """What was drawn for some images of the batch, on a device."""
        return Draws(
            noise=[maps[rows].to(device) for maps in self.noise],
            views=[views[rows].to(device) for views in self.views],
            strength=self.strength[rows].to(device),
            colour=None if self.colour is None else self.colour[rows].to(device),
            corners=None if self.corners is None else self.corners[rows],
        )

    def on(self, pairs: Pairs) -> Pairs:
        """The pairs that these were drawn for: as weak, and in these colours."""
        weaker = pairs.weakened(self.strength)
        return weaker if self.colour is None else weaker.recoloured(self.colour)


@dataclass(frozen=True, slots=True)
class GfpganTrainer:
    """The networks in training and all that a step needs; `step` is the training."""

    config: GfpganTraining
    feed: Feed
    judges: parts.Judges
    generator: GfpganNetwork
    averaged: GfpganNetwork
    critic: critic.Critic
    components: nn.ModuleDict  # one ComponentDiscriminator for each of `losses.components.CROP`, or none
    optimisers: Mapping[str, torch.optim.Adam]
    processes: Processes
    device: torch.device
    numbers: dict[str, float] = field(default_factory=lambda: {"ada": 0.0})

    def networks(self) -> dict[str, nn.Module]:
        """What a checkpoint holds."""
        return {
            "generator": self.generator,
            "averaged": self.averaged,
            "discriminator": self.critic.network,
            "components": self.components,
        }

    def step(self, step: int, seen: int) -> dict[str, float]:
        """One update of all networks, after `seen` images; returns what to log."""
        config, pairs = self.config, self.feed.after(seen)
        drawn = self._draw(step)
        share = self.processes.share(config.batch)
        losses = [
            self._gradients(pairs.part(rows, self.device), drawn.part(share[rows], self.device), step, seen)
            for rows in pieces(len(share), config.at_once)
        ]
        logged = self.processes.add_numbers(losses, self.device)
        for name, adam in self._trained(seen):
            network = self.networks()[name]
            self.processes.add_gradients(network.parameters())
            factor = optimiser.rate_factor(adam, seen, config.schedule.images)
            logged[f"{name}_gradient"] = optimiser.update(self.optimisers[name], adam, factor, name)
        if "real_sign" in logged:
            self.numbers["ada"] = augment.adapted(
                config.augmentation, self.numbers["ada"], logged["real_sign"], config.batch
            )
        half_life = min(config.average_over, max(0.05 * seen, 1.0))
        optimiser.average(self.averaged, self.generator, 0.5 ** (config.batch / half_life))
        return logged

    def _trained(self, seen: int) -> list[tuple[str, Adam]]:
        """Which networks a step updates, with which optimiser's settings."""
        config, rows = self.config, [("generator", self.config.generator)]
        if self._is_adversarial(seen) and config.weights.adversarial:
            rows.append(("discriminator", config.critic))
        if self._is_adversarial(seen) and len(self.components):
            rows.append(("components", config.components))
        return rows

    def _is_adversarial(self, seen: int) -> bool:
        return seen >= self.config.adversarial_from

    def _draw(self, step: int) -> Draws:
        count = self.config.batch
        random = torch.Generator().manual_seed(key(self.config.seed, "step", step) >> 1)
        maps = self.generator.stylegan_decoder.noises.buffers()
        noise = [torch.randn(count, *of_layer.shape[1:], generator=random) for of_layer in maps]
        kinds = (self.config.augmentation, self.config.augmentation, self.config.identity_view)
        views = [augment.draw(kind, count, self.numbers["ada"], random) for kind in kinds]
        between = torch.rand(count, generator=random)
        is_mild = torch.rand(count, generator=random) < self.config.mild
        colour = None
        if self.config.recolour:
            alone = Augmentation("diffaugment", self.config.recolour, translation=0.0, cutout=0.0)
            colour = augment.draw(alone, count, 0.0, random).colour
        corners = None
        if self.config.perceptual_close_up and self.config.perceptual_side:
            places = self.config.network.out_size - self.config.perceptual_side + 1
            is_near = torch.rand(count, 1, generator=random) < self.config.perceptual_close_up
            corners = torch.where(is_near, torch.randint(places, (count, 2), generator=random), -1)
        return Draws(noise, views, torch.where(is_mild, between, 1.0), colour, corners)

    def _gradients(self, whole: Pairs, drawn: Draws, step: int, seen: int) -> dict[str, Tensor]:
        """Add the gradients of all networks; the discriminators learn from the images of before the step."""
        config, share = self.config, len(whole.hq) / self.config.batch
        pairs = drawn.on(whole)
        on_hq, on_image, for_recogniser = drawn.views
        view, discriminators = config.augmentation.view, dict(self._discriminators())
        adversarial_now = self._is_adversarial(seen)
        with self._precision():
            layout = torch.channels_last if config.channels_last else torch.contiguous_format
            restored = self.generator(pairs.lq.contiguous(memory_format=layout), drawn.noise)
            image = restored.image.float()
            restored = restored._replace(image=image)
            losses = parts.fidelity(
                config,
                self.judges,
                restored,
                pairs,
                seen,
                for_recogniser=for_recogniser,
                corners=drawn.corners,
            )
            if adversarial_now and config.weights.adversarial:
                image_seen = self.critic.look(augment.apply(on_image, image, view))
                losses["adversarial"] = config.weights.adversarial * self.critic.fooled(image_seen)
            if adversarial_now and discriminators:
                of_image, of_hq = parts.crops(image, pairs), parts.crops(pairs.hq, pairs)
                self.components.requires_grad_(False)
                losses |= parts.component_fooling(config, discriminators, of_image, of_hq)
                self.components.requires_grad_(True)
        torch.autograd.backward(share * parts.total(list(losses.values())))
        with self._precision():
            if adversarial_now and config.weights.adversarial:
                r1 = critic.lazy_r1(config.discriminator, config.r1, config.r1_every, step)
                real = pairs.hq.clone().requires_grad_(r1 > 0)
                real_seen = self.critic.look(augment.apply(on_hq, real, view))
                losses |= self.critic.learn(real, real_seen, image_seen, r1=r1, share=share)
            if adversarial_now and discriminators:
                losses["components"] = parts.component_telling(discriminators, of_image, of_hq)
                torch.autograd.backward(share * losses["components"])
        return {name: share * loss.detach() for name, loss in losses.items()}

    def _discriminators(self) -> Iterator[tuple[str, ComponentDiscriminator]]:
        for name, network in self.components.items():
            if isinstance(network, ComponentDiscriminator):
                yield name, network

    def _precision(self) -> torch.autocast:
        enabled = self.config.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)


def build(
    config: GfpganTraining,
    pairs: ComponentPairs,
    judges: parts.Judges,
    *,
    prior: Weights | None,
    vgg: Vgg | None,
    processes: Processes,
    device: torch.device,
    begun: GfpganNetwork | None = None,
) -> GfpganTrainer:
    """Fresh networks from the seed, around the prior's weights (None: a fresh prior).

    vgg: with `projected.TAPS`, for a projected discriminator. begun: a trained GFP-GAN, whose weights the
    generator begins with. Raises InputError for a prior or a GFP-GAN of other shapes, for a batch that the
    processes cannot share, and for settings that contradict each other.
    """
    processes.check(config.batch, config.at_once, config.discriminator)
    _check(config, prior)
    size, view = config.network.out_size, config.augmentation.view
    network = fresh(config.network, seed=key(config.seed, "networks") >> 1)
    if prior is not None:
        put_prior(network, prior)
    if begun is not None:
        widen.put_weights(network, begun)
    network.stylegan_decoder.requires_grad_(config.prior != "frozen")
    network.to(device)
    if config.channels_last:
        network.to(memory_format=torch.channels_last)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key(config.seed, "discriminators") >> 1)
        judge = critic.build(config.discriminator, config.network, view=view or size, vgg=vgg, device=device)
        wanted = CROP if config.weights.component or config.weights.component_style else ()
        components = nn.ModuleDict(
            {name: ComponentDiscriminator(narrow=config.component_width) for name in wanted}
        )
    components.to(device)
    of_prior = [p for p in network.stylegan_decoder.parameters() if p.requires_grad]
    rest = [p for name, p in network.named_parameters() if not name.startswith(PRIOR)]
    of_critic = [p for p in judge.network.parameters() if p.requires_grad]
    optimisers = {
        "generator": optimiser.build(config.generator, [(rest, 1.0), (of_prior, config.prior_rate)]),
        "discriminator": optimiser.build(config.critic, [(of_critic, 1.0)]),
    }
    if wanted:
        optimisers["components"] = optimiser.build(config.components, [(list(components.parameters()), 1.0)])
    return GfpganTrainer(
        config=config,
        feed=Feed(pairs, config, processes),
        judges=judges,
        generator=network,
        averaged=copy.deepcopy(network).requires_grad_(False),
        critic=judge,
        components=components,
        optimisers=optimisers,
        processes=processes,
        device=device,
    )


def _check(config: GfpganTraining, prior: Weights | None) -> None:
    """Raise InputError for settings that are valid one by one and do nothing, or harm, together."""
    side, size = config.perceptual_side, config.network.out_size
    if side is not None and size % side:
        raise InputError(f"perceptual_side is {side}; faces of {size} px cannot be halved down to that.")
    if config.perceptual_close_up and side is None:
        raise InputError(
            "perceptual_close_up cuts images to perceptual_side, which is not set: set it to a part of "
            f"{size} px, or leave perceptual_close_up out."
        )
    if config.identity_view.policy == "ada":
        raise InputError(
            "[identity_view] has the policy ada, which follows a discriminator; take diffaugment."
        )
    if config.prior == "fresh" and prior is not None:
        raise InputError(
            'A prior is named, but the configuration has `prior = "fresh"`: leave one of them out.'
        )


def put_prior(network: GfpganNetwork, weights: Weights) -> None:
    """Put a trained prior into a fresh GFP-GAN, whose codes then begin at the prior's mean face.

    Where its codes go through the mapping network (`input_is_latent = false`), it begins where it would.
    """
    prior = network.stylegan_decoder
    expected = prior.state_dict()
    wrong = [
        name
        for name in expected.keys() | weights.keys()
        if name not in expected or name not in weights or expected[name].shape != weights[name].shape
    ]
    if wrong:
        raise InputError(
            f"The prior does not fit this GFP-GAN: {few(sorted(wrong), 3)} differ. Both must have the same "
            "[network] table."
        )
    prior.load_state_dict(dict(weights))
    if not network.config.input_is_latent:
        return
    with torch.no_grad():
        mean = prior.mean_code()[0]
        network.final_linear.bias.copy_(mean.repeat(len(network.final_linear.bias) // len(mean)))
        network.final_linear.weight.mul_(0.1)


def see(
    trainer: GfpganTrainer, lq: Sequence[Image], hq: Sequence[Image], judge: Judge, *, shown: int = 8
) -> Seen:
    """Restore validation faces, and judge them."""
    restored: list[Image] = []
    with torch.inference_mode():
        for first in range(0, len(lq), 8):
            batch = to_tensor(lq[first : first + 8]).to(trainer.device)
            restored += from_tensor(trainer.averaged(batch, pyramid=False).image)
    scores = judge(restored, hq)
    shown = min(shown, len(lq))
    return Seen(
        numbers=scores,
        sheet=sheet([*lq[:shown], *restored[:shown], *hq[:shown]], shown),
        weights=lambda path: save_network(trainer.averaged, path),
        score=scores["lpips"],
    )
