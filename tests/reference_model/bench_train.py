"""What one training step costs, part by part, beside the same step written the plain way.

    python tests/reference_model/bench_train.py [--rounds N] [--size full|shipped] [--device cpu|cuda]
                                                 [--whole]

The plain way: spandrel's GFPGANv1Clean as generator; the image before the discriminators twice, once for each
side's update, as the official training does it; Adam tensor by tensor, and so the averaged weights. Losses,
judges (seeded), discriminators, batch, noise and augmentations are the same on both sides,
and so are the first step's losses: the last column says how far they differ.

`full` is the paper's recipe at 512 px, batch 1 on the CPU; `shipped` is configs/gfpgan-128.toml. Parts are
added one after the other; each line is a whole step with all parts so far, in a process of its own for each
side. The last two lines change our side alone: `channels_last`, and `precision = "bfloat16"` with it. The
sides take turns, the best round counts; memory is the most that a process has held.
"""

import argparse
import copy
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bfrbench.alignment import template
from bfrbench.benchmark.judges.arcface_resnet18 import ArcFaceResNet18
from bfrbench.reference_model.losses import adversarial
from bfrbench.reference_model.losses.components import from_landmarks
from bfrbench.reference_model.losses.identity import grey
from bfrbench.reference_model.losses.perceptual import VGG16
from bfrbench.reference_model.networks.gfpgan import Restoration
from bfrbench.reference_model.networks.projected import TAPS
from bfrbench.reference_model.networks.vgg import Vgg
from bfrbench.reference_model.training import augment, critic, gfpgan, processes
from bfrbench.reference_model.training import restoration_losses as parts
from bfrbench.reference_model.training.config import (
    GfpganTraining,
    LossWeights,
    Schedule,
    read_config,
)
from bfrbench.reference_model.training.pairs import Pairs

CONFIGS = Path(gfpgan.__file__).parent / "configs"
Step = Callable[[int], dict[str, float]]


def recipe(size: str, device: str) -> GfpganTraining:
    if size == "shipped":
        config = read_config(CONFIGS / "gfpgan-128.toml", GfpganTraining)
    else:
        config = GfpganTraining(Schedule(images=1), batch=1 if device == "cpu" else 12)
    # steps of no length: at the paper's rate, untrained networks have gradients of inf at the second step
    still = [replace(adam, rate=1e-12) for adam in (config.generator, config.critic, config.components)]
    return replace(config, adversarial_from=0, generator=still[0], critic=still[1], components=still[2])


def cumulated(config: GfpganTraining) -> dict[str, GfpganTraining]:
    """Parts one after the other: those that the recipe has."""
    weights, kept = config.weights, {"l1": config.weights.l1}
    nothing = LossWeights(**dict.fromkeys((field.name for field in fields(LossWeights)), 0.0))
    rows = {"networks and L1": replace(config, weights=replace(nothing, **kept))}
    for what, names in {
        "+ pyramid": ["pyramid"],
        "+ perceptual, style": ["perceptual", "style"],
        "+ identity": ["identity"],
        "+ discriminator": ["adversarial"],
        "+ eyes and mouth": ["component", "component_style"],
    }.items():
        more = {name: getattr(weights, name) for name in names if getattr(weights, name)}
        kept |= more
        if more:
            rows[what] = replace(config, weights=replace(nothing, **kept))
    return rows


@dataclass(frozen=True, slots=True)
class SamePairs:
    """The same batch in every step."""

    pairs: Pairs

    def after(self, seen: int) -> Pairs:
        return self.pairs


def trainer_of(config: GfpganTraining, device: str) -> gfpgan.GfpganTrainer:
    place, side = torch.device(device), config.network.out_size
    torch.manual_seed(0)
    vgg = Vgg("vgg16", tuple(VGG16)).to(place)
    face = ArcFaceResNet18().eval().requires_grad_(False).to(place)
    judges = parts.Judges(vgg, VGG16, lambda images: face(grey(images)))
    built = gfpgan.build(
        config,
        Any,
        judges,
        prior=None,
        vgg=Vgg("vgg16", TAPS),
        processes=processes.join(device)[0],
        device=place,
    )
    centres, half_sides = from_landmarks(torch.as_tensor(template(side), dtype=torch.float32)[None])
    lq, hq = torch.rand(2, config.batch, 3, side, side) * 2 - 1
    count = config.batch
    pairs = Pairs(lq, hq, centres.expand(count, -1, -1).clone(), half_sides.expand(count, -1).clone())
    return replace(built, feed=SamePairs(pairs))


def ours(config: GfpganTraining, device: str) -> Step:
    step = trainer_of(config, device).step
    return lambda number: step(number, config.batch * number)


def plain(config: GfpganTraining, device: str) -> Step:
    from spandrel.architectures.GFPGAN import GFPGAN  # its own process alone

    same, network = trainer_of(config, device), config.network
    generator = GFPGAN(
        out_size=network.out_size,
        num_style_feat=network.num_style_feat,
        channel_multiplier=network.channel_multiplier,
        num_mlp=network.num_mlp,
        narrow=network.narrow,
        input_is_latent=True,
        different_w=True,
        sft_half=True,
    ).to(device)
    generator.load_state_dict(same.generator.state_dict(), strict=False)
    averaged = copy.deepcopy(generator).requires_grad_(False)
    generator.stylegan_decoder.requires_grad_(config.prior != "frozen")
    trained = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    adam = torch.optim.Adam(trained, lr=1e-9, betas=(0.9, 0.99), foreach=False)
    adams = {
        name: torch.optim.Adam(list(of), lr=1e-9, betas=(0.0, 0.99), foreach=False)
        for name, of in (
            ("discriminator", [p for p in same.critic.network.parameters() if p.requires_grad]),
            ("components", list(same.components.parameters())),
        )
        if of
    }

    def step(number: int) -> dict[str, float]:
        drawn = same._draw(number)
        on_image = drawn.views[1]
        for i, maps in enumerate(drawn.noise):
            getattr(generator.stylegan_decoder.noises, f"noise{i}").data = maps.to(device)
        pairs = same.feed.after(number).part(np.arange(config.batch), torch.device(device))
        image, pyramid = generator(pairs.lq, return_rgb=True, randomize_noise=False)
        losses = parts.fidelity(config, same.judges, Restoration(image, tuple(pyramid)), pairs, 0)
        discriminators = dict(same._discriminators())
        if config.weights.adversarial:
            seen = look(same, on_image, image)
            losses["adversarial"] = config.weights.adversarial * same.critic.fooled(seen)
        if discriminators:
            same.components.requires_grad_(False)
            of_image, of_hq = parts.crops(image, pairs), parts.crops(pairs.hq, pairs)
            losses |= parts.component_fooling(config, discriminators, of_image, of_hq)
            same.components.requires_grad_(True)
        update(adam, parts.total(list(losses.values())))
        if config.weights.adversarial:
            losses |= learn(same, adams["discriminator"], pairs, image.detach(), number)
        if discriminators:
            of_image, of_hq = parts.crops(image.detach(), pairs), parts.crops(pairs.hq, pairs)
            losses["components"] = parts.component_telling(discriminators, of_image, of_hq)
            update(adams["components"], losses["components"])
        with torch.no_grad():
            for into, of in zip(averaged.parameters(), generator.parameters(), strict=True):
                into.mul_(0.998).add_(of, alpha=0.002)
        return {name: float(loss.detach()) for name, loss in losses.items()}

    return step


def look(same: gfpgan.GfpganTrainer, drawn: augment.Drawn, images: Tensor) -> list[Tensor]:
    return same.critic.look(augment.apply(drawn, images, same.config.augmentation.view))


def learn(
    same: gfpgan.GfpganTrainer,
    adam: torch.optim.Adam,
    pairs: Pairs,
    image: Tensor,
    number: int,
) -> dict[str, Tensor]:
    config, (on_hq, on_image, _) = same.config, same._draw(number).views
    r1 = critic.lazy_r1(config.discriminator, config.r1, config.r1_every, number)
    real = pairs.hq.clone().requires_grad_(r1 > 0)
    real_scores = same.critic.scores(look(same, on_hq, real))
    fake_scores = same.critic.scores(look(same, on_image, image))
    apart = [same.critic.discriminator_loss(r, f) for r, f in zip(real_scores, fake_scores, strict=True)]
    losses = {"discriminator": torch.stack(apart).sum()}
    total = losses["discriminator"]
    if r1:
        losses["r1"] = adversarial.r1_penalty(real_scores[0], real)
        total = total + r1 * losses["r1"]
    update(adam, total)
    return losses


def update(adam: torch.optim.Adam, loss: Tensor) -> None:
    torch.autograd.backward(loss)
    adam.step()
    adam.zero_grad(set_to_none=True)


def serve(
    make: Callable[[GfpganTraining, str], Step], config: GfpganTraining, device: str, pipe: Connection
) -> None:
    """Answer each step number with seconds, CPU seconds, MiB and losses, until None comes."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    step = make(config, device)
    while (number := pipe.recv()) is not None:
        clock, cpu = time.perf_counter(), time.process_time()
        losses = step(number)  # reads its losses, so an accelerator has ended
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if device != "cpu":
            cpu, most = clock, torch.cuda.max_memory_allocated() / 2**20
        pipe.send((clock, cpu, most, losses))


def measured(
    config: GfpganTraining, own: GfpganTraining, device: str, rounds: int
) -> Iterator[tuple[str, float, float, dict[str, float]]]:
    """(side, best seconds, MiB, losses of the first step) of both sides; steps without R1 count."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Any] = {}
    for name, make, settings in (("plain", plain, config), ("ours", ours, own)):
        pipes[name], end = context.Pipe()
        context.Process(target=serve, args=(make, settings, device, end), daemon=True).start()
    seen: dict[str, list[Any]] = {name: [] for name in pipes}
    for number in range(rounds + 1):  # the first has R1, and warms up
        for name, pipe in pipes.items():
            pipe.send(number)
            seen[name].append(pipe.recv())
    for name, pipe in pipes.items():
        pipe.send(None)
        yield name, min(row[1] for row in seen[name][1:]), seen[name][-1][2], seen[name][0][3]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", choices=("full", "shipped"), nargs="*", default=["shipped", "full"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--whole", action="store_true", help="the last line alone: all parts")
    options = parser.parse_args()
    unit = "CPU s" if options.device == "cpu" else "s"
    for size in options.size:
        config = recipe(size, options.device)
        pixels = config.network.out_size
        print(f"\n{size}: {pixels} px, batch {config.batch}, one thread" if unit == "CPU s" else f"\n{size}")
        print(
            f"{'a whole step with':<22}{f'plain {unit}':>12}{f'ours {unit}':>12}{'ratio':>8}"
            f"{'plain MiB':>11}{'ours MiB':>10}  losses differ by"
        )
        rows = [(what, row, row) for what, row in cumulated(config).items()][-1 if options.whole else 0 :]
        last = replace(rows[-1][1], channels_last=True)
        rows += [("ours channels_last", rows[-1][1], last)]
        rows += [("ours bfloat16, too", rows[-1][1], replace(last, precision="bfloat16"))]
        for what, row, mine in rows:
            (_, slow, much, theirs), (_, fast, less, own) = measured(
                row, mine, options.device, options.rounds
            )
            off = max(abs(theirs[name] - own[name]) / (abs(own[name]) + 1e-9) for name in theirs)
            print(
                f"{what:<22}{slow:>12.2f}{fast:>12.2f}{slow / fast:>7.2f}×{much:>11.0f}{less:>10.0f}"
                f"  {off:.0e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
