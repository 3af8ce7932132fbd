"""What the full-size network costs at 512 px, beside spandrel's, and what an accelerator makes of it.

    python tests/reference_model/bench_restore.py [--rounds N]

Both sides have the same seeded weights, one CPU thread and a process of their own. Ours is the restorer that
`bfrbench restore --restorer gfpgan:FILE` calls; the peer is spandrel's GFPGANv1Clean without the image
pyramid, which nobody looks at here either. They take turns, so that a busy machine slows both alike; the best
round counts, and CPU seconds are less disturbed than those of the clock.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
import torch
from torch.nn import functional as F

from bfrbench.pixels import from_tensor, to_tensor
from bfrbench.reference_model.agreement import alive
from bfrbench.reference_model.checkpoint import read_checkpoint
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.stylegan2 import ModulatedConv
from bfrbench.reference_model.restorer import load_gfpgan
from bfrbench.reference_model.state_dict import save_network
from bfrbench.types import Image

Run = Callable[[list[Image]], list[Image]]


@dataclass(frozen=True, slots=True)
class Round:
    """What one call cost."""

    seconds: float
    cpu_seconds: float
    mebibytes: float  # most that the process has ever held
    images: list[Image]


def ours(file: Path) -> Run:
    return load_gfpgan(file)


def peer(file: Path) -> Run:
    from spandrel.architectures.GFPGAN import GFPGAN  # its own process alone

    model = GFPGAN(
        out_size=512, channel_multiplier=2, num_mlp=8, input_is_latent=True, different_w=True, sft_half=True
    ).eval()
    model.load_state_dict(dict(read_checkpoint(file).weights))

    def run(images: list[Image]) -> list[Image]:
        with torch.inference_mode():
            return from_tensor(model(to_tensor(images), return_rgb=False, randomize_noise=False)[0])

    return run


def serve(load: Callable[[], Run], pipe: Connection) -> None:
    """Answer each batch with a Round, until None comes."""
    torch.set_num_threads(1)
    run = load()
    while (images := pipe.recv()) is not None:
        clock, cpu = time.perf_counter(), time.process_time()
        restored = run(images)
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send(Round(clock, cpu, most, restored))


def on_the_cpu(file: Path, rounds: int) -> None:
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Any] = {}
    for name, load in (("peer", peer), ("ours", ours)):
        pipes[name], end = context.Pipe()
        context.Process(target=serve, args=(partial(load, file), end), daemon=True).start()
    print(f"{'one CPU thread':<16}{'side':<6}{'s/image':>9}{'CPU s':>8}{'ratio':>7}{'MiB at most':>13}")
    for batch in (1, 4):
        images = faces(batch)
        seen: dict[str, list[Round]] = {name: [] for name in pipes}
        for _ in range(rounds + (batch == 1)):  # the very first call warms up; the best round counts
            for name, pipe in pipes.items():
                pipe.send(images)
                seen[name].append(pipe.recv())
        cpu = {name: min(r.cpu_seconds for r in done) / batch for name, done in seen.items()}
        for name, done in seen.items():
            best = min(r.seconds for r in done) / batch
            most = done[-1].mebibytes
            ratio = cpu["peer"] / cpu[name]
            print(f"{f'batch {batch}':<16}{name:<6}{best:>9.2f}{cpu[name]:>8.2f}{ratio:>6.2f}×{most:>13.0f}")
        off = np.abs(np.subtract(seen["ours"][-1].images, seen["peer"][-1].images, dtype=np.int16))
        print(f"{'':<16}images differ by {off.max()} level at most, in {(off > 0).mean():.1e} of the values")
    for pipe in pipes.values():
        pipe.send(None)


def outputs_before_rounding(file: Path) -> None:
    """The largest difference of the two networks' own numbers."""
    from spandrel.architectures.GFPGAN import GFPGAN

    x = to_tensor(faces(1))
    restorer = load_gfpgan(file)
    theirs = GFPGAN(out_size=512, channel_multiplier=2, input_is_latent=True, different_w=True, sft_half=True)
    theirs.eval().load_state_dict(dict(read_checkpoint(file).weights))
    torch.set_num_threads(1)
    with torch.inference_mode():
        a = restorer.network(x.contiguous(memory_format=torch.channels_last), pyramid=False).image
        b = theirs(x, return_rgb=False, randomize_noise=False)[0]
    print(f"outputs in [{b.min():.2f}, {b.max():.2f}] differ by {(a - b).abs().max():.1e} at most")


def forms_of_modulation() -> None:
    """A modulated convolution three ways: what each costs on one CPU thread."""
    torch.set_num_threads(1)
    print(f"\n{'modulated 3×3, CPU ms':<24}{'batch':>6}{'ours':>8}{'activations':>13}{'grouped':>9}")
    for channels, side in ((512, 32), (256, 128), (64, 512)):
        layer = ModulatedConv(channels, channels, 3, 512).requires_grad_(False)
        layer = layer.to(memory_format=torch.channels_last)
        for batch in (1, 4):
            x = torch.randn(batch, channels, side, side).contiguous(memory_format=torch.channels_last)
            code = torch.randn(batch, 512)
            ways = (layer, partial(scaled_activations, layer), partial(grouped, layer))
            times = [best_cpu(partial(way, x, code)) for way in ways]
            what = f"{channels} channels at {side} px"
            print(f"{what:<24}{batch:>6}{times[0]:>8.1f}{times[1]:>13.1f}{times[2]:>9.1f}")


def scaled_activations(layer: ModulatedConv, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
    style = layer.modulation(code)
    scale = torch.rsqrt(style.square() @ layer.weight.square().sum((2, 3)).T + 1e-8)
    return F.conv2d(x * style[..., None, None], layer.weight, padding=1) * scale[..., None, None]


def grouped(layer: ModulatedConv, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
    kernels = layer.weight * layer.modulation(code)[:, None, :, None, None]
    kernels = kernels * torch.rsqrt(kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    stacked = F.conv2d(x.reshape(1, -1, *x.shape[2:]), kernels.flatten(0, 1), padding=1, groups=len(x))
    return stacked.view(len(x), -1, *x.shape[2:])


def best_cpu(function: Callable[[], object], repeats: int = 4) -> float:
    times = []
    with torch.inference_mode():
        for _ in range(repeats):
            start = time.process_time()
            function()
            times.append(time.process_time() - start)
    return 1e3 * min(times)


def on_an_accelerator(file: Path, batch: int = 16) -> None:
    """Images a second in several precisions, and decibels from float32; compiled too."""
    x = to_tensor(faces(batch)).cuda()
    exact: torch.Tensor | None = None
    first: float | None = None
    print(f"\n{torch.cuda.get_device_name()}, batch {batch}\n{'':<32}{'images/s':>9}{'ratio':>8}{'dB':>7}")
    for what, dtype, run in accelerated(file):
        rate, image = cuda_rate(run, x.to(dtype), batch)
        exact, first = image if exact is None else exact, rate if first is None else first
        decibels = 10 * torch.log10(4 / (image - exact).square().mean()).item()
        print(f"{what:<32}{rate:>9.1f}{rate / first:>7.2f}×{decibels:>7.1f}")


def accelerated(file: Path) -> Iterator[tuple[str, torch.dtype, Callable[[torch.Tensor], torch.Tensor]]]:
    for name in ("float32", "bfloat16", "float16"):
        restorer = load_gfpgan(file, device="cuda", dtype=name)
        network, dtype = restorer.network, restorer.dtype
        plain = partial(image_of, network)
        if name == "float32":
            yield "float32", dtype, partial(image_of, network.to(memory_format=torch.contiguous_format))
            network.to(memory_format=torch.channels_last)
        yield f"{name}, channels_last", dtype, plain
        yield (
            f"{name}, channels_last, compiled",
            dtype,
            torch.compile(plain, mode="max-autotune-no-cudagraphs"),
        )


def image_of(network: Any, x: torch.Tensor) -> torch.Tensor:
    channels_last = network.conv_body_down[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return network(x.contiguous(memory_format=layout), pyramid=False).image


def cuda_rate(
    run: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, batch: int, repeats: int = 10
) -> tuple[float, torch.Tensor]:
    flags = torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False, allow_tf32=False)
    with torch.inference_mode(), flags:
        for _ in range(3):
            image = run(x)
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(repeats):
            image = run(x)
        torch.cuda.synchronize()
    return batch * repeats / (time.perf_counter() - start), image.float()


def faces(count: int) -> list[Image]:
    """One face, from another side each time."""
    face: Image = skimage.data.astronaut()
    return [np.ascontiguousarray(np.roll(face, 40 * shift, axis=1)) for shift in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="calls of each side and batch")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "full-size.pth"
        save_network(alive(GfpganConfig()), file)
        on_the_cpu(file, rounds)
        outputs_before_rounding(file)
        forms_of_modulation()
        if torch.cuda.is_available():
            on_an_accelerator(file)


if __name__ == "__main__":
    main()
