"""Training a facial prior: StyleGAN2 against its own discriminator or a projected one.

Karras et al.: Analyzing and Improving the Image Quality of StyleGAN. CVPR 2020, arXiv:1912.04958.
Karras et al.: Training Generative Adversarial Networks with Limited Data. NeurIPS 2020, arXiv:2006.06676.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from bfrbench.errors import InputError
from bfrbench.reference_model.losses import adversarial
from bfrbench.reference_model.networks.stylegan2 import FacialPrior
from bfrbench.reference_model.networks.vgg import Vgg
from bfrbench.reference_model.state_dict import save_prior
from bfrbench.reference_model.training import augment, critic, optimiser
from bfrbench.reference_model.training.config import PriorTraining
from bfrbench.reference_model.training.eigenfaces import Eigenfaces, fit
from bfrbench.reference_model.training.faces import Faces
from bfrbench.reference_model.training.loop import Seen
from bfrbench.reference_model.training.processes import Processes, Rows, pieces
from bfrbench.reference_model.training.sheets import draw_people, sheet
from bfrbench.seeds import key
from bfrbench.types import Image

Judge = Callable[[Sequence[Image]], Mapping[str, float]]
"""Scores of samples, "frechet" among them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything random about one step, for the whole batch."""

    real: Tensor  # N×3×S×S
    z: Tensor  # N×2×num_style_feat: for coarse layers and for fine ones
    crossover: Tensor  # N: the first layer that is fine
    noise: tuple[Tensor, ...]  # N×1×r×r for each layer
    path_noise: Tensor  # N×3×S×S, of the path length
    path: Tensor  # N: whether its path length counts, for every second image
    paired: Tensor  # N: whether z holds the real face's own coordinates
    on_real: augment.Drawn
    on_fake: augment.Drawn  # for pairs as `on_real`

    def part(self, rows: Rows, device: torch.device) -> "Batch":
        """Some of it, on a device."""
        return Batch(
            self.real[rows].to(device),
            self.z[rows].to(device),
            self.crossover[rows].to(device),
            tuple(maps[rows].to(device) for maps in self.noise),
            self.path_noise[rows].to(device),
            self.path[rows].to(device),
            self.paired[rows].to(device),
            self.on_real[rows].to(device),
            self.on_fake[rows].to(device),
        )


@dataclass(frozen=True, slots=True)
class PriorTrainer:
    """The networks in training and all that a step needs; `step` is the training."""

    config: PriorTraining
    faces: Faces
    generator: FacialPrior
    averaged: FacialPrior  # what is kept in the end
    critic: critic.Critic
    optimisers: Mapping[str, torch.optim.Adam]
    eigenfaces: Eigenfaces | None
    processes: Processes
    device: torch.device
    numbers: dict[str, float] = field(default_factory=lambda: {"ada": 0.0, "path_length": 0.0})

    def networks(self) -> dict[str, nn.Module]:
        """What a checkpoint holds."""
        return {
            "generator": self.generator,
            "averaged": self.averaged,
            "discriminator": self.critic.network,
        }

    def step(self, step: int, seen: int) -> dict[str, float]:
        """One update of both networks, after `seen` images; returns what to log."""
        config, batch = self.config, self.draw(step, seen)
        share = self.processes.share(config.batch)
        losses = [
            self._gradients(batch.part(share[rows], self.device), step, seen)
            for rows in pieces(len(share), config.at_once)
        ]
        logged = self.processes.add_numbers(losses, self.device)
        trained = [("generator", config.generator), ("discriminator", config.critic)]
        for name, adam in trained if self._is_adversarial(seen) else trained[:1]:
            self.processes.add_gradients(self.networks()[name].parameters())
            factor = optimiser.rate_factor(adam, seen, config.schedule.images)
            logged[f"{name}_gradient"] = optimiser.update(self.optimisers[name], adam, factor, name)
        optimiser.average(self.averaged, self.generator, _decay(config, seen))
        self._adapt(logged)
        return logged

    def draw(self, step: int, seen: int) -> Batch:
        """The batch of a step: a function of the seed, the step, the images seen and ADA's probability."""
        config, count = self.config, self.config.batch
        random = torch.Generator().manual_seed(key(config.seed, "step", step) >> 1)
        places = self.faces.order(config.seed, seen, count)
        real = self.faces.tensor(places, torch.rand(count, generator=random) < 0.5)
        z = torch.randn(count, 2, config.network.num_style_feat, generator=random)
        part = config.tied.paired if self._is_adversarial(seen) else 1.0
        paired = torch.arange(count) < part * count * (self.eigenfaces is not None)
        if self.eigenfaces is not None:
            numbers = slice(config.tied.numbers)
            smoothed = self.eigenfaces.smoothed(real, z[:, 0, numbers], config.tied.smoothing)
            z[:, 0, numbers] = torch.where(paired[:, None], self.eigenfaces.coordinates(real), smoothed)
        mixed = (torch.rand(count, generator=random) < config.mixing) & ~paired
        layer = torch.randint(1, config.network.num_codes, (count,), generator=random)
        maps = [maps.shape[1:] for maps in self.generator.noises.buffers()]
        on_real, on_fake = (
            augment.draw(config.augmentation, count, self.numbers["ada"], random) for _ in range(2)
        )
        return Batch(
            real=real,
            z=z,
            crossover=torch.where(mixed, layer, config.network.num_codes),
            noise=tuple(torch.randn(count, *shape, generator=random) for shape in maps),
            path_noise=torch.randn(real.shape, generator=random),
            path=torch.arange(count) % 2 == 0,
            paired=paired,
            on_real=on_real,
            on_fake=on_real.where(paired, on_fake),
        )

    def _gradients(self, batch: Batch, step: int, seen: int) -> dict[str, Tensor]:
        """Add the gradients of both networks; the generator's images, drawn once, serve for both."""
        config, view = self.config, self.config.augmentation.view
        share, adversarial_now = len(batch.z) / config.batch, self._is_adversarial(seen)
        r1 = critic.lazy_r1(config.discriminator, config.r1, config.r1_every, step) * adversarial_now
        real = batch.real.requires_grad_(r1 > 0)
        losses: dict[str, Tensor] = {}
        with self._precision():
            fake = self.generator(self._codes(batch), noise=batch.noise).float()
            if adversarial_now:
                fake_seen = self.critic.look(augment.apply(batch.on_fake, fake, view))
                real_seen = self.critic.look(augment.apply(batch.on_real, real, view))
                losses["generator"] = self.critic.fooled(fake_seen)
        if self.eigenfaces is not None:
            losses["tied"] = self.eigenfaces.difference(fake, batch.z[:, 0, : config.tied.numbers])
            losses["pixels"] = _difference(batch.paired, [fake], [real])
            if adversarial_now:
                losses["features"] = _difference(batch.paired, fake_seen, real_seen)
        if not losses:
            raise InputError(
                f"Nothing teaches this prior after {seen:,} images: without tied codes the discriminator "
                "alone does. Set `adversarial_from` to 0, or `numbers` of [tied]."
            )
        weights = {
            "generator": config.adversarial,
            "tied": config.tied.weight,
            "pixels": config.tied.pixels,
            "features": config.tied.features,
        }
        weighted = [weights[name] * loss for name, loss in losses.items()]
        torch.autograd.backward(share * torch.stack(weighted).sum())
        if adversarial_now:
            with self._precision():
                losses |= self.critic.learn(real, real_seen, fake_seen, r1=r1, share=share)
        logged = {name: share * loss.detach() for name, loss in losses.items()}
        if config.path_length and step % config.path_length_every == 0:
            logged |= self._path_gradients(batch)
        return logged

    def _path_gradients(self, batch: Batch) -> dict[str, Tensor]:
        """Half of the images do for this penalty, which holds two generators' memory."""
        config, half = self.config, batch.path
        share = int(half.sum()) / ((config.batch + 1) // 2)
        if not share:
            return {name: half.new_zeros((), dtype=torch.float32) for name in ("path_penalty", "path_length")}
        codes = self._codes(batch)[half]
        fake = self.generator(codes, noise=[maps[half] for maps in batch.noise])
        lengths = adversarial.path_lengths(fake, codes, batch.path_noise[half])
        # the mean of before this batch, whose other parts may be on other devices: StyleGAN2's is 1 % further
        penalty = adversarial.path_penalty(lengths, self.numbers["path_length"])
        torch.autograd.backward(share * config.path_length * config.path_length_every * penalty)
        return {"path_penalty": share * penalty.detach(), "path_length": share * lengths.mean().detach()}

    def _is_adversarial(self, seen: int) -> bool:
        return seen >= self.config.adversarial_from

    def _codes(self, batch: Batch) -> Tensor:
        """W for each layer, N×num_codes×num_style_feat: the second z's from the crossover on."""
        coarse, fine = (self.generator.codes(batch.z[:, i]) for i in (0, 1))
        layers = torch.arange(coarse.shape[1], device=coarse.device)
        return torch.where((layers < batch.crossover[:, None])[..., None], coarse, fine)

    def _adapt(self, logged: Mapping[str, float]) -> None:
        """What adapts to what was seen: the mean path length, and ADA's probability (section 3.1)."""
        if "path_length" in logged:
            mean = self.numbers["path_length"]
            self.numbers["path_length"] = adversarial.path_mean(mean, logged["path_length"])
        if "real_sign" in logged:
            self.numbers["ada"] = augment.adapted(
                self.config.augmentation, self.numbers["ada"], logged["real_sign"], self.config.batch
            )

    def _precision(self) -> torch.autocast:
        enabled = self.config.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)


def _difference(paired: Tensor, fake: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Mean absolute difference of pairs, the others counting as 0, summed over the maps."""
    differences = [(f - r.detach()).abs().flatten(1).mean(dim=1) for f, r in zip(fake, real, strict=True)]
    return (torch.stack(differences).sum(dim=0) * paired).mean()


def _decay(config: PriorTraining, seen: int) -> float:
    """Of the average; a fixed half-life would let the noise of the first steps linger."""
    return float(0.5 ** (config.batch / min(config.average_over, max(0.05 * seen, 1.0))))


def build(
    config: PriorTraining, faces: Faces, *, vgg: Vgg | None, processes: Processes, device: torch.device
) -> PriorTrainer:
    """Fresh networks from the seed, on a device.

    vgg: with the taps `projected.TAPS`, for a projected discriminator. Raises InputError for a batch that the
    processes cannot share.
    """
    processes.check(config.batch, config.at_once, config.discriminator)
    size, tied = config.network.out_size, config.tied
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key(config.seed, "networks") >> 1)
        generator = FacialPrior(config.network).to(device)
        view = config.augmentation.view or size
        judge = critic.build(config.discriminator, config.network, view=view, vgg=vgg, device=device)
    for to_rgb in (generator.to_rgb1, *generator.to_rgbs):  # from grey: their sum would start far outside
        to_rgb.modulated_conv.weight.data.mul_(0.1)
    mapping = list(generator.style_mlp.parameters())
    rest = [p for name, p in generator.named_parameters() if not name.startswith("style_mlp.")]
    trained = [p for p in judge.network.parameters() if p.requires_grad]
    return PriorTrainer(
        config=config,
        faces=faces,
        generator=generator,
        averaged=copy.deepcopy(generator).requires_grad_(False),
        critic=judge,
        optimisers={
            "generator": optimiser.build(config.generator, [(rest, 1.0), (mapping, config.mapping_rate)]),
            "discriminator": optimiser.build(config.critic, [(trained, 1.0)]),
        },
        eigenfaces=fit(faces.tensor(slice(None)), tied.numbers, tied.side) if tied.numbers else None,
        processes=processes,
        device=device,
    )


def see(trainer: PriorTrainer, judge: Judge, *, people: int) -> Seen:
    """Draw people who do not exist, and judge them."""
    drawn = draw_people(trainer.averaged, people)
    scores = judge(drawn)
    return Seen(
        numbers=scores,
        sheet=sheet(drawn[:48], 8),
        weights=lambda path: save_prior(trainer.averaged, path),
        score=scores["frechet"],
    )
