"""Several devices or hosts: every process draws the whole batch and works on its share of it.

Started by `torchrun`, which sets RANK, WORLD_SIZE and LOCAL_RANK; otherwise one process does it all. As the
whole batch is drawn everywhere from the same seeds, the number of processes changes nothing but the order
in which gradients are added.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Final, TypeVar
from uuid import uuid4

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

from bfrbench.errors import InputError, WorkerDied
from bfrbench.files import sha256_bytes

Item = TypeVar("Item")
Rows = NDArray[np.int64]
"""Places in a batch, or in a part of it."""

GROUP: Final = 4
"""Images i, i + N/4, i + 2N/4, i + 3N/4 of a batch stay together: StyleGAN2's discriminator compares them."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Who we are among `count` processes."""

    rank: int = 0
    count: int = 1

    def check(self, batch: int, at_once: int | None, discriminator: str) -> None:
        """Raise InputError for a batch that cannot be shared out equally, or not be compared in groups."""
        if batch % self.count:
            raise InputError(
                f"A batch of {batch} cannot be shared out equally to {self.count} processes: set `batch` to "
                f"a multiple of {self.count}, or start another number of processes."
            )
        sizes = {len(rows) for rows in pieces(batch // self.count, at_once)}
        if discriminator == "stylegan2" and any(size > GROUP and size % GROUP for size in sizes):
            raise InputError(
                f"The StyleGAN2 discriminator compares images in groups of {GROUP}, but a process would have "
                f"{max(sizes)} at once: choose `batch`, `at_once` and the number of processes so that it is "
                f"a multiple of {GROUP}, or at most {GROUP}."
            )

    def share(self, batch: int) -> Rows:
        """Which images of a batch this process works on."""
        return _split(np.arange(batch), self.count)[self.rank]

    def add_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Give every process the sum of all gradients."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if self.count > 1 and gradients:
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            self._add(flat)
            for gradient, total in zip(
                gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True
            ):
                gradient.copy_(total.view_as(gradient))

    def add_numbers(self, parts: Sequence[Mapping[str, Tensor]], device: torch.device) -> dict[str, float]:
        """Each number's sum over the parts and the processes."""
        values = torch.stack([torch.stack([part[name] for part in parts]).sum() for name in parts[0]])
        values = values.float().to(device)
        if self.count > 1:
            self._add(values)
        return dict(zip(parts[0], values.tolist(), strict=True))

    def collect(self, items: Sequence[Item]) -> list[Item]:
        """The items of all processes, in the order of their ranks; every process must call it."""
        if self.count == 1:
            return list(items)
        every: list[Sequence[Item]] = [()] * self.count
        with self._lost():
            distributed.all_gather_object(every, list(items))
        return list(chain.from_iterable(every))

    def agree(self, what: str, value: str) -> None:
        """Raise InputError in every process unless all have the same value; waits for all of them."""
        values = self.collect([sha256_bytes(value.encode())])
        others = [rank for rank, theirs in enumerate(values) if theirs != values[0]]
        if others:
            raise InputError(
                f"The processes differ in {what}: rank {others[0]} has not what rank 0 has. Start the same "
                "command on every host, with the same version of bfrbench, and with FACES, OUT and all other "
                "paths on storage that the hosts share."
            )

    def _add(self, values: Tensor) -> None:
        with self._lost():
            distributed.all_reduce(values)

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """Turn the word of gloo or NCCL about a peer that is gone into a sentence."""
        try:
            yield
        except RuntimeError as error:
            raise WorkerDied(
                f"Rank {self.rank} of {self.count} processes lost the others: one of them stopped, or its "
                f"host cannot be reached any more ({_first_line(error)}). The last checkpoint is whole: run "
                "the same command again on every host, and it goes on from there."
            ) from error


def pieces(count: int, at_once: int | None) -> list[Rows]:
    """A share of `count` images in pieces of at most `at_once`: places within the share."""
    return _split(np.arange(count), -(-count // at_once) if at_once else 1)


def _split(rows: Rows, parts: int) -> list[Rows]:
    """Nearly equal parts; groups (see `GROUP`) stay whole where there are enough of them."""
    table = rows.reshape(GROUP if len(rows) % (GROUP * parts) == 0 else 1, -1)
    return [part.ravel() for part in np.array_split(table, parts, axis=1)]


def join(device: str, *, patience: timedelta = timedelta(minutes=5)) -> tuple[Processes, torch.device]:
    """Join the processes that torchrun started, if it did; the device is this process's own.

    Raises InputError when there is no such device, or when the others are not there within `patience`.
    """
    if "WORLD_SIZE" not in os.environ:
        return Processes(), _device(device)
    place = _device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if device == "cuda" else device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    if not distributed.is_initialized():
        _meet("nccl" if place.type == "cuda" else "gloo", patience)
    return Processes(distributed.get_rank(), distributed.get_world_size()), place


def _meet(backend: str, patience: timedelta) -> None:
    try:
        # not init_process_group's own timeout: that one would hold for each sum of gradients, too
        store, rank, count = next(rendezvous("env://", timeout=patience))
        store = _afresh(store, rank, count, patience)
        distributed.init_process_group(backend, store=store, rank=rank, world_size=count)
    except (ValueError, RuntimeError) as error:
        names = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
        told = ", ".join(f"{name}={os.environ.get(name, '(unset)')}" for name in names)
        raise InputError(
            f"This process could not meet the others ({told}): {_first_line(error)} Start it with torchrun, "
            "and see that every host reaches that address; or unset WORLD_SIZE to train in one process."
        ) from error


def _afresh(store: Store, rank: int, count: int, patience: timedelta) -> Store:
    """A part of the store in which nothing lies from processes that torchrun has started again.

    torchrun keeps its store over a restart, the addresses of the dead with it. The first process names a new
    part, the others call there, and nobody goes in but who was heard: so none takes the last one's word.
    """
    mine, until = uuid4().hex, time.monotonic() + patience.total_seconds()
    if rank == 0:
        store.set("part", mine)
        callers = [store.get(f"{mine}/{other}").decode() for other in range(1, count)]
        store.set(f"{mine}/heard", " ".join(["nobody", *callers]))
        return PrefixStore(mine, store)
    while time.monotonic() < until:
        part = store.get("part").decode()
        store.set(f"{part}/{rank}", mine)
        time.sleep(0.05)
        if store.check([f"{part}/heard"]) and mine in store.get(f"{part}/heard").decode().split():
            return PrefixStore(part, store)
    raise ValueError("rank 0 did not answer.")


def _device(name: str) -> torch.device:
    try:
        place = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"{name!r} is no device: say cpu or cuda.") from error
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"There is no device {name}: PyTorch sees {torch.cuda.device_count()} GPUs here. Train with "
            "--device cpu, or start at most one process for each GPU."
        )
    return place


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
