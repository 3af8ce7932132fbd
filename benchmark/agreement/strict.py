"""The metrics of single images in `strict`, beside scikit-image and the golden values of others."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bfrbench.benchmark.agreement.comparison import Comparison, value_of
from bfrbench.pixels import read_image
from bfrbench.types import Image


def comparisons(golden: Path | None) -> Iterator[Comparison]:
    """Against scikit-image; and, with the folder, against golden values."""
    yield from installed()
    if golden is not None:
        yield from golden_images(golden)


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
    stored = json.loads((golden / "metrics/metrics.json").read_text(encoding="utf-8"))
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
