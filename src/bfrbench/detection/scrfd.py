"""SCRFD, as ONNX files of InsightFace hold it.

Guo, Deng, Lattas, Zafeiriou: Sample and Computation Redistribution for Efficient Face Detection, ICLR
2022 (arXiv:2105.04714). Three levels with two anchors a cell; each anchor has a score, four distances to
the box's sides and five offsets to the points, all in units of the level's stride.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrbench.detection.face import Face, as_faces, not_overlapping
from bfrbench.types import Image

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STRIDES = (8, 16, 32)
ANCHORS = 2  # a cell
LOWEST_SCORE = 0.3
MAX_OVERLAP = 0.4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scrfd:
    """A network with nine outputs; see `load_scrfd`."""

    session: "InferenceSession"

    def __call__(self, image: Image) -> list[Face]:
        """All faces that score at least 0.3."""
        height, width = (-(-side // 32) * 32 for side in image.shape[:2])
        picture = np.zeros((height, width, 3), np.float32)
        picture[: image.shape[0], : image.shape[1]] = (image - np.float32(127.5)) / np.float32(128)
        outputs = self.session.run(
            None, {self.session.get_inputs()[0].name: picture.transpose(2, 0, 1)[None]}
        )
        arrays = [np.asarray(output, np.float64) for output in outputs]
        by_level = zip(arrays[0:3], arrays[3:6], arrays[6:9], STRIDES, strict=True)
        levels = [_level(*level, width // level[-1]) for level in by_level]
        boxes, points, scores = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        keep = not_overlapping(boxes, scores, MAX_OVERLAP)
        return as_faces(boxes[keep], points[keep], scores[keep])


def _level(
    scores: Floats, distances: Floats, offsets: Floats, stride: int, columns: int
) -> tuple[Floats, Floats, Floats]:
    """Boxes, points and scores of the likely anchors of one level, whose cells lie in `columns` columns."""
    scores = scores.ravel()
    likely = np.flatnonzero(scores >= LOWEST_SCORE)
    cell = likely // ANCHORS
    centre = np.stack([cell % columns, cell // columns], axis=1) * float(stride)
    near, far = np.split(distances.reshape(-1, 4)[likely] * stride, 2, axis=1)
    points = centre[:, None] + offsets.reshape(-1, 5, 2)[likely] * stride
    return np.concatenate([centre - near, centre + far], axis=1), points, scores[likely]


def load_scrfd(path: Path) -> Scrfd:
    """The detector from an ONNX file with points (`*_bnkps.onnx`, `det_10g.onnx`), on one CPU thread."""
    from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  # half a second

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return Scrfd(InferenceSession(path, options, providers=["CPUExecutionProvider"]))
