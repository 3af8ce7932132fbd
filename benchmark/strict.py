"""The protocol `strict`: what bfrbench itself holds to be comparable."""

from typing import Final

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocol import Protocol

_REFERENCE: Final = "The HQ of each pair; for metrics of sets, the HQ of all pairs."
_ALIGNMENT: Final = "The pair's own landmarks, or the template; never detected on a restored image."
_RULES: Final = (
    "Images are paired by name. Whole images as stored: 8-bit RGB, no border cropped, no mean or deviation "
    "matched, no file re-encoded. A missing, unreadable or wrongly sized image has a state and no value; "
    "means are over the images that have one, and an entry that lacks any takes no rank."
)


def _strict(version: int, headline: tuple[str, ...], names: tuple[str, ...]) -> Protocol:
    return Protocol(
        id="strict",
        version=version,
        metrics=tuple(METRICS[name] for name in names),
        headline=headline,
        reference=_REFERENCE,
        alignment=_ALIGNMENT,
        rules=_RULES,
        source="bfrbench",
    )


_FIRST: Final = (
    "psnr/rgb",
    "psnr/y601",
    "ssim/rgb",
    "ssim/y601",
    "ms-ssim/luma",
    "lpips/alex",
    "identity/dlib",
    "niqe/y601",
    "fid/clean",
)

_SECOND: Final = (
    *_FIRST[:-2],
    "identity/dlib-accept",
    "lmd/fr68-normalised",
    "niqe/y601",
    "brisque/live",
    "fid/clean",
    "kid/clean",
    # each of these can be fooled alone: fd/dlib hardly sees mild blur, recall/dlib sees lost diversity alone.
    # fd/alexnet is not among them: it calls the hardest degradations better (docs/metrics-by-severity.md)
    "fd/dlib",
    "recall/dlib",
)

_HEADLINE: Final = ("lpips/alex", "identity/dlib", "psnr/rgb")

STRICT: Final[tuple[Protocol, ...]] = (_strict(1, _HEADLINE, _FIRST), _strict(2, _HEADLINE, _SECOND))
