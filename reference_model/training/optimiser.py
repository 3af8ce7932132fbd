"""One step of Adam: its rate by the schedule, gradients checked and clipped; and averaged weights."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from bfrbench.errors import TrainingStopped
from bfrbench.reference_model.training.config import Adam


def build(config: Adam, groups: Iterable[tuple[Sequence[nn.Parameter], float]]) -> torch.optim.Adam:
    """Adam over groups of parameters, each with a factor on the rate."""
    rows = [{"params": list(parameters), "factor": factor} for parameters, factor in groups if parameters]
    return torch.optim.Adam(rows, lr=config.rate, betas=(config.beta1, config.beta2))


def rate_factor(config: Adam, seen: int, total: int) -> float:
    """What the rate is multiplied by after `seen` of `total` images."""
    warm = min(1.0, seen / config.warm_up) if config.warm_up else 1.0
    if config.cosine_to is not None:
        fall = (1 + math.cos(math.pi * min(1.0, seen / total))) / 2
        return warm * (config.cosine_to + (1 - config.cosine_to) * fall)
    return warm * 0.5 ** sum(seen >= mark for mark in config.halve_at)


def update(optimiser: torch.optim.Adam, config: Adam, factor: float, what: str) -> float:
    """Clip and step; returns the gradient's length. Raises TrainingStopped when it is not finite."""
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    length = float(nn.utils.clip_grad_norm_(parameters, math.inf if config.clip is None else config.clip))
    if not math.isfinite(length):
        raise TrainingStopped(
            f"The gradient of the {what} is {length}: training has broken down and was stopped before it "
            "spoiled the weights. The last checkpoint is whole: train on from it with a lower rate, in a new "
            "folder (`--start-from` that checkpoint.pt)."
        )
    for group in optimiser.param_groups:
        group["lr"] = config.rate * group["factor"] * factor
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return length


@torch.no_grad()
def average(into: nn.Module, of: nn.Module, decay: float) -> None:
    """Exponential moving average: into ← decay · into + (1 - decay) · of; parameters only."""
    targets: list[Tensor] = list(into.parameters())
    sources: list[Tensor] = [source.detach() for source in of.parameters()]
    torch._foreach_lerp_(targets, sources, 1 - decay)
