"""The one place where a contestant's code is called, and where its exceptions are caught."""

import contextlib
import random
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bfrbench.errors import BfrError, OutputError, RestorerFailed
from bfrbench.pixels import check_image
from bfrbench.seeds import key
from bfrbench.types import Image, Restorer

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "insufficient memory", "failed to allocate")


def start(build: Callable[[], Restorer]) -> Restorer:
    """Build a restorer; raises RestorerFailed when its code does anything but that."""
    try:
        return build()
    except BfrError:
        raise
    except (Exception, SystemExit) as error:  # whatever a contestant's code may raise
        raise RestorerFailed(f"The restorer could not be built: {describe(error)}") from error


def attempt(restorer: Restorer, lq: Mapping[str, Image]) -> dict[str, Image | str]:
    """Restore a batch of images of one size: for each name its image, or the reason why there is none.

    When the batch as a whole fails, its images are tried one by one, so that only the guilty ones go
    without. A full disk and a lack of memory are no fault of an image: they are raised.
    """
    try:
        return _call(restorer, lq)
    except OutputError:
        raise
    except (Exception, SystemExit) as error:  # whatever a contestant's code may raise
        if _is_out_of_memory(error):
            raise RestorerFailed(
                f"Memory ran out while {restorer.name} restored {len(lq)} images at a time. What is finished "
                "is kept: run the same command again with a smaller batch or fewer workers."
            ) from error
        if len(lq) == 1:
            return dict.fromkeys(lq, describe(error))
    return {name: output for one in lq for name, output in attempt(restorer, {one: lq[one]}).items()}


def describe(error: BaseException) -> str:
    """An exception as one line: our own errors are sentences, others get their kind and place."""
    text = " ".join(str(error).split())
    if not isinstance(error, BfrError):
        frames = traceback.extract_tb(error.__traceback__)
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
        text = f"{type(error).__name__}: {text}{place}"
    return text if len(text) <= 600 else f"{text[:600]}…"


def _call(restorer: Restorer, lq: Mapping[str, Image]) -> dict[str, Image | str]:
    _seed(*lq)
    # copies: a restorer that writes into its input must not spoil a second attempt;
    # standard output is the command line's, for tables and JSON
    with contextlib.redirect_stdout(sys.stderr):
        outputs = list(restorer([image.copy() for image in lq.values()]))
    if len(outputs) != len(lq):
        raise RestorerFailed(f"{restorer.name} returned {len(outputs)} images for {len(lq)}.")
    return {name: _checked(output) for name, output in zip(lq, outputs, strict=True)}


def _seed(*names: str) -> None:
    """Seed the global generators, so that a stochastic restorer gives the same run every time."""
    seed = key(0, "restore", *names)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def _checked(output: object) -> Image | str:
    try:
        check_image(output, "The restorer's output")
    except ValueError as error:
        return f"{error} A restorer returns RGB from 0 to 255; bfrbench.pixels converts floats and tensors."
    image: Image = np.ascontiguousarray(output)  # checked above
    return image


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _OUT_OF_MEMORY)
