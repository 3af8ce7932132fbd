"""Several devices or hosts: every process draws the whole batch and works on its share of it.

Started by `torchrun`, which sets RANK, WORLD_SIZE and LOCAL_RANK; otherwise one process does it all. As the
whole batch is drawn everywhere from the same seeds, the number of processes changes nothing but the order
in which gradients are added.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True, slots=True)
class Processes:
    """Who we are among `count` processes."""

    rank: int = 0
    count: int = 1

    def parts(self, batch: int, at_once: int | None) -> Iterator[slice]:
        """This process's share of a batch, in pieces of at most `at_once`."""
        begin, end = (batch * rank // self.count for rank in (self.rank, self.rank + 1))
        piece = at_once or end - begin
        for start in range(begin, end, piece):
            yield slice(start, min(start + piece, end))

    def add_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Give every process the sum of all gradients."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if self.count > 1 and gradients:
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            distributed.all_reduce(flat)
            for gradient, total in zip(
                gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True
            ):
                gradient.copy_(total.view_as(gradient))

    def add_numbers(self, parts: Sequence[Mapping[str, Tensor]], device: torch.device) -> dict[str, float]:
        """Each number's sum over the parts and the processes."""
        values = torch.stack([torch.stack([part[name] for part in parts]).sum() for name in parts[0]])
        values = values.float().to(device)
        if self.count > 1:
            distributed.all_reduce(values)
        return dict(zip(parts[0], values.tolist(), strict=True))


def join(device: str) -> tuple[Processes, torch.device]:
    """Join the processes that torchrun started, if it did; the device is this process's own."""
    if "WORLD_SIZE" not in os.environ:
        return Processes(), torch.device(device)
    if device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return Processes(distributed.get_rank(), distributed.get_world_size()), torch.device(device)
