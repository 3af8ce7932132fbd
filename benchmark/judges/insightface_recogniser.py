"""InsightFace's own recognition code on the recogniser of its `buffalo_l` pack.

A ResNet-50 trained on WebFace600K with ArcFace (Deng et al. 2019). The model is for non-commercial research.
"""

import contextlib
import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bfrbench.benchmark.judges.onnx_session import open_session
from bfrbench.types import Image
from bfrbench.weights import find


def embedding(crop: Image) -> NDArray[np.float32]:
    """512 numbers of a 112×112 crop, not normalised; two are compared by their angle."""
    return embedding_through(_recogniser(), crop)


def embedding_through(recogniser: Any, crop: Image) -> NDArray[np.float32]:
    """512 numbers of a 112×112 crop, by a given one of insightface's recognisers."""
    features = recogniser.get_feat(np.ascontiguousarray(crop[:, :, ::-1]))
    return np.asarray(features, dtype=np.float32).ravel()


def load_recogniser(path: Path) -> Any:
    """insightface's recogniser on an ONNX file; insightface itself downloads nothing here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of the libraries that insightface imports
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX  # noqa: PLC0415  # seconds

        return ArcFaceONNX(model_file=str(path), session=open_session(path))


@cache
def _recogniser() -> Any:
    return load_recogniser(find("insightface-w600k-r50"))
