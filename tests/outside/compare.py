"""Our metrics of single images beside the tools that others use. `make agreement` runs it in .venv-outside.

    .venv-outside/bin/python tests/outside/compare.py [SHARED] [--write FILE]

Compared are degraded pieces of scikit-image's astronaut; the five calibration images that pyiqa brings, with
the numbers that its authors print for the official implementations; and, with SHARED, the golden images.
VGG16's weights are those that bfrbench finds, or else drawn ones, the same for both sides. The exit status is
1 when a value is out of its tolerance.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import scipy.io
import skimage.data
import torch
import torchvision

from bfrbench.benchmark.agreement.comparison import Comparison, markdown, value_of
from bfrbench.benchmark.judges import alexnet, vgg16
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.pyiqa_adapter import OFFERED, pyiqa_metric
from bfrbench.files import write_text
from bfrbench.pixels import read_image
from bfrbench.types import Image
from bfrbench.weights import find, locate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import brisque
    import DISTS_pytorch
    import lpips
    import pyiqa
    from pyiqa.archs import brisque_arch
    from pyiqa.default_model_configs import DEFAULT_CONFIGS
    from torchmetrics.functional.image import peak_signal_noise_ratio

Pair = tuple[str, Image, Image]  # what it is, restored, HQ
Weights = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Tool:
    """Somebody else's way to one of our metrics."""

    metric: str
    by: str
    value: Callable[[Image, Image], float]  # restored, HQ
    absolute: float = 0.0  # how far apart the two values may be: this
    relative: float = 0.0  # plus this times theirs


def unit(image: Image) -> torch.Tensor:
    """1×3×H×W in [0, 1]."""
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255.0


def by_pyiqa(name: str, **options: object) -> Callable[[Image, Image], float]:
    """A metric of pyiqa, called as its manual says."""
    metric = pyiqa.create_metric(name, device="cpu", **options)
    if metric.metric_mode == "NR":
        return lambda restored, _: float(metric(unit(restored)))
    return lambda restored, hq: float(metric(unit(restored), unit(hq)))


def by_lpips(network: str, trunk: Weights) -> Callable[[Image, Image], float]:
    """The lpips package with its own heads, on the trunk that we look through."""
    net = lpips.LPIPS(net=network, pnet_rand=True, verbose=False).eval()
    put(trunk, net.net)
    return lambda restored, hq: float(net(2 * unit(restored) - 1, 2 * unit(hq) - 1))


def by_dists(trunk: Weights) -> Callable[[Image, Image], float]:
    """The authors' package with its own weights of maps, on the trunk that we look through."""
    network = torchvision.models.vgg16(weights=None)
    put(trunk, network.features)
    with mock.patch.object(torchvision.models, "vgg16", return_value=network):
        net = DISTS_pytorch.DISTS(load_weights=False).eval()
    stored = torch.load(Path(DISTS_pytorch.__file__).parent / "weights.pt", weights_only=True)
    net.alpha.data, net.beta.data = stored["alpha"], stored["beta"]
    return lambda restored, hq: float(net(unit(restored), unit(hq)))


def put(trunk: Weights, network: torch.nn.Module) -> None:
    """Put a judge's convolutions into somebody else's network."""
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d)]
    for number, layer in enumerate(layers):
        layer.weight.data = trunk[f"conv{number}.weight"].contiguous()
        layer.bias.data = trunk[f"conv{number}.bias"]


def by_pyiqas_niqe(colour: str) -> Callable[[Image, Image], float]:
    """pyiqa's NIQE with the LIVE release's pristine model, which it would download."""
    with np.load(find("niqe-pristine")) as file, tempfile.TemporaryDirectory() as folder:
        model = {"mu_prisparam": file["mu_pris_param"], "cov_prisparam": file["cov_pris_param"]}
        scipy.io.savemat(f"{folder}/pristine.mat", model)
        return by_pyiqa("niqe", color_space=colour, pretrained_model_path=f"{folder}/pristine.mat")


def by_pyiqas_brisque(restored: Image, _: Image) -> float:
    """pyiqa's way to BRISQUE's features, with the machine and the ranges that we use."""
    with np.load(find("brisque-live")) as file:
        machine = {name: torch.from_numpy(file[name]) for name in file.files}
    low, high = machine["low"], machine["high"]
    scale = mock.patch.object(
        brisque_arch, "scale_features", lambda found: 2 * (found - low) / (high - low) - 1
    )
    with scale:
        return float(
            brisque_arch.brisque(
                unit(restored).double(),
                sv_coef=machine["coefficients"],
                sv=machine["support"],
                gamma=float(machine["gamma"]),
                rho=float(machine["rho"]),
            )
        )


def by_brisque(restored: Image, _: Image) -> float:
    """The brisque package; some of its features are arrays of one number, which NumPy no longer lets pass."""
    package = brisque.BRISQUE(url=False)
    scale = package.scale_features
    package.scale_features = lambda features: scale([np.ravel(feature)[0] for feature in features])
    return float(package.score(restored))


def tools() -> Iterator[Tool]:
    """Every tool, with its tolerance."""
    by = f"pyiqa {pyiqa.__version__}"
    # it adds 1e-8 to the mean squared error of images in [0, 1]
    yield Tool("psnr/rgb", by, by_pyiqa("psnr"), absolute=2e-3)
    yield Tool("ssim/rgb", by, by_pyiqa("ssimc"), absolute=1e-5)
    yield Tool("ms-ssim/luma", by, by_pyiqa("ms_ssim"), absolute=1e-3)
    # it rounds its luma in float32 and filters in another order; its authors state up to 6 % against MATLAB
    yield Tool("niqe/y601", by, by_pyiqas_niqe("ycbcr"), relative=0.06)
    yield Tool("niqe/grey", by, by_pyiqas_niqe("yiq"), relative=0.06)
    yield Tool("brisque/live", f"{by} with our machine", by_pyiqas_brisque, absolute=1.0)
    # its features are others: no antialiasing before the half scale, fits off the grid, two widths throughout
    by = f"brisque {version('brisque')}"
    yield Tool("brisque/live", by, by_brisque, absolute=12.0)
    by = f"torchmetrics {version('torchmetrics')}"
    yield Tool(
        "psnr/rgb",
        by,
        lambda restored, hq: float(peak_signal_noise_ratio(unit(restored), unit(hq), data_range=1.0)),
        absolute=1e-4,
    )
    by = f"lpips {version('lpips')}"
    yield Tool("lpips/alex", by, by_lpips("alex", alexnet._weights()), absolute=1e-5)
    # its heads are float32, ours float16
    yield Tool("lpips/vgg", by, by_lpips("vgg", vgg16._weights()), relative=1e-3)
    by = f"DISTS-pytorch {version('DISTS-pytorch')}"
    yield Tool("dists/vgg", by, by_dists(vgg16._weights()), absolute=1e-5)
    for name in ("gmsd", "fsim", "vif", "nlpd", "piqe", "entropy"):
        by = f"pyiqa {pyiqa.__version__}, called plainly"
        yield Tool(f"pyiqa/{name}", by, by_pyiqa(name), relative=1e-6)


def drawn_vgg16() -> Weights:
    """VGG16's convolutions with drawn weights, and the heads of the lpips package."""
    random = torch.Generator().manual_seed(0)
    layers = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["D"])
    weights = {}
    for number, layer in enumerate(layer for layer in layers if isinstance(layer, torch.nn.Conv2d)):
        shape = layer.weight.shape
        scale = (2 / shape[1:].numel()) ** 0.5
        weights[f"conv{number}.weight"] = torch.randn(shape, generator=random) * scale
        weights[f"conv{number}.bias"] = torch.randn(shape[0], generator=random) * 0.1
    heads = Path(lpips.__file__).parent / "weights/v0.1/vgg.pth"
    stored = torch.load(heads, map_location="cpu", weights_only=True)
    return weights | {f"lin{tap}": stored[f"lin{tap}.model.1.weight"] for tap in range(5)}


def ours(metric: str, restored: Image, hq: Image) -> float:
    """Our value, by the way that scoring takes."""
    if not metric.startswith("pyiqa/"):
        return value_of(metric, restored, hq)
    row = pyiqa_metric(metric)
    return row.value(*[picture_of(image) for image in (restored, hq)][: 1 + row.needs_hq])


def by_tools(pairs: Sequence[Pair]) -> Iterator[Comparison]:
    """Every tool on every pair that is large enough."""
    for tool in tools():
        for subject, restored, hq in pairs:
            with torch.no_grad():
                theirs = tool.value(restored, hq)
            value, tolerance = ours(tool.metric, restored, hq), tool.absolute + tool.relative * abs(theirs)
            yield Comparison(tool.metric, subject, value, theirs, tool.by, tolerance)


def astronauts() -> Iterator[Pair]:
    """A piece of the astronaut with his face, made worse in three ways."""
    hq = np.ascontiguousarray(skimage.data.astronaut()[:192, 130:322])
    noise = np.random.default_rng(0).normal(0, 12, hq.shape)
    coarse = cv2.imencode(".jpg", hq, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    yield "astronaut, blurred", cv2.GaussianBlur(hq, (0, 0), 1.5), hq
    yield "astronaut, noisy", np.clip(np.rint(hq + noise), 0, 255).astype(np.uint8), hq
    yield "astronaut, JPEG", cv2.imdecode(coarse, cv2.IMREAD_COLOR), hq


# what pyiqa's authors print for the official implementations on I03, I04, I06, I08 and I19 of TID2013
_OFFICIAL = {
    "psnr/rgb": ((21.11, 20.99, 27.01, 23.30, 21.62), 0.005),
    "ssim/grey": ((0.6993, 0.9978, 0.9989, 0.9669, 0.6519), 0.0001),
    "lpips/alex": ((0.7237, 0.2572, 0.0508, 0.0521, 0.4253), 0.0001),
    "dists/vgg": ((0.4742, 0.1424, 0.0682, 0.0287, 0.3123), 0.0002),
    "niqe/grey": ((15.7536, 3.6549, 3.2355, 3.1840, 8.6352), 0.5),
}


def official() -> Iterator[Comparison]:
    """Our values on the calibration images, which lie beside pyiqa's package."""
    folder = Path(pyiqa.__file__).parents[1] / "ResultsCalibra"
    for metric, (values, tolerance) in _OFFICIAL.items():
        if metric == "dists/vgg" and locate("lpips-vgg16") is None:
            continue
        for name, theirs in zip(("I03", "I04", "I06", "I08", "I19"), values, strict=True):
            restored, hq = (read_image(folder / kind / f"{name}.bmp") for kind in ("dist_dir", "ref_dir"))
            value, by = value_of(metric, restored, hq), "the official one, as pyiqa prints it"
            yield Comparison(metric, f"TID2013 {name}", value, theirs, by, tolerance)


def golden_pairs(folder: Path) -> Iterator[Pair]:
    """The images of golden/metrics."""
    for path in sorted(folder.glob("golden/metrics/dist_*.png")):
        yield path.name, read_image(path), read_image(path.with_name(path.name.replace("dist", "ref")))


def misread() -> list[str]:
    """Names of pyiqa's metrics of which our table says something that pyiqa does not."""
    said = {
        name: (theirs["metric_mode"] == "FR", "lower" if theirs.get("lower_better") else "higher")
        for name, theirs in DEFAULT_CONFIGS.items()
    }
    return [name for name, kind in OFFERED.items() if said.get(name) != kind]


def main() -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our metrics with installed tools.")
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # theirs
    pairs = [*astronauts(), *(golden_pairs(options.shared) if options.shared else ())]
    with ExitStack() as stack:
        if locate("lpips-vgg16") is None:
            stack.enter_context(mock.patch.object(vgg16, "_weights", return_value=drawn_vgg16()))
        comparisons = [*by_tools(pairs), *official()]
    wrong = misread()
    notes = [f"Of {name}, our table says what pyiqa does not." for name in wrong]
    page = markdown(comparisons, *notes).replace("python -m bfrbench.benchmark.agreement", "make agreement")
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if not wrong and all(comparison.agrees for comparison in comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
