"""The loop around a training step: resume, log, look at samples, keep the best, save.

A folder of a run holds

    config.json      what was asked for, every default written out
    checkpoint.pt    networks, optimisers and numbers; the same command goes on from it, exactly
    best.pth         the averaged network with the best score so far
    last.pth         the averaged network at the latest look
    log.jsonl        losses and scores; tensorboard/ has them too
    samples/         a picture at each look
"""

import io
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from bfrbench.errors import InputError, TrainingStopped
from bfrbench.files import (
    make_folder,
    read_json,
    remove_leftovers,
    sha256_json,
    to_json,
    write_json,
    writing,
)
from bfrbench.pixels import write_png
from bfrbench.reference_model.training.config import Schedule
from bfrbench.reference_model.training.journal import open_journal
from bfrbench.types import Image


class Trainer(Protocol):
    """A step function with the state that it changes."""

    @property
    def numbers(self) -> dict[str, float]:
        """State that is no weight, such as ADA's probability."""
        ...

    @property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """By the name of the network."""
        ...

    def networks(self) -> Mapping[str, nn.Module]:
        """All that a checkpoint must hold."""
        ...

    def step(self, step: int) -> dict[str, float]:
        """Train on one batch; returns what to log."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen when training pauses to look at itself."""

    numbers: Mapping[str, float]
    sheet: Image
    weights: Callable[[Path], None]  # writes the averaged network to a file
    score: float  # lower is better


def train(
    trainer: Trainer,
    folder: Path,
    *,
    config: Any,
    schedule: Schedule,
    batch: int,
    see: Callable[[], Seen],
    first: bool = True,
    start: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Train until `schedule.images`, from the checkpoint in `folder` if there is one.

    config: what is being trained, a dataclass; a folder of another configuration is refused.
    first: whether this process writes, among several.
    start: the checkpoint.pt of another run, whose networks fit; a fresh run goes on from there with its own
    configuration: so a training has stages.

    Raises InputError for a folder of another run, TrainingStopped for a loss that is no number, OutputError
    for a full disk: in each case the last checkpoint is whole, and the same command goes on from it.
    """
    step, best = _resume(trainer, folder, config, start)
    journal = open_journal(folder, step * batch) if first else None
    recent: list[dict[str, float]] = []
    started = time.perf_counter()
    while (images := step * batch) < schedule.images:
        losses = trainer.step(step)
        _check(losses, images)
        step += 1
        recent.append(losses)
        on_progress(images + batch, schedule.images)
        if journal is None:
            continue
        if _due(schedule.log_every, images, batch):
            speed = len(recent) * batch / (time.perf_counter() - started)
            journal.add(images + batch, _means(recent) | trainer.numbers | {"images_per_second": speed})
            recent, started = [], time.perf_counter()
        ended = images + batch >= schedule.images
        if _due(schedule.validate_every, images, batch) or ended:
            seen = see()
            journal.add(images + batch, seen.numbers)
            write_png(make_folder(folder / "samples") / f"{images + batch:09d}.png", seen.sheet)
            seen.weights(folder / "last.pth")
            if seen.score < best:
                best = seen.score
                seen.weights(folder / "best.pth")
        if _due(schedule.checkpoint_every, images, batch) or ended:
            save(trainer, folder / "checkpoint.pt", step=step, best=best)


def save(trainer: Trainer, path: Path, *, step: int, best: float) -> None:
    """Write a checkpoint, whole or not at all. Raises OutputError when the disk is full."""
    state = {
        "step": step,
        "best": best,
        "numbers": dict(trainer.numbers),
        "networks": {name: network.state_dict() for name, network in trainer.networks().items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in trainer.optimisers.items()},
    }
    data = io.BytesIO()
    torch.save(state, data)
    with writing(path) as file:
        file.write(data.getbuffer())


def _resume(trainer: Trainer, folder: Path, config: Any, start: Path | None) -> tuple[int, float]:
    make_folder(folder)
    remove_leftovers(folder)
    written = folder / "config.json"
    if written.is_file() and sha256_json(read_json(written, dict, "a configuration")) != _hash(config):
        raise InputError(
            f"{folder} holds a run of another configuration. Choose another folder, or train with the one in "
            f"{written}."
        )
    write_json(written, config)
    checkpoint = folder / "checkpoint.pt"
    if not checkpoint.is_file() and start is not None:
        if not start.is_file():
            raise InputError(f"{start} is not there: it should be the checkpoint.pt of another run.")
        checkpoint = start
    if not checkpoint.is_file():
        return 0, float("inf")
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    for name, network in trainer.networks().items():
        network.load_state_dict(state["networks"][name])
    for name, optimiser in trainer.optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
    trainer.numbers.update(state["numbers"])
    return state["step"], state["best"] if checkpoint != start else float("inf")  # a best of its own


def _hash(config: Any) -> str:
    return sha256_json(json.loads(to_json(config)))


def _due(every: int, images: int, batch: int) -> bool:
    """Whether a multiple of `every` was passed by the step that began at `images`."""
    return (images + batch) // every > images // every


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each number over the rows that have it."""
    names = {name: None for row in rows for name in row}
    values = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: sum(of_name) / len(of_name) for name, of_name in values.items()}


def _check(losses: Mapping[str, float], images: int) -> None:
    wrong = [name for name, value in losses.items() if not math.isfinite(value)]
    if wrong:
        raise TrainingStopped(
            f"After {images} images these are no finite numbers: {', '.join(wrong)}. Training was stopped; "
            "the last checkpoint is whole. Run it again with a lower rate."
        )
