"""GFP-GAN as a restorer: images in, images out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import check_image, from_tensor, to_tensor
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.networks.stylegan2 import seeded_noise
from bfrbench.reference_model.state_dict import load_network
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Gfpgan:
    """A restorer (see `types.Restorer`) for aligned faces of the network's size.

    On the CPU the same image gives the same bytes, in whatever batch, call or process it comes: images are
    restored one at a time on `threads` threads. Another batch or number of threads adds in another order,
    and a few values of a hundred thousand come out one level off; nor is a batch faster there, and
    processes use the cores better than threads do. On an accelerator the whole batch goes at once.
    """

    network: GfpganNetwork
    name: str
    weights_sha256: Mapping[str, str]  # file name → sha256
    device: torch.device
    noise: tuple[Tensor, ...] | None = None  # None: the maps stored in the checkpoint
    threads: int = 1  # of the CPU

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore N images of out_size×out_size.

        Raises RestorerFailed for an image of another size and for an output that is not finite;
        ValueError for what is no image.
        """
        for image in batch:
            self._check(image)
        at_once = 1 if self.device.type == "cpu" else max(1, len(batch))
        restored: list[Image] = []
        with torch.inference_mode(), _cpu_threads(self.threads):
            for start in range(0, len(batch), at_once):
                restored += self._restore(to_tensor(batch[start : start + at_once]))
        return restored

    def _restore(self, lq: Tensor) -> list[Image]:
        image: Tensor = self.network(lq.to(self.device), self.noise).image
        if not image.isfinite().all():
            raise RestorerFailed(f"{self.name} gave values that are infinite or no numbers.")
        return from_tensor(image)

    def _check(self, image: Image) -> None:
        check_image(image, f"an image for {self.name}")
        height, width = image.shape[:2]
        size = self.network.config.out_size
        if (height, width) != (size, size):
            raise RestorerFailed(
                f"{self.name} restores aligned faces of {size}×{size} pixels, and this image has "
                f"{width}×{height}: align or resize it first."
            )


def load_gfpgan(
    path: Path,
    *,
    device: str = "cpu",
    prior: Path | None = None,
    input_is_latent: bool | None = None,
    noise_seed: int | None = None,
    threads: int = 1,
) -> Gfpgan:
    """A restorer from a checkpoint of the clean architecture (v1.2, v1.3, v1.4, or trained here).

    device: what PyTorch calls it: "cpu", "cuda", "cuda:1", "mps".
    prior, input_is_latent: see `state_dict.load_network`.
    noise_seed: draw the prior's noise from this seed, the same maps for every image; None: use the maps
    stored in the checkpoint. (The official script draws anew for each image and so never gives the same
    file twice.)
    threads: on the CPU; one lets the bytes not depend on the machine's number of cores.

    `functools.partial(load_gfpgan, path)` builds it anew in each worker process. Raises InputError for a
    file that is no such checkpoint and for a device that is not there.
    """
    target = _device(device)
    network = load_network(path, prior=prior, input_is_latent=input_is_latent).requires_grad_(False)
    noise = None if noise_seed is None else seeded_noise(network.config, noise_seed)
    files = [path] if prior is None else [path, prior]
    return Gfpgan(
        network=network.to(target),
        name=f"gfpgan-{path.stem}",
        weights_sha256={file.name: sha256_file(file) for file in files},
        device=target,
        noise=None if noise is None else tuple(layer.to(target) for layer in noise),
        threads=threads,
    )


def _device(name: str) -> torch.device:
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # unknown word; known word, but no such hardware
        raise InputError(f"PyTorch has no device {name!r} here; use 'cpu'.") from error


@contextmanager
def _cpu_threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
