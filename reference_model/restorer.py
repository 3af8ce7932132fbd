"""GFP-GAN as a restorer: images in, images out."""

import ctypes
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from bfrbench.errors import InputError, RestorerFailed
from bfrbench.files import sha256_file
from bfrbench.pixels import check_image, from_tensor, to_tensor
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork
from bfrbench.reference_model.networks.stylegan2 import seeded_noise
from bfrbench.reference_model.original import Architecture
from bfrbench.reference_model.state_dict import load_network
from bfrbench.types import Image

Noise = Literal["stored", "off"] | int

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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
    dtype: torch.dtype = torch.float32
    noise: tuple[Tensor, ...] | None = None  # None: the maps stored in the checkpoint; empty: no noise
    strength: float = 1.0
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
        with torch.inference_mode(), _cpu_threads(self.threads), _exact_accelerator(self.device):
            for start in range(0, len(batch), at_once):
                restored += self._restore(to_tensor(batch[start : start + at_once]))
        return restored

    def _restore(self, lq: Tensor) -> list[Image]:
        x = lq.to(self.device, self.dtype, memory_format=torch.channels_last)
        image = self.network(x, self.noise, pyramid=False).image.float().cpu()
        if not image.isfinite().all():
            raise RestorerFailed(f"{self.name} gave values that are infinite or no numbers.")
        return from_tensor(torch.lerp(lq, image.clamp(-1, 1), self.strength))

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
    dtype: str = "float32",
    strength: float = 1.0,
    noise: Noise = "stored",
    prior: Path | None = None,
    architecture: Architecture | None = None,
    input_is_latent: bool | None = None,
    threads: int = 1,
) -> Gfpgan:
    """A restorer from a checkpoint: v1, v1.2, v1.3, v1.4, bilinear, or trained here.

    device: what PyTorch calls it: "cpu", "cuda", "cuda:1", "mps".
    dtype: "float32", "bfloat16" or "float16", of weights and activations; half takes half of the memory.
    strength: 0 gives the LQ image back, 1 the restored one, between them lq + strength·(restored - lq).
    noise: of the prior. "stored": the maps in the checkpoint; "off": none; a number: maps drawn from this
    seed, the same for every image. (The official script draws anew for each image and so never gives the
    same file twice.)
    prior, architecture, input_is_latent: see `state_dict.load_network`.
    threads: on the CPU; one lets the bytes not depend on the machine's number of cores.

    `functools.partial(load_gfpgan, path)` builds it anew in each worker process. Raises InputError for a
    file that is no such checkpoint, for a device that is not there and for an option out of range.
    """
    if dtype not in DTYPES:
        raise InputError(f"dtype is {dtype!r}; it must be one of {', '.join(DTYPES)}.")
    if not 0.0 <= strength <= 1.0:
        raise InputError(
            f"strength is {strength:g}; it must be from 0 (the LQ image) to 1 (the restored one)."
        )
    target = _device(device)
    network = load_network(path, prior=prior, architecture=architecture, input_is_latent=input_is_latent)
    network = network.requires_grad_(False).to(target, DTYPES[dtype]).to(memory_format=torch.channels_last)
    if target.type == "cpu":
        _keep_large_blocks()
    files = [path] if prior is None else [path, prior]
    return Gfpgan(
        network=network,
        name=_name(path, dtype, strength, noise),
        weights_sha256={file.name: sha256_file(file) for file in files},
        device=target,
        dtype=DTYPES[dtype],
        noise=_noise_maps(network, noise),
        strength=strength,
        threads=threads,
    )


def _name(path: Path, dtype: str, strength: float, noise: Noise) -> str:
    """`gfpgan-FILE`, and what is not as usual: another setting is another contestant."""
    name = path.stem if path.stem.lower().startswith("gfpgan") else f"gfpgan-{path.stem}"
    unusual = {
        dtype: dtype != "float32",
        f"strength-{strength:g}": strength != 1.0,
        f"noise-{noise}": noise != "stored",
    }
    return "-".join([name, *(word for word, is_so in unusual.items() if is_so)])


def _noise_maps(network: GfpganNetwork, noise: Noise) -> tuple[Tensor, ...] | None:
    match noise:
        case "stored":
            return None
        case "off":
            return ()
        case int():
            like = network.conv_body_first.weight
            return tuple(layer.to(like.device, like.dtype) for layer in seeded_noise(network.config, noise))
    raise InputError(f"noise is {noise!r}; it must be 'stored', 'off' or a seed.")


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


@contextmanager
def _exact_accelerator(device: torch.device) -> Iterator[None]:
    """On NVIDIA hardware: the same algorithm each time, and float32 that is float32, not TF32."""
    if device.type != "cuda":
        yield
        return
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield


def _keep_large_blocks() -> None:
    """Let glibc keep freed blocks up to 1 GiB, of the size of feature maps, for the next layer.

    It hands blocks above 32 MiB back to the system, and the pages of every new map are then cleared and
    mapped anew: a quarter of the time of a plain network at 512 px. Elsewhere this does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 2**30)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
