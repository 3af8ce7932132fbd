"""Make the weights lpips-vgg16: `python -m bfrbench.benchmark.judges.convert_vgg16 TRUNK HEADS FOLDER`

TRUNK is torchvision's https://download.pytorch.org/models/vgg16-397923af.pth, HEADS the file
lpips/weights/v0.1/vgg.pth inside the lpips package. The npz that the weights table names is written into
FOLDER, byte for byte; the exit status is 1 when it is not that file, because the inputs are others.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bfrbench.weights import is_whole, weight_file

_CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)  # where torchvision's `features` has them


def half_precision(
    trunk: Mapping[str, torch.Tensor], heads: Mapping[str, torch.Tensor]
) -> dict[str, NDArray[np.float16]]:
    """The 13 convolutions, conv0 to conv12, and the five heads, lin0 to lin4, as float16."""
    tensors = {
        f"conv{number}.{part}": trunk[f"features.{layer}.{part}"]
        for number, layer in enumerate(_CONVOLUTIONS)
        for part in ("weight", "bias")
    }
    tensors |= {f"lin{tap}": heads[f"lin{tap}.model.1.weight"] for tap in range(5)}
    return {name: tensor.numpy().astype(np.float16) for name, tensor in tensors.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Read both files, write the npz, and return the exit status."""
    parser = argparse.ArgumentParser(description="Make the weights lpips-vgg16 from two published files.")
    for name, what in (("trunk", "vgg16-397923af.pth"), ("heads", "lpips/weights/v0.1/vgg.pth")):
        parser.add_argument(name, type=Path, help=what)
    parser.add_argument("folder", type=Path, help="where the npz is written")
    options = parser.parse_args(arguments)
    states = [
        torch.load(path, map_location="cpu", weights_only=True) for path in (options.trunk, options.heads)
    ]
    row = weight_file("lpips-vgg16")
    out = options.folder / row.file
    np.savez(out, allow_pickle=False, **half_precision(*states))
    made = is_whole(out, row)
    verdict = "is what the weights table means" if made else "differs: the inputs are other files than meant"
    sys.stdout.write(f"{out} {verdict}.\n")
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main())
