"""DifFace's test grids, as published and crossed."""

from functools import partial
from math import pi

from bfrbench.degradations.draws import Choice, Draw, DrawDownsample, DrawJpeg, DrawNoise, ResizeBack, step
from bfrbench.degradations.ops.blur import Blur
from bfrbench.degradations.presets.preset import Grid, Preset

_QUALITIES = (30, 40, 50, 60, 70)
_NOISES = (1, 5, 10, 15, 20)
_THETAS = (0, 0.25 * pi, 0.5 * pi, 0.75 * pi)
_JOURNAL_SIGMAS = (4, 8, 12, 16)
_FIRST_SIGMAS = (2, 4, 6, 8, 10, 12, 14)


def _cell(
    quality: float, scale: float, noise: float, sigma_x: float, theta: float, *, sigmas: tuple[float, ...]
) -> tuple[Draw, ...]:
    """One combination; sigma_y alone is left to chance."""
    blur = step(Blur, kind="anisotropic", size=41, sigma_x=sigma_x, sigma_y=Choice(sigmas), theta=theta)
    return (
        blur,
        DrawDownsample(scale=(scale, scale)),
        DrawNoise(sigma=(noise, noise)),
        DrawJpeg(quality=(quality, quality)),
        ResizeBack(),
    )


def _axes(scales: tuple[float, ...], sigmas: tuple[float, ...]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """In the order of the script's loops, outermost first."""
    return (
        ("quality", _QUALITIES),
        ("scale", scales),
        ("noise", _NOISES),
        ("sigma_x", sigmas),
        ("theta", _THETAS),
    )


_JOURNAL = _axes((4, 8, 12, 16, 20, 24, 28, 32, 36, 40), _JOURNAL_SIGMAS)
_FIRST = _axes((4, 8, 16, 24, 30), _FIRST_SIGMAS)
_NOTES = (
    "sigma_y is drawn from the levels of sigma_x by our seed, not by Python's random at seed 10000, so "
    "LQs are like the published ones, not the same. The degradation's own file is not in the repository: "
    "the order blur, shrink, noise, JPEG, back and the kernel of 41 px are those of its training. Cut to "
    "41 px, sigma 16 acts as 10.6. A JPEG quality is whole already, int() changes none. "
)
_CONFOUND = (
    "Loops walk the sorted file list, so quality 30 goes to the first 800 faces and 70 to the last 800: "
    "effects of the parameters are mixed up with who is on the picture. "
)

ROWS = (
    Preset(
        id="difface-test",
        version=1,
        title="DifFace's CelebA-Test grid of 4,000, as published",
        source="zsyOAOA/DifFace c0fad1d, scripts/prepare_testing_restoration.py (journal)",
        size=512,
        notes=_CONFOUND + _NOTES,
        draws=Grid(axes=_JOURNAL, cell=partial(_cell, sigmas=_JOURNAL_SIGMAS)),
    ),
    Preset(
        id="difface-test-crossed",
        version=1,
        title="DifFace's grid of 4,000, each combination given to a face by lot",
        source="difface-test@1, crossed by bfrbench",
        size=512,
        notes="4,000 faces get each combination once, in an order shuffled by the root seed. " + _NOTES,
        draws=Grid(axes=_JOURNAL, cell=partial(_cell, sigmas=_JOURNAL_SIGMAS), crossed=True),
    ),
    Preset(
        id="difface-test-first",
        version=1,
        title="DifFace's earlier grid of 3,500, as published",
        source="zsyOAOA/DifFace cdbc630, datapipe/prepare/face/make_testing_data.py (its first levels)",
        size=512,
        notes=_CONFOUND + _NOTES,
        draws=Grid(axes=_FIRST, cell=partial(_cell, sigmas=_FIRST_SIGMAS)),
    ),
)
