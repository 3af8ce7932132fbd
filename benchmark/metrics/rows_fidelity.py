"""Rows of METRICS: how close an image is to its HQ."""

from typing import Final

from bfrbench.benchmark.metrics import lpips, ms_ssim, psnr, ssim
from bfrbench.benchmark.metrics.metric import ImageMetric, Metric, of_images

_SSIM: Final = "Wang, Bovik, Sheikh, Simoncelli 2004, eq. 13; "

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
        id="lpips/alex",
        version=1,
        better="lower",
        group="fidelity",
        needs_hq=True,
        value=lpips.lpips_alex,
        title="LPIPS through AlexNet, heads of version 0.1",
        source="Zhang, Isola, Efros, Shechtman, Wang 2018, eq. 1; as lpips 0.1.4",
        min_size=lpips.MIN_SIZE,
        perfect=0.0,
        judges=(lpips.ALEX,),
    ),
)
