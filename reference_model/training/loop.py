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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from bfrbench.errors import InputError, TrainingStopped
from bfrbench.files import (
    few,
    make_folder,
    read_json,
    remove_leftovers,
    sha256_bytes,
    sha256_json,
    to_json,
    write_json,
    writing,
)
from bfrbench.pixels import write_png
from bfrbench.reference_model.checkpoint import unpickle
from bfrbench.reference_model.training.config import Schedule
from bfrbench.reference_model.training.journal import open_journal
from bfrbench.reference_model.training.processes import Processes
from bfrbench.types import Image

_ALONE = Processes()


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

    def step(self, step: int, seen: int) -> dict[str, float]:
        """Train on one batch, after `step` batches and `seen` images; returns what to log."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen when training pauses to look at itself."""

    numbers: Mapping[str, float]
    sheet: Image
    weights: Callable[[Path], None]  # writes the averaged network to a file
    score: float  # lower is better


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run is. Images count on where stages of other batches follow one another; so do steps."""

    step: int = 0
    images: int = 0
    best: float = float("inf")  # the best score so far


def train(
    trainer: Trainer,
    folder: Path,
    *,
    config: Any,
    schedule: Schedule,
    batch: int,
    see: Callable[[], Seen],
    processes: Processes = _ALONE,
    start: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Train until `schedule.images`, from the checkpoint in `folder` if there is one.

    config: what is being trained, a dataclass; the folder of a run with another one is refused.
    processes: the first of them writes; all read the checkpoint, so `folder` must be one that all share.
    start: the checkpoint.pt of another run, whose networks fit; a fresh run goes on from there with its own
    configuration: so a training has stages. A part of the networks that the stage before had not may be new
    if it starts at zero (`full_size_skip`, `input_gate`); the optimisers begin anew then. Rates, betas and
    what else its optimisers are set to are always the new configuration's.

    Raises InputError for a folder of another run or for processes that differ, TrainingStopped for a loss
    that is no number, OutputError for a full disk, WorkerDied for another process that is gone: in each case
    the last checkpoint is whole, and the same command goes on from it.
    """
    if processes.rank == 0:
        _prepare(folder, config)
    processes.agree("what they are to train", _hash(config))  # and none reads before the first is ready
    reached = _resume(trainer, folder, schedule, start)
    if processes.count > 1:
        processes.agree(f"their weights after {reached.images} images", _fingerprint(trainer))
    journal = open_journal(folder, reached.images) if processes.rank == 0 else None
    recent: list[dict[str, float]] = []
    started = time.perf_counter()
    while (before := reached.images) < schedule.images:
        losses = trainer.step(reached.step, before)
        _check(losses, before)
        reached = replace(reached, step=reached.step + 1, images=before + batch)
        on_progress(reached.images, schedule.images)
        if journal is None:
            continue
        recent.append(losses)
        if _due(schedule.log_every, before, batch):
            speed = len(recent) * batch / (time.perf_counter() - started)
            journal.add(reached.images, _means(recent) | trainer.numbers | {"images_per_second": speed})
            recent, started = [], time.perf_counter()
        ended = reached.images >= schedule.images
        if _due(schedule.validate_every, before, batch) or ended:
            seen = see()
            journal.add(reached.images, seen.numbers)
            write_png(make_folder(folder / "samples") / f"{reached.images:09d}.png", seen.sheet)
            seen.weights(folder / "last.pth")
            if seen.score < reached.best:
                reached = replace(reached, best=seen.score)
                seen.weights(folder / "best.pth")
        if _due(schedule.checkpoint_every, before, batch) or ended:
            save(trainer, folder / "checkpoint.pt", reached)


def save(trainer: Trainer, path: Path, reached: Reached) -> None:
    """Write a checkpoint, whole or not at all. Raises OutputError when the disk is full."""
    state = {
        "step": reached.step,
        "images": reached.images,
        "best": reached.best,
        "numbers": dict(trainer.numbers),
        "networks": {name: network.state_dict() for name, network in trainer.networks().items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in trainer.optimisers.items()},
    }
    data = io.BytesIO()
    torch.save(state, data)
    with writing(path) as file:
        file.write(data.getbuffer())


def read_state(path: Path) -> Mapping[str, Any]:
    """What `save` wrote, tensors on the CPU. Raises InputError for any other file, and a damaged one."""
    state = unpickle(path)
    if not isinstance(state, Mapping) or not {"step", "numbers", "networks", "optimisers"} <= state.keys():
        raise InputError(
            f"{path} is no checkpoint to train on from: name the checkpoint.pt of a run, which holds its "
            "optimisers, too."
        )
    return state


def _prepare(folder: Path, config: Any) -> None:
    """Make the folder that of a run of this configuration, or refuse it where another has begun."""
    make_folder(folder)
    remove_leftovers(folder)
    written = folder / "config.json"
    if (folder / "checkpoint.pt").is_file() and written.is_file() and not _is_of(written, config):
        raise InputError(
            f"{folder} holds a run of another configuration. Choose another folder, or train with the one in "
            f"{written}."
        )
    write_json(written, config)


def _is_of(written: Path, config: Any) -> bool:
    """Whether a config.json says this; what an older version did not know to write has its default."""
    stored = read_json(written, dict, "a configuration")
    try:
        return bool(TypeAdapter(type(config)).validate_python(stored) == config)
    except (ValidationError, InputError):
        return False


def _resume(trainer: Trainer, folder: Path, schedule: Schedule, start: Path | None) -> Reached:
    """Take up the folder's checkpoint, or in a fresh folder that of `start`; says how far it was."""
    own = folder / "checkpoint.pt"
    checkpoint = own if own.is_file() or start is None else start
    if not checkpoint.is_file():
        if checkpoint == own:
            return Reached()
        raise InputError(f"{start} is not there: it should be the checkpoint.pt of another run.")
    state = read_state(checkpoint)
    images = _images(state, checkpoint)
    if checkpoint != own and images >= schedule.images:
        raise InputError(
            f"{start} has seen {images:,} images already, and this configuration ends at "
            f"{schedule.images:,}: nothing would be trained. Set `images` of [schedule] to more."
        )
    grown = False
    for name, network in trainer.networks().items():
        if name not in state["networks"]:
            raise InputError(f"{checkpoint} holds no {name}: it is of another kind of training.")
        weights = state["networks"][name]
        new = {} if checkpoint == own else _parts_that_do_nothing_yet(network, weights)
        try:
            network.load_state_dict(weights | new)
        except RuntimeError as error:  # torch names every tensor, one in a line
            raise InputError(
                f"{checkpoint} does not fit the {name} that this configuration asks for: "
                f"{few([line.strip() for line in str(error).splitlines()[1:]])}."
            ) from error
        grown |= bool(new)
    if not grown:  # Adam numbers its parameters, so its state fits no other network: it begins anew
        for name in trainer.optimisers.keys() & state["optimisers"].keys():
            _take_moments(trainer.optimisers[name], state["optimisers"][name]["state"])
    trainer.numbers.update(state["numbers"])
    best = state["best"] if checkpoint == own else float("inf")  # a stage has a best of its own
    return Reached(state["step"], images, best)


def _take_moments(optimiser: torch.optim.Optimizer, moments: Mapping[int, Any]) -> None:
    """Adam's moments by the number of each parameter; settings stay those that the optimiser was built with.

    A prior that was frozen, or is from now on, comes last among the parameters: the others' numbers are the
    same, and it begins without moments, or leaves its own behind.
    """
    groups = optimiser.state_dict()["param_groups"]
    known = {number for group in groups for number in group["params"]}
    kept = {number: value for number, value in moments.items() if number in known}
    optimiser.load_state_dict({"state": kept, "param_groups": groups})


def _parts_that_do_nothing_yet(network: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the network has and the stage before had not, if it is zero, so that the images stay the same."""
    values = network.state_dict()
    return {name: value for name, value in values.items() if name not in weights and not value.any()}


def _images(state: Mapping[str, Any], checkpoint: Path) -> int:
    """Images that a checkpoint has seen; older ones tell only steps, of the batch of their configuration."""
    if "images" in state:
        return int(state["images"])
    config = read_json(
        checkpoint.parent / "config.json", dict[str, Any], f"the configuration beside {checkpoint.name}"
    )
    return int(state["step"] * config["batch"])


def _fingerprint(trainer: Trainer) -> str:
    """SHA-256 of all weights, to see whether processes begin as one."""
    values = (value for network in trainer.networks().values() for value in network.state_dict().values())
    parts = [sha256_bytes(value.cpu().reshape(-1).view(torch.uint8).numpy().tobytes()) for value in values]
    return sha256_json(parts)


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
            "the last checkpoint is whole. Train on from it with a lower rate, in a new folder: "
            "`--start-from` that checkpoint.pt."
        )
