"""InsightFace's own detection code on the detector of its `buffalo_l` pack."""

import contextlib
import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bfrbench.detection.face import Face, as_faces
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Insightface:
    """A detector of insightface.model_zoo; see `load_insightface`."""

    model: Any

    def __call__(self, image: Image) -> list[Face]:
        """All faces that score at least 0.3, seen at the sizes that insightface chooses (128 and 640 px)."""
        rows, points = self.model.detect(np.ascontiguousarray(image[:, :, ::-1]))
        rows = np.asarray(rows, dtype=np.float64).reshape(-1, 5)
        return as_faces(rows[:, :4], np.asarray(points, np.float64).reshape(-1, 5, 2), rows[:, 4])


def load_insightface(path: Path) -> Insightface:
    """The detector from its ONNX file; insightface itself downloads nothing here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of the libraries that insightface imports
        from insightface.model_zoo import get_model  # noqa: PLC0415  # seconds

        model = get_model(str(path), providers=["CPUExecutionProvider"])
        model.prepare(ctx_id=-1, det_thresh=0.3, nms_thresh=0.4)
    logging.getLogger("insightface").setLevel(logging.WARNING)
    return Insightface(model)
