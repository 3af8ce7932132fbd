"""The chain that the whole field shares: blur, shrink, noise, JPEG, back to size, then colour."""

from bfrbench.degradations.draws import (
    Draw,
    DrawBlur,
    DrawColourJitter,
    DrawColourShift,
    DrawDownsample,
    DrawGrey,
    DrawJpeg,
    DrawKernel,
    DrawNoise,
    Range,
    ResizeBack,
)

JPEG_NOTE = (
    "The released code hands OpenCV a real JPEG quality, which current versions refuse: it is drawn the "
    "same and cut by int(), so that 60 to 99 come up."
)

COLOUR: tuple[Draw, ...] = (
    DrawColourShift(levels=20, probability=0.3),
    DrawGrey(probability=0.01),
    DrawColourJitter(
        brightness=(0.5, 1.5), contrast=(0.5, 1.5), saturation=(0.0, 1.5), hue=(-0.1, 0.1), probability=0.3
    ),
)
"""GFP-GAN's colour changes, which touch the LQ alone."""


def jpeg_note(low: int, high: int) -> str:
    """How a range of real qualities became whole ones."""
    return f"JPEG's real quality is cut by int(): {low} to {high - 1} come up."


def grey_note(percent: str) -> str:
    """Why a preset has no grey LQs although its source's configuration names some."""
    return (
        f"In training {percent} of the faces turn grey, HQ and LQ alike: the pair of a grey "
        "photograph. A preset makes LQs only, so these are left out."
    )


def chain(  # the order of FFHQDegradationDataset in GFP-GAN and of everyone after it
    sigma: Range,
    scale: Range,
    noise: Range,
    quality: Range,
    *,
    kernel: int | tuple[int, ...] = 41,
    colour: tuple[Draw, ...] = (),
) -> tuple[Draw, ...]:
    """Blur (half of the kernels anisotropic), shrink, noise, JPEG, back to size, colour."""
    blur: Draw
    if isinstance(kernel, int):
        blur = DrawBlur(kernel=kernel, sigma=sigma)
    else:
        blur = DrawKernel(kernel, kinds=(("isotropic", 0.5), ("anisotropic", 0.5)), sigma=sigma)
    return (
        blur,
        DrawDownsample(scale=scale),
        DrawNoise(sigma=noise),
        DrawJpeg(quality=quality),
        ResizeBack(),
        *colour,
    )
