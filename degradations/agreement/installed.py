"""Checks against the libraries that every install has."""

import io
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import scipy.ndimage
import skimage.color
import skimage.data
from PIL import Image as Pillow

from bfrbench import pixels
from bfrbench.degradations import kernels
from bfrbench.degradations.agreement.check import Against, Array, Check
from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.blur import AverageBlur, blur, convolve
from bfrbench.degradations.ops.colour import change_hue
from bfrbench.degradations.ops.iso_noise import linear_light
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg
from bfrbench.degradations.ops.median import MedianBlur, median
from bfrbench.degradations.ops.resample import Resample, resample

SUBJECT = "astronaut"


def installed_checks() -> list[Check]:
    """All checks on scikit-image's astronaut."""
    image: Array = skimage.data.astronaut()[:160, 130:290]  # type: ignore[no-untyped-call]
    unit = pixels.to_unit(image)
    return [*with_scipy(unit), with_pillow(image), *with_scikit_image(unit)]


def with_scipy(unit: UnitImage) -> Iterator[Check]:
    """Neighbourhoods and interpolation."""
    against = Against(f"SciPy {version('scipy')}", SUBJECT)
    kernel = kernels.gaussian(41, 2.9, 0.8, 0.7)
    theirs = scipy.ndimage.correlate(unit, kernel[:, :, None], mode="mirror")
    yield against.largest("blur", convolve(unit, kernel), theirs, 2e-6)
    theirs = scipy.ndimage.uniform_filter(unit, 9, mode="mirror", axes=(0, 1))
    yield against.largest("average", blur(unit, AverageBlur(size=9)), theirs, 2e-6)
    theirs = scipy.ndimage.median_filter(unit, size=(9, 9, 1), mode="nearest")
    yield against.largest("median", median(unit, MedianBlur(size=9)), theirs, 0)
    rows, columns = ((np.arange(count) + 0.5) * 160 / count - 0.5 for count in (71, 200))
    grid = np.meshgrid(rows, columns, indexing="ij")
    theirs = np.stack(
        [scipy.ndimage.map_coordinates(unit[:, :, c], grid, order=1, mode="nearest") for c in range(3)],
        axis=2,
    )
    yield against.largest("resample", resample(unit, Resample(height=71, width=200)), theirs, 1e-5)


def with_pillow(image: Array) -> Check:
    """The JPEG codec: the same pixels where both use libjpeg-turbo, else a few levels."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=60, subsampling=2)
    ours = pixels.from_unit(jpeg(pixels.to_unit(image), Jpeg(quality=60)))
    against = Against(f"Pillow {version('pillow')}", SUBJECT)
    return against.largest("jpeg, levels", ours, np.asarray(Pillow.open(file)), 3)


def with_scikit_image(unit: UnitImage) -> Iterator[Check]:
    """Colour spaces."""
    against, double = Against(f"scikit-image {version('scikit-image')}", SUBJECT), unit.astype(np.float64)
    hsv = skimage.color.rgb2hsv(double)
    hsv[:, :, 0] = (hsv[:, :, 0] + 0.1) % 1
    theirs = skimage.color.hsv2rgb(hsv)
    yield against.largest("colour_jitter, hue", change_hue(unit, 0.1), theirs, 2e-5)
    luminance = skimage.color.rgb2xyz(double)[:, :, 1]
    ours = linear_light(unit) @ skimage.color.colorconv.xyz_from_rgb[1]
    yield against.largest("iso, linear light", ours, luminance, 1e-6)
