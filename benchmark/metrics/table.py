"""METRICS: every metric there is. To add one, write its file, put its row here, and write its test."""

from functools import partial

from bfrbench.benchmark.metrics import fid, identity, lpips, ms_ssim, niqe, psnr, ssim
from bfrbench.benchmark.metrics.measure import Metric, PerImage
from bfrbench.errors import UnknownName

_SSIM = "Wang, Bovik, Sheikh, Simoncelli 2004, eq. 13; "

_ROWS = (
    Metric(
        id="psnr/rgb",
        version=1,
        better="higher",
        needs_hq=True,
        start=partial(PerImage, psnr.psnr_rgb, 2),
        title="PSNR over R, G and B, in dB",
        source="10 log10(255² / MSE), as basicsr and scikit-image",
        perfect=float("inf"),
    ),
    Metric(
        id="psnr/y601",
        version=1,
        better="higher",
        needs_hq=True,
        start=partial(PerImage, psnr.psnr_y601, 2),
        title="PSNR of the limited-range BT.601 luma, in dB",
        source="10 log10(255² / MSE), as basicsr with test_y_channel",
        perfect=float("inf"),
    ),
    Metric(
        id="ssim/rgb",
        version=1,
        better="higher",
        needs_hq=True,
        start=partial(PerImage, ssim.ssim_rgb, 2),
        title="SSIM, mean of R, G and B",
        source=_SSIM + "11×11 Gaussian window inside the picture, as basicsr",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    Metric(
        id="ssim/y601",
        version=1,
        better="higher",
        needs_hq=True,
        start=partial(PerImage, ssim.ssim_y601, 2),
        title="SSIM of the limited-range BT.601 luma",
        source=_SSIM + "11×11 Gaussian window inside the picture, as basicsr with test_y_channel",
        min_size=ssim.WINDOW,
        perfect=1.0,
    ),
    Metric(
        id="ms-ssim/luma",
        version=1,
        better="higher",
        needs_hq=True,
        start=partial(PerImage, ms_ssim.ms_ssim_luma, 2),
        title="MS-SSIM of the full-range luma, five scales",
        source="Wang, Simoncelli, Bovik 2003, eq. 7; as pyiqa",
        min_size=ms_ssim.MIN_SIZE,
        perfect=1.0,
    ),
    Metric(
        id="lpips/alex",
        version=1,
        better="lower",
        needs_hq=True,
        start=partial(PerImage, lpips.lpips_alex, 2),
        title="LPIPS through AlexNet, heads of version 0.1",
        source="Zhang, Isola, Efros, Shechtman, Wang 2018, eq. 1; as lpips 0.1.4",
        min_size=lpips.MIN_SIZE,
        perfect=0.0,
        weights=("lpips-alex",),
    ),
    Metric(
        id="identity/dlib",
        version=1,
        better="lower",
        needs_hq=True,
        start=partial(PerImage, identity.identity_dlib, 3),
        title="Distance of dlib's face descriptors on frozen landmarks; below 0.6 is one person",
        source="dlib_face_recognition_resnet_model_v1 (King 2017), Euclidean distance",
        perfect=0.0,
        weights=("dlib-face",),
    ),
    Metric(
        id="niqe/y601",
        version=1,
        better="lower",
        needs_hq=False,
        start=partial(PerImage, niqe.niqe_y601, 1),
        title="NIQE of the limited-range BT.601 luma, 96×96 blocks, LIVE's pristine pictures",
        source="Mittal, Soundararajan, Bovik 2013; as basicsr",
        min_size=niqe.MIN_SIZE,
        weights=("niqe-pristine",),
    ),
    Metric(
        id="fid/clean",
        version=1,
        better="lower",
        needs_hq=True,
        start=fid.fid_clean,
        title="FID to the data set's own HQ, resized as clean-fid does",
        source="Heusel et al. 2017, eq. 6; resizing of Parmar, Zhang, Zhu 2022",
        perfect=0.0,
        weights=("fid-inception",),
    ),
)

METRICS: dict[str, Metric] = {metric.id: metric for metric in _ROWS}


def metric(name: str) -> Metric:
    """The table's row; raises UnknownName with the names there are."""
    if name not in METRICS:
        raise UnknownName(f"No metric is called {name!r}. There are: {', '.join(METRICS)}.")
    return METRICS[name]
