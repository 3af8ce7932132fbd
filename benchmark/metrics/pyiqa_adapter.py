"""Every single-image metric of pyiqa, under the ids `pyiqa/NAME`, where the user has installed pyiqa.

pyiqa (Chen and Mo, https://github.com/chaofengc/IQA-PyTorch) is free for non-commercial use alone and comes
with 27 packages: bfrbench never needs it, imports it only when one of its metrics is asked for, and says its
licence beside the numbers. What pyiqa would do on its own and does not here: download (the user does, with
the command that the message gives), draw crops from an unset seed, use a GPU, put images of other sizes into
one batch, or let a NaN into a mean. Numbers move between its releases, so that a metric's version holds
pyiqa's.
"""

import os
import random
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from typing import Any, Final, NoReturn

import numpy as np

from bfrbench.benchmark.judges.judge import NoFaceSeen, Picture
from bfrbench.benchmark.metrics.metric import ImageMetric
from bfrbench.errors import UnknownName, WeightsUnavailable
from bfrbench.types import Direction

PREFIX: Final = "pyiqa/"
LICENCE: Final = "pyiqa: PolyForm-Noncommercial 1.0.0 + NTU S-Lab"
_VERSION: Final = 1  # of this file's way to call pyiqa

# what pyiqa 0.1.16 offers, by whether it needs HQ and which way is better; without what looks at folders
# (fid, sfid, fid_dinov2, inception_score) or at a caption (clipscore)
_OFFERED: Final[dict[tuple[bool, Direction], str]] = {
    (True, "higher"): (
        "ahiq ckdn ssim ssimc psnr psnry fsim ms_ssim vif vsi cw_ssim fgresq_pair topiq_fr topiq_fr-pipal "
        "wadiqam_fr dmm"
    ),
    (True, "lower"): (
        "lpips lpips-vgg lpips+ lpips-vgg+ stlpips stlpips-vgg dists deepdc gmsd nlpd mad pieapp msswd "
        "afine_fr afine_all_scale afine_all"
    ),
    (False, "lower"): "piqe niqe niqe_matlab ilniqe brisque brisque_matlab pi afine_nr",
    (False, "higher"): (
        "nrqm cnniqa musiq musiq-ava musiq-paq2piq musiq-spaq nima nima-koniq nima-spaq nima-vgg16-ava "
        "paq2piq dbcnn maniqa maniqa-pipal maniqa-kadid clipiqa clipiqa+ clipiqa+_vitL14_512 "
        "clipiqa+_rn50_512 fgresq tres tres-flive hyperiqa metaiqa uranker entropy topiq_nr "
        "topiq_nr-flive topiq_nr-spaq topiq_nr-face topiq_nr_swin-face topiq_nr-face-v1 topiq_iaa "
        "topiq_iaa_res50 laion_aes liqe liqe_mix wadiqam_nr qalign qalign_8bit qalign_4bit qrealign "
        "qrealign-mini qrealign-lite qrealign-pro compare2score unique arniqa arniqa-live arniqa-csiq "
        "arniqa-tid arniqa-kadid arniqa-clive arniqa-flive arniqa-spaq maclip qualiclip qualiclip+ "
        "qualiclip+-clive qualiclip+-flive qualiclip+-spaq"
    ),
}
OFFERED: Final[dict[str, tuple[bool, Direction]]] = {
    name: kind for kind, names in _OFFERED.items() for name in names.split()
}
"""Whether it needs HQ, and which way is better, by pyiqa's name."""


def pyiqa_metric(name: str) -> ImageMetric:
    """The row of `pyiqa/NAME`, installed or not; raises UnknownName."""
    known = name.removeprefix(PREFIX)
    if known not in OFFERED:
        raise UnknownName(
            f"pyiqa has no metric of single images called {known!r}. It has: {', '.join(sorted(OFFERED))}."
        )
    needs_hq, better = OFFERED[known]
    release = _release()
    return ImageMetric(
        id=PREFIX + known,
        version=_version_number(release),
        better=better,
        group="fidelity" if needs_hq else "perception",
        needs_hq=needs_hq,
        value=partial(_value, known),
        title=f"{known}, as pyiqa {release} computes it" if release else f"{known}, through pyiqa",
        source="https://github.com/chaofengc/IQA-PyTorch, which names the paper",
        licence=LICENCE,
        missing=partial(_missing, known),
    )


def _release() -> str:
    try:
        return version("pyiqa")
    except PackageNotFoundError:
        return ""


def _version_number(release: str) -> int:
    """1 00 01 16 00 for version 1 of this file and pyiqa 0.1.16: grows with either, and reads as both."""
    parts = [int(part) for part in re.findall(r"\d+", release)][:4]
    number = _VERSION
    for part in parts + [0] * (4 - len(parts)):
        number = 100 * number + part
    return number


def _missing(name: str) -> str:
    if not _release():
        return (
            f"pyiqa/{name} needs the package pyiqa (licence: PolyForm-Noncommercial 1.0.0), which is not "
            "installed: `pip install pyiqa`, then `pip install --force-reinstall --no-deps opencv-python`, "
            "whose files pyiqa's opencv-python-headless overwrites."
        )
    try:
        _metric(name)
    except WeightsUnavailable as error:
        return str(error)
    return ""


@cache
def _metric(name: str) -> Any:
    """pyiqa's metric on the CPU; raises WeightsUnavailable."""
    try:
        with _no_downloads(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            import pyiqa  # noqa: PLC0415  # optional, and slow to import

            return pyiqa.create_metric(name, device="cpu")
    except Exception as error:  # urllib's, torch.hub's, huggingface_hub's, or of a package that it lacks
        raise WeightsUnavailable(
            f"pyiqa could not set up {name} without a download ({type(error).__name__}): its weights, or a "
            "package that it needs, are not here. "
            f"`python -c \"import pyiqa; pyiqa.create_metric('{name}')\"` fetches the weights, or says what "
            "else is missing."
        ) from error


def _value(name: str, *pictures: Picture) -> float:
    """Of one image, or of the restored one and its HQ; raises NoFaceSeen, and ValueError where undefined."""
    import torch  # noqa: PLC0415  # only when a judge starts

    from bfrbench.benchmark.judges.arithmetic import reproducible  # noqa: PLC0415

    metric = _metric(name)
    images = [torch.from_numpy(picture.image).permute(2, 0, 1)[None].float() / 255.0 for picture in pictures]
    try:
        with reproducible(), _seeded(), _no_downloads():
            return float(metric(*images))
    except Exception as error:  # asserts, shapes, faces: each architecture has its own
        if "no face" in str(error).lower():
            raise NoFaceSeen(f"pyiqa/{name} found no face: {error}") from error
        raise ValueError(f"pyiqa/{name} failed: {type(error).__name__}: {error}") from error


@contextmanager
def _seeded() -> Iterator[None]:
    """Random crops are the same for every image and in every order; the caller's random states come back."""
    import torch  # noqa: PLC0415

    before = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            random.seed(0)
            np.random.seed(0)
            torch.manual_seed(0)
            yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


@contextmanager
def _no_downloads() -> Iterator[None]:
    """No name is resolved inside: urllib and requests fail at once, huggingface_hub uses what is on disk."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("bfrbench downloads nothing that nobody asked for")

    resolve, offline = socket.getaddrinfo, os.environ.get("HF_HUB_OFFLINE")
    socket.getaddrinfo, os.environ["HF_HUB_OFFLINE"] = refuse, "1"
    try:
        yield
    finally:
        socket.getaddrinfo = resolve
        if offline is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = offline
