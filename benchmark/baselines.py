"""Restorers that need no weights: the input itself, and six classical methods.

Their parameters are those of the libraries' own documentation, fixed before any board was seen. The
recipe of an LQ image is unknown to them, so the three that sharpen assume one Gaussian blur for all.
Lengths are given for 512 px and scale with the longer side of the image.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import filters, restoration

from bfrbench.pixels import from_unit, to_unit
from bfrbench.types import Image, Restorer

ASSUMED_BLUR_512 = 2.0
"""Standard deviation of the blur that unsharp, Wiener and Richardson–Lucy assume, in pixels at 512 px.

GFP-GAN's recipes draw it from 0.1 to 10. Assuming too little leaves some blur; assuming too much rings."""


@dataclass(frozen=True, slots=True)
class PerImage:
    """A restorer from a function of one image."""

    name: str
    restore: Callable[[Image], Image]
    device: str = "cpu"

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore each image by itself."""
        return [self.restore(image) for image in batch]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One row of the table: what it is, where it comes from, and the function of one image."""

    title: str
    source: str
    restore: Callable[[Image], Image]


def lq(image: Image) -> Image:
    """The input itself: the row that every restorer has to beat."""
    return image


def nlm(image: Image) -> Image:
    """Non-local means with 7×7 patches in 21×21 windows, h = 3 for lightness, 10 for colour.

    OpenCV's default h and windows, and the hColor that its reference recommends. Patches stay 7×7 at
    every size: they are samples to compare, not a length in the face. OpenCV expects BGR.
    """
    bgr = np.ascontiguousarray(image[:, :, ::-1])
    cleaned = cv2.fastNlMeansDenoisingColored(bgr, None, 3, 10, 7, 21)
    return np.ascontiguousarray(cleaned[:, :, ::-1], dtype=np.uint8)


def tv(image: Image) -> Image:
    """Total variation over the three channels together, weight 0.1 (scikit-image's default)."""
    cleaned = restoration.denoise_tv_chambolle(to_unit(image), weight=0.1, channel_axis=2)  # type: ignore[no-untyped-call]
    return from_unit(cleaned)


def bilateral(image: Image) -> Image:
    """Bilateral filter of diameter 9 at 512 px, both sigmas 75 (OpenCV's smoothing tutorial)."""
    radius = max(1, round(4 * _scale(image)))
    smoothed = cv2.bilateralFilter(image, 2 * radius + 1, 75, 75 * _scale(image))
    return np.asarray(smoothed, dtype=np.uint8)


def unsharp(image: Image) -> Image:
    """Unsharp mask of the assumed blur, amount 1 (scikit-image's default)."""
    radius = ASSUMED_BLUR_512 * _scale(image)
    # channel_axis=-1 leaves most of the result unset (scikit-image issue 7264)
    sharp = filters.unsharp_mask(to_unit(image), radius, amount=1.0, channel_axis=2)  # type: ignore[no-untyped-call]
    return from_unit(sharp)


def wiener(image: Image) -> Image:
    """Wiener–Hunt deconvolution of the assumed blur, balance 0.1 (scikit-image's example)."""
    return _deconvolve(image, partial(restoration.wiener, balance=0.1))


def richardson_lucy(image: Image) -> Image:
    """Richardson–Lucy deconvolution of the assumed blur, 5 iterations (scikit-image's example)."""
    return _deconvolve(image, partial(restoration.richardson_lucy, num_iter=5))


RESTORERS: dict[str, BuiltIn] = {
    "lq": BuiltIn("Input (LQ)", "the data set", lq),
    "nlm": BuiltIn("Non-local means", "Buades, Coll & Morel, CVPR 2005; OpenCV", nlm),
    "tv": BuiltIn("Total variation", "Chambolle, J. Math. Imaging Vis. 20, 2004; scikit-image", tv),
    "bilateral": BuiltIn("Bilateral filter", "Tomasi & Manduchi, ICCV 1998; OpenCV", bilateral),
    "unsharp": BuiltIn("Unsharp mask", "Petrou & Petrou, Image Processing, 2010; scikit-image", unsharp),
    "wiener": BuiltIn(
        "Wiener–Hunt", "Hunt, 1971; Orieux et al., J. Opt. Soc. Am. A 27, 2010; scikit-image", wiener
    ),
    "richardson-lucy": BuiltIn(
        "Richardson–Lucy", "Richardson, 1972; Lucy, 1974; scikit-image", richardson_lucy
    ),
}


def builder(name: str) -> Callable[[], Restorer]:
    """What builds the built-in restorer of this name; it pickles."""
    return partial(PerImage, name, RESTORERS[name].restore)


def _scale(image: Image) -> float:
    return float(max(image.shape[:2])) / 512


def _gaussian(sigma: float) -> NDArray[np.float64]:
    """A normalised Gaussian of standard deviation sigma, out to three of them, as a square kernel."""
    radius = max(1, int(np.ceil(3 * sigma)))
    line = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    kernel: NDArray[np.float64] = np.outer(line, line) / line.sum() ** 2
    return kernel


def _deconvolve(image: Image, method: Callable[..., NDArray[np.float64]]) -> Image:
    """Deconvolve each channel by the assumed blur.

    Both methods take the picture as periodic or black outside; it is mirrored first, by more than the
    kernel's width, so that its borders do not ring.
    """
    kernel = _gaussian(ASSUMED_BLUR_512 * _scale(image))
    margin = 2 * len(kernel)
    mirrored = np.pad(image / 255.0, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    channels = [method(mirrored[:, :, channel], kernel) for channel in range(3)]
    return from_unit(np.stack(channels, axis=2)[margin:-margin, margin:-margin])
