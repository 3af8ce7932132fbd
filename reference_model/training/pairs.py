"""Batches of training pairs: degraded anew in every epoch, with the places of eyes and mouth."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from bfrbench.alignment import template
from bfrbench.degradations.presets import Preset
from bfrbench.degradations.recipe import apply
from bfrbench.degradations.source import Shuffled, TrainingFaces
from bfrbench.errors import UnreadableImage, WorkerDied
from bfrbench.pixels import to_tensor
from bfrbench.reference_model.losses.components import from_landmarks, mirrored
from bfrbench.reference_model.training.augment import recolour
from bfrbench.reference_model.training.processes import Processes, Rows
from bfrbench.types import Image, Landmarks

_KILLED = (
    "A process that degrades faces was killed, most often for want of memory: set `workers` to less. "
    "The last checkpoint is whole; the same command goes on from it."
)
_SIGNAL = 3.0  # seconds that the word of a child's death may take on a busy machine


@dataclass(frozen=True, slots=True)
class Pairs:
    """N degraded faces with their truth."""

    lq: Tensor  # N×3×S×S in [-1, 1]
    hq: Tensor
    centres: Tensor  # N×3×2 px: left eye, right eye, mouth
    half_sides: Tensor  # N×3 px

    def part(self, rows: Rows, device: torch.device) -> "Pairs":
        """Some of them, on a device."""
        return Pairs(*(getattr(self, item.name)[rows].to(device) for item in fields(self)))

    def weakened(self, strength: Tensor) -> "Pairs":
        """With LQs on the way from the truth (N strengths of 0) to what they are (1)."""
        return replace(self, lq=torch.lerp(self.hq, self.lq, strength.to(self.lq).view(-1, 1, 1, 1)))

    def recoloured(self, colour: Tensor) -> "Pairs":
        """In other colours, LQ and HQ alike (N×3×4, see `augment.recolour`), cut to [-1, 1]."""
        lq, hq = (recolour(colour, images).clamp(-1, 1) for images in (self.lq, self.hq))
        return replace(self, lq=lq, hq=hq)


class ComponentPairs(Dataset[Pairs]):
    """One pair for each index of `TrainingFaces`.

    landmarks: five points in px for each name; faces without lie on the template.
    """

    def __init__(
        self, hq: Mapping[str, Path], preset: Preset, *, seed: int, landmarks: Mapping[str, Landmarks]
    ) -> None:
        self.faces = TrainingFaces(hq, preset, seed=seed)
        self.landmarks = landmarks

    def __len__(self) -> int:
        """Pairs of one epoch."""
        return len(self.faces)

    def __getitem__(self, index: int) -> Pairs:
        """A pair; raises UnreadableImage."""
        drawn = self.faces[index]
        size = drawn.hq.shape[1]
        points = torch.as_tensor(self.landmarks.get(drawn.name, template(size)), dtype=torch.float32)
        centres, half_sides = from_landmarks(points[None])
        if drawn.flipped:
            centres, half_sides = mirrored(centres, half_sides, size)
        lq = apply(drawn.recipe, drawn.hq)
        return Pairs(to_tensor([lq]), to_tensor([drawn.hq]), centres, half_sides)


def batches(
    pairs: ComponentPairs, *, seed: int, batch: int, seen: int, processes: Processes, workers: int
) -> Iterator[Pairs]:
    """This process's share of each batch after `seen` images, without end.

    Raises UnreadableImage, and WorkerDied where a killed worker took a batch with it (see also
    `telling_of_dead_workers`).
    """
    share = processes.share(batch)

    def indices() -> Iterator[list[int]]:
        every = iter(Shuffled(len(pairs), seed=seed, start=seen))
        while True:
            whole = [next(every) for _ in range(batch)]
            yield [whole[place] for place in share]

    loader = DataLoader(
        _Told(pairs), batch_sampler=_Endless(indices()), num_workers=workers, collate_fn=_joined
    )
    reading = iter(loader)
    while True:
        try:
            joined = next(reading)
        except (EOFError, ConnectionError) as error:
            # a batch is fetched from its worker, which may be gone; what happened in a worker begins so:
            if str(error).startswith("Caught "):
                raise
            with suppress(RuntimeError):  # torch hears of it by a signal, and would break in on this sentence
                time.sleep(_SIGNAL)
            raise WorkerDied(_KILLED) from error
        if isinstance(joined, UnreadableImage):
            raise joined
        yield joined


@contextmanager
def telling_of_dead_workers() -> Iterator[None]:
    """Turn torch's RuntimeError for a killed worker, raised wherever training is by then, into WorkerDied."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("DataLoader worker"):
            raise
        raise WorkerDied(_KILLED) from error


@dataclass(frozen=True, slots=True)
class _Told(Dataset[Pairs | UnreadableImage]):
    """Hands over what went wrong: raised in a worker, its sentence would drown in the worker's traceback."""

    pairs: ComponentPairs

    def __getitem__(self, index: int) -> Pairs | UnreadableImage:
        try:
            return self.pairs[index]
        except UnreadableImage as error:
            return UnreadableImage(f"{error} It was whole when the training began; mend it and go on.")


@dataclass(frozen=True, slots=True)
class _Endless:
    """DataLoader asks for an iterable; this one is run through once."""

    lists: Iterator[list[int]]

    def __iter__(self) -> Iterator[list[int]]:
        return self.lists


def _joined(drawn: Sequence[Pairs | UnreadableImage]) -> Pairs | UnreadableImage:
    pairs = [pair for pair in drawn if isinstance(pair, Pairs)]
    for failed in drawn:
        if isinstance(failed, UnreadableImage):
            return failed
    return Pairs(*(torch.cat([getattr(pair, item.name) for pair in pairs]) for item in fields(Pairs)))


def validation_pairs(hq: Mapping[str, Path], preset: Preset, *, most: int) -> tuple[list[Image], list[Image]]:
    """LQs and HQs of up to `most` faces, spread over the list: the same in every run and on any machine."""
    names = sorted(hq)[:: -(-len(hq) // most)]
    faces = TrainingFaces({name: hq[name] for name in names}, preset, seed=0, flip=0.0)
    drawn = [faces[place] for place in range(len(faces))]
    return [apply(one.recipe, one.hq) for one in drawn], [one.hq for one in drawn]
