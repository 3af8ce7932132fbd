"""Do our metrics agree with somebody else's? `python -m bfrbench.benchmark.agreement [SHARED] [--write FILE]`

Prints or writes a Markdown table of our values beside those of other implementations, with the tolerance that
each must meet; the exit status is 1 when one does not. Comparing with scikit-image and SciPy needs nothing.
SHARED is a folder with `golden/`, values of basicsr, pyiqa, lpips and pytorch-fid on stored images and
features (its README says why the tolerances are what they are), and `data/faces512/`, aligned faces of people
of whom many have two photographs.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import scipy.linalg
import skimage.data
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bfrbench.alignment import template
from bfrbench.benchmark.judges import dlib_resnet, inception
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics.frechet import FeatureSet, frechet_distance
from bfrbench.benchmark.metrics.identity import chip
from bfrbench.benchmark.metrics.metric import ImageMetric
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.files import write_text
from bfrbench.pixels import read_image
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of our values beside another implementation's."""

    what: str  # metric, or part of one
    subject: str  # image, or set of features
    ours: float
    theirs: float
    by: str
    tolerance: float  # greatest |ours - theirs| allowed

    @property
    def difference(self) -> float:
        """ours - theirs; 0 for equal infinities."""
        return 0.0 if self.ours == self.theirs else self.ours - self.theirs

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance


def value_of(metric: str, restored: Image, hq: Image | None) -> float:
    """One metric of the table on one aligned image, by the way that scoring takes."""
    row = METRICS[metric]
    if not isinstance(row, ImageMetric):
        raise TypeError(f"{metric} has no value for a single image.")
    pictures = [picture_of(image) for image in (restored, hq) if image is not None]
    return row.value(*pictures[: 1 + row.needs_hq])


def feature_set(vectors: NDArray[np.float32]) -> FeatureSet:
    """The set of the rows of an n×d array."""
    features = FeatureSet()
    for vector in vectors:
        features.add(vector)
    return features


def installed() -> Iterator[Comparison]:
    """Against the libraries that every install has."""
    hq: Image = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    blurred = np.asarray(cv2.GaussianBlur(hq, (0, 0), 2.0), dtype=np.uint8)
    by, subject = f"scikit-image {version('scikit-image')}", "astronaut, blurred"
    psnr = peak_signal_noise_ratio(hq, blurred, data_range=255)  # type: ignore[no-untyped-call]
    yield Comparison("psnr/rgb", subject, value_of("psnr/rgb", blurred, hq), psnr, by, 1e-6)
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    ssim = structural_similarity(  # type: ignore[no-untyped-call]
        hq, blurred, data_range=255, channel_axis=2, **gaussian
    )
    yield Comparison("ssim/rgb", subject, value_of("ssim/rgb", blurred, hq), ssim, by, 1e-6)
    random = np.random.default_rng(0)
    one, other = (random.normal(mean, 1.0, (300, 64)).astype(np.float32) for mean in (0.0, 0.3))
    ours, theirs = frechet_distance(feature_set(one), feature_set(other)), frechet_by_root(one, other)
    by = f"scipy {version('scipy')} sqrtm"
    yield Comparison("Fréchet distance", "300×64 normal numbers", ours, theirs, by, 1e-6)


def frechet_by_root(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> float:
    """The Fréchet distance as its formula is written, with SciPy's matrix square root."""
    step = one.mean(axis=0, dtype=np.float64) - other.mean(axis=0, dtype=np.float64)
    first, second = (np.cov(vectors, rowvar=False, dtype=np.float64) for vectors in (one, other))
    root = scipy.linalg.sqrtm(first @ second)
    return float(step @ step + np.trace(first) + np.trace(second) - 2.0 * np.trace(root).real)


# our metric -> the golden value's key, and the greatest difference allowed
_GOLDEN = {
    "psnr/rgb": ("psnr_rgb/basicsr", 1e-6),
    "psnr/y601": ("psnr_y601/basicsr", 1e-4),
    "ssim/rgb": ("ssim_rgb/basicsr", 1e-6),
    "ssim/y601": ("ssim_y601/basicsr", 1e-6),
    "ms-ssim/luma": ("ms_ssim/pyiqa", 1e-3),
    "lpips/alex": ("lpips_alex/lpips", 1e-4),
}


def golden_images(golden: Path) -> Iterator[Comparison]:
    """Against basicsr, pyiqa and lpips on six pairs of images."""
    stored = _json(golden / "metrics/metrics.json")
    by = {name: f"{name} {stored['versions'][name]}" for name in ("basicsr", "pyiqa", "lpips")}
    for pair in stored["pairs"]:
        restored, hq = (read_image(golden / "metrics" / pair[kind]) for kind in ("dist", "ref"))
        for metric, (key, tolerance) in _GOLDEN.items():
            ours, theirs = value_of(metric, restored, hq), pair["values"][key]
            yield Comparison(metric, pair["dist"], ours, theirs, by[key.partition("/")[2]], tolerance)
        for image, name, ending in ((restored, pair["dist"], ""), (hq, pair["ref"], "_ref_image")):
            theirs = pair["values"][f"niqe_y601_float64{ending}/basicsr"]
            # as much as correct filters differ among themselves on this image, and half as much again
            share = max(0.002, 1.5 * pair[f"niqe_numeric_variants{ending}"]["relative_spread_all"])
            ours = value_of("niqe/y601", image, None)
            yield Comparison("niqe/y601", name, ours, theirs, by["basicsr"], share * theirs)


def golden_fid(golden: Path) -> Iterator[Comparison]:
    """Against pytorch-fid and others: the distance on stored features, the network with drawn weights."""
    stored = _json(golden / "fid/fid.json")
    keys = {"pytorch_fid_sqrtm": "pytorch-fid", "torch_fidelity": "torch-fidelity"}
    makers = {key: f"{name} {stored['versions'][name]}" for key, name in keys.items()}
    with np.load(golden / "fid/features.npz") as file:
        a, b, c, d = (feature_set(file[name]) for name in "abcd")
        half, rest = feature_set(file["b"][:200]), feature_set(file["b"][200:])
    sets = {"a_vs_b": (a, b), "b_vs_a": (b, a), "c_vs_d": (c, d), "b_first200_vs_b_last200": (half, rest)}
    for name, (one, other) in sets.items():
        for key, by in makers.items():
            ours, theirs = frechet_distance(one, other), stored["sets"][name][f"fid/{key}"]
            yield Comparison("Fréchet distance", name, ours, theirs, by, 1e-5 * theirs)
    layers = inception.fold(drawn_inception(golden))
    with np.load(golden / "fid/inception_recipe.npz") as file:
        pooled = file["pool3"].reshape(2, -1)
    for name, expected in zip(_json(golden / "fid/inception_recipe.json")["inputs"], pooled, strict=True):
        vector = inception.features_through(layers, squeezed(read_image(golden / name)))
        k = int(np.abs(vector - expected).argmax())
        what, subject = "fid's Inception, drawn weights", f"{Path(name).name}, feature {k}, the furthest off"
        tolerance = 1e-3 * float(expected.max())
        yield Comparison(
            what, subject, float(vector[k]), float(expected[k]), makers["pytorch_fid_sqrtm"], tolerance
        )


def drawn_inception(golden: Path) -> dict[str, torch.Tensor]:
    """A state dict of FID's Inception with random weights, drawn as golden/fid/inception_recipe.json says."""
    shapes = _json(golden / "state_dict_shapes/pytorch_fid_inception_v3.json")["shapes"]
    random = np.random.RandomState(_json(golden / "fid/inception_recipe.json")["seed"])
    state = {}
    for key in sorted(key for key in shapes if not key.endswith("num_batches_tracked")):
        z, shape = random.standard_normal(shapes[key]), shapes[key]
        if len(shape) > 1:
            z *= math.sqrt((2.0 if len(shape) == 4 else 1.0) / math.prod(shape[1:]))
        elif key.endswith("running_var"):
            z = np.exp(0.2 * z)
        else:
            z = 0.1 * z + (1.0 if key.endswith("weight") else 0.0)
        state[key] = torch.from_numpy(z.astype(np.float32))
    return state


def squeezed(image: Image) -> NDArray[np.float32]:
    """pytorch-fid's way to 299×299 and [-1, 1]: bilinear without antialiasing."""
    batch = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255.0
    small = F.interpolate(batch, size=(299, 299), mode="bilinear", align_corners=False)
    return np.asarray(2.0 * small[0].permute(1, 2, 0).numpy() - 1.0, dtype=np.float32)


def identity_report(faces: Path) -> str:
    """How far apart one and two people are to identity/dlib, on aligned faces with an index.csv."""
    index = pd.read_csv(faces / "index.csv")
    images = [read_image(faces / file) for file in index["file"]]
    points = np.array(
        [dlib_resnet.descriptor(chip(image, template(image.shape[0]))) for image in images], dtype=np.float64
    )
    person = index["person_id"].to_numpy()
    i, j = np.triu_indices(len(points), 1)
    distance, same = np.linalg.norm(points[i] - points[j], axis=1), person[i] == person[j]
    one, two = np.sort(distance[same]), np.sort(distance[~same])
    auc = np.searchsorted(one, two).mean() / len(one)
    return (
        f"On {len(images)} aligned photographs, identity/dlib puts the {len(one)} pairs of one person "
        f"{one.mean():.3f} apart (at most {one[-1]:.3f}) and the {len(two):,} pairs of two people "
        f"{two.mean():.3f} (at least {two[0]:.3f}); area under the ROC curve {auc:.5f}; below 0.6 are "
        f"{(one < 0.6).mean():.2%} and {(two < 0.6).mean():.2%}."
    )


def markdown(comparisons: Sequence[Comparison], *notes: str) -> str:
    """The page: a table of all comparisons, and notes below."""
    rows = [
        f"| {c.what} | {c.subject} | {c.ours:.9g} | {c.theirs:.9g} | {c.by} | {c.difference:.1e} "
        f"| {c.tolerance:.1e} | {'yes' if c.agrees else '**no**'} |"
        for c in comparisons
    ]
    agree = sum(c.agrees for c in comparisons)
    head = (
        "# Agreement of the metrics with other implementations\n\n"
        "Made by `python -m bfrbench.benchmark.agreement`; do not edit. "
        f"{agree} of {len(comparisons)} values are within their tolerance.\n\n"
        "| metric | of | ours | theirs | implementation | difference | tolerance | agrees |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n" + "".join(f"\n{note}\n" for note in notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our metrics with other implementations.")
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/ and data/faces512/")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args(arguments)
    comparisons, notes = list(installed()), []
    if options.shared is not None:
        comparisons += [*golden_images(options.shared / "golden"), *golden_fid(options.shared / "golden")]
        notes = [identity_report(options.shared / "data/faces512")]
    page = markdown(comparisons, *notes)
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if all(comparison.agrees for comparison in comparisons) else 1


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
