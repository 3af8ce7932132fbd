"""Whom a training asks: frozen networks for its losses, and the suite's own metrics when it looks at itself.

The command line puts them together, because the reference model itself knows no judge.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from bfrbench.reference_model.networks.vgg import Vgg
    from bfrbench.reference_model.training.config import GfpganTraining
    from bfrbench.reference_model.training.restoration_losses import Judges
    from bfrbench.types import Image


def judges(settings: "GfpganTraining", place: "torch.device") -> "Judges":
    """The frozen networks that the losses ask, those alone whose losses count."""
    from bfrbench.reference_model.losses.perceptual import VGG16
    from bfrbench.reference_model.networks.recognisers import load_recogniser, side_by_side
    from bfrbench.reference_model.training.restoration_losses import Judges
    from bfrbench.weights import find

    weights = settings.weights
    asked = settings.recognisers.items() if weights.identity else ()
    return Judges(
        features=vgg16(tuple(VGG16)).to(place) if weights.perceptual or weights.style else None,
        layers=VGG16,
        embed=side_by_side([(load_recogniser(name, find), part) for name, part in asked]) if asked else None,
    )


def vgg16(taps: Sequence[str]) -> "Vgg":
    """VGG16 with these taps, from the weights of LPIPS; raises WeightsUnavailable."""
    from bfrbench.reference_model.networks.vgg import load_vgg16
    from bfrbench.weights import find

    return load_vgg16(find("lpips-vgg16"), taps)


def judge_of_samples(real: Sequence["Image"]) -> Callable[[Sequence["Image"]], dict[str, float]]:
    """Samples → Fréchet distance and diversity, in the mean AlexNet features of LPIPS."""
    from bfrbench.benchmark.features import ArrayFeatures
    from bfrbench.benchmark.metrics.frechet import frechet_distance
    from bfrbench.benchmark.metrics.precision_recall import precision, recall
    from bfrbench.reference_model.training.diversity import spread

    of_real = ArrayFeatures(_features(real), [f"real {i}" for i in range(len(real))])

    def judge(samples: Sequence["Image"]) -> dict[str, float]:
        drawn = ArrayFeatures(_features(samples), [f"sample {i}" for i in range(len(samples))])
        as_many = ArrayFeatures(of_real.vectors[: len(samples)], of_real.people[: len(samples)])
        return {
            "frechet": frechet_distance(drawn, of_real),
            "spread": spread(drawn.vectors, of_real.vectors),
            "recall": recall(drawn, as_many).value,
            "precision": precision(drawn, as_many).value,
        }

    return judge


def judge_of_restored(restored: Sequence["Image"], hq: Sequence["Image"]) -> dict[str, float]:
    """Mean LPIPS (alex) and PSNR (rgb, dB) of restored images against their truth."""
    import numpy as np

    from bfrbench.benchmark.judges import lpips
    from bfrbench.benchmark.metrics.psnr import psnr_rgb

    pairs = list(zip(restored, hq, strict=True))
    distances = [lpips.distance(lpips.look(x, "alex"), lpips.look(y, "alex")) for x, y in pairs]
    return {
        "lpips": float(np.mean(distances)),
        "psnr": float(np.mean([psnr_rgb(x, y) for x, y in pairs])),
    }


def _features(images: Sequence["Image"]) -> "NDArray[np.float32]":
    """AlexNet's fifth ReLU, mean over places: n×256."""
    import numpy as np
    import torch

    from bfrbench.benchmark.judges.alexnet import taps
    from bfrbench.pixels import to_tensor

    # mean and deviation of ImageNet, for values in [-1, 1], as LPIPS has them
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
    with torch.inference_mode():
        batches = [to_tensor(images[first : first + 16]) for first in range(0, len(images), 16)]
        seen = [taps((batch - shift) / scale)[-1].mean(dim=(2, 3)).numpy() for batch in batches]
    return np.concatenate(seen)
