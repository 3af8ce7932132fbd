"""Do the metrics of single images beyond `strict`'s agree with somebody else's?"""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from skimage.metrics import structural_similarity

from bfrbench.benchmark.agreement.comparison import Comparison, value_of
from bfrbench.benchmark.metrics.luma import matlab_grey
from bfrbench.pixels import read_image
from bfrbench.types import Image
from bfrbench.weights import locate

# our metric -> the golden value's key, and the greatest difference allowed
_GOLDEN = {
    "psnr/rgb-matched": ("psnr_rgb_meanstd_matched/vqfr", 1e-5),  # the script computes in float32
    "ssim/rgb-matched": ("ssim_rgb_meanstd_matched/vqfr", 1e-6),
    "ssim/grey": ("ssim_gray_u8/skimage_full_border", 5e-5),  # of OpenCV's grey, some pixels one level off
}
# their weights were float32, ours are float16
_GOLDEN_VGG = {"lpips/vgg": ("lpips_vgg/lpips", 2e-4), "lpips/vgg-bgr": ("lpips_vgg_bgr/lpips", 2e-4)}
_MAKERS = {
    "vqfr": "VQFR's steps in numpy {numpy}",
    "skimage": "scikit-image {scikit-image}",
    "lpips": "lpips {lpips}",
}


def comparisons(golden: Path | None) -> Iterator[Comparison]:
    """Against scikit-image and published numbers; and, with the folder, against golden values."""
    hq: Image = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    blurred = np.asarray(cv2.GaussianBlur(hq, (0, 0), 2.0), dtype=np.uint8)
    ssim = structural_similarity(  # type: ignore[no-untyped-call]
        matlab_grey(hq),
        matlab_grey(blurred),
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    by = f"scikit-image {version('scikit-image')}"
    yield Comparison("ssim/grey", "astronaut, blurred", value_of("ssim/grey", blurred, hq), ssim, by, 1e-6)
    camera = np.repeat(skimage.data.camera()[:, :, None], 3, axis=2)  # type: ignore[no-untyped-call]
    ours, by = value_of("brisque/live", camera, None), "brisque.c of a libvmaf fork, as its notes print it"
    yield Comparison("brisque/live", "scikit-image's camera", ours, -13.708444, by, 1e-5)
    if golden is not None:
        yield from _golden(golden)


def _golden(golden: Path) -> Iterator[Comparison]:
    stored = json.loads((golden / "metrics/metrics.json").read_text(encoding="utf-8"))
    table = _GOLDEN | (_GOLDEN_VGG if locate("lpips-vgg16") else {})
    for pair in stored["pairs"]:
        restored, hq = (read_image(golden / "metrics" / pair[kind]) for kind in ("dist", "ref"))
        for metric, (key, tolerance) in table.items():
            ours, theirs = value_of(metric, restored, hq), pair["values"][key]
            maker = key.partition("/")[2].partition("_")[0]
            by = _MAKERS[maker].format(**stored["versions"])
            yield Comparison(metric, pair["dist"], ours, theirs, by, tolerance)
        # as for niqe/y601: as much as correct filters differ among themselves on this image, and half as much
        # again; and OpenCV's grey beside MATLAB's
        share = max(0.01, 1.5 * pair["niqe_numeric_variants"]["relative_spread_all"])
        ours, theirs = value_of("niqe/grey", restored, None), pair["values"]["niqe_gray/basicsr"]
        by = f"basicsr {stored['versions']['basicsr']}"
        yield Comparison("niqe/grey", pair["dist"], ours, theirs, by, share * theirs)
