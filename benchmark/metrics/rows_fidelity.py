"""Rows of METRICS: how close an image is to its HQ."""

from functools import partial
from typing import Any, Final

from bfrbench.benchmark.judges.judge import Judge
from bfrbench.benchmark.metrics import dists, lpips, ms_ssim, psnr, ssim
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric, of_images

_SSIM: Final = "Wang, Bovik, Sheikh, Simoncelli 2004, eq. 13; "

_MATCHED: Final = ", after VQFR's matching of means and deviations"


def _lpips(variant: str, judge: Judge[Any], title: str, by: str) -> ImageMetric:
    return ImageMetric(
        id=f"lpips/{variant}",
        version=1,
        better="lower",
        group="fidelity",
        needs_hq=True,
        value=partial(lpips.lpips, judge),
        title=title,
        source=f"Zhang, Isola, Efros, Shechtman, Wang 2018, eq. 1; {by}",
        min_size=lpips.MIN_SIZE,
        perfect=0.0,
        judges=(judge,),
    )


FIDELITY: Final[tuple[Metric, ...]] = (
    ImageMetric(
        id="psnr/rgb",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(psnr.psnr_rgb),
        title="PSNR over R, G and B, in dB",
        source="10 log10(255² / MSE), as basicsr and scikit-image",
        perfect=float("inf"),
    ),
    ImageMetric(
        id="psnr/y601",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(psnr.psnr_y601),
        title="PSNR of the limited-range BT.601 luma, in dB",
        source="10 log10(255² / MSE), as basicsr with test_y_channel",
        perfect=float("inf"),
    ),
    ImageMetric(
        id="ssim/rgb",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(ssim.ssim_rgb),
        title="SSIM, mean of R, G and B",
        source=_SSIM + "11×11 Gaussian window inside the picture, as basicsr",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    ImageMetric(
        id="ssim/y601",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(ssim.ssim_y601),
        title="SSIM of the limited-range BT.601 luma",
        source=_SSIM + "11×11 Gaussian window inside the picture, as basicsr with test_y_channel",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    ImageMetric(
        id="ssim/grey",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(ssim.ssim_grey),
        title="SSIM of the rounded grey of MATLAB's rgb2gray",
        source=_SSIM + "11×11 Gaussian window inside the picture, as the authors' ssim_index.m",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    ImageMetric(
        id="ms-ssim/luma",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(ms_ssim.ms_ssim_luma),
        title="MS-SSIM of the full-range luma, five scales",
        source="Wang, Simoncelli, Bovik 2003, eq. 7; as pyiqa",
        min_size=ms_ssim.MIN_SIZE,
        perfect=1.0,
    ),
    ImageMetric(
        id="psnr/rgb-matched",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(psnr.psnr_rgb_matched),
        title=f"PSNR over R, G and B, in dB{_MATCHED}",
        source="VQFR, metric_paper/calculate_psnr_ssim.py, whose switch cannot be turned off",
        perfect=float("inf"),
    ),
    ImageMetric(
        id="ssim/rgb-matched",
        version=1,
        better="higher",
        group="fidelity",
        needs_hq=True,
        value=of_images(ssim.ssim_rgb_matched),
        title=f"SSIM, mean of R, G and B{_MATCHED}",
        source="VQFR, metric_paper/calculate_psnr_ssim.py, whose switch cannot be turned off",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    _lpips("alex", lpips.ALEX, "LPIPS through AlexNet, heads of version 0.1", "as lpips 0.1.4"),
    _lpips("vgg", lpips.VGG, "LPIPS through VGG16, heads of version 0.1", "as lpips 0.1.4 with net='vgg'"),
    _lpips(
        "vgg-bgr",
        lpips.VGG_BGR,
        "LPIPS through VGG16, given B for R and R for B",
        "as the norm_lpips of RestoreFormer's scripts/metrics/cal_psnr_ssim.py",
    ),
    _lpips(
        "vgg-bgr01",
        lpips.VGG_BGR01,
        "LPIPS through VGG16, given B for R and R for B, in [0, 1] where it expects [-1, 1]",
        "as the lpips of RestoreFormer's scripts/metrics/cal_psnr_ssim.py",
    ),
    ImageMetric(
        id="dists/vgg",
        version=1,
        better="lower",
        group="fidelity",
        needs_hq=True,
        value=dists.dists_vgg,
        title="DISTS through VGG16, at the images' own size",
        source="Ding, Ma, Wang, Simoncelli 2022, eqs. 5 to 9; as DISTS-pytorch 0.1 and pyiqa",
        min_size=dists.MIN_SIZE,
        perfect=0.0,
        judges=(dists.VGG,),
        weights=("dists",),
    ),
)
