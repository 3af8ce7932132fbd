"""Do the judges of faces agree with somebody else's?

Crops and inputs against OpenCV, PyTorch and insightface, and the networks, whose weights need not be here,
against facexlib's and GFP-GAN's on the same drawn weights.
"""

import importlib.util
import json
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from bfrbench.alignment import TEMPLATE_512
from bfrbench.benchmark.agreement.comparison import Comparison
from bfrbench.benchmark.judges import arcface_resnet18, fan
from bfrbench.benchmark.metrics import identity, identity_angle
from bfrbench.benchmark.metrics.angle import angle
from bfrbench.benchmark.metrics.landmark_distance import moved
from bfrbench.pixels import encode_png
from bfrbench.types import Image


def comparisons(golden: Path | None) -> Iterator[Comparison]:
    """Against OpenCV, PyTorch, insightface and facexlib; and, with the folder, against golden numbers."""
    face: Image = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    yield from _inputs(face)
    yield _insightface_crop(face)
    if importlib.util.find_spec("facexlib"):
        yield from _fan(face)
    if golden is not None:
        yield from _arcface(golden)


def _furthest(
    what: str, subject: str, ours: NDArray[Any], theirs: NDArray[Any], *, by: str, tolerance: float
) -> Comparison:
    """The number that is furthest off."""
    one, other = ours.astype(np.float64).ravel(), theirs.astype(np.float64).ravel()
    k = int(np.abs(one - other).argmax())
    where = f"{subject}, number {k}, the furthest off"
    return Comparison(what, where, float(one[k]), float(other[k]), by, tolerance)


def _inputs(face: Image) -> Iterator[Comparison]:
    read = cv2.imdecode(np.frombuffer(encode_png(face), np.uint8), cv2.IMREAD_GRAYSCALE)
    grey, by = identity_angle.grey_as_read(face), f"OpenCV {cv2.__version__} reading a grey PNG"
    yield _furthest(
        "identity/deg-gfpgan, grey values", "astronaut", grey, np.asarray(read), by=by, tolerance=0.0
    )
    bgr = torch.from_numpy(face[:, :, ::-1].copy()).permute(2, 0, 1)[None].float() / 255.0
    weighted = 0.2989 * bgr[:, 0] + 0.5870 * bgr[:, 1] + 0.1140 * bgr[:, 2]
    small = F.interpolate(weighted[:, None], (128, 128), mode="bilinear", align_corners=False)[0, 0].numpy()
    ours, by = identity_angle.restoreformer_input(face), f"torch {version('torch')} interpolate"
    yield _furthest("identity/restoreformer-rad, input", "astronaut", ours, small, by=by, tolerance=1e-6)


def _insightface_crop(face: Image) -> Comparison:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-image, about what insightface calls
        from insightface.utils.face_align import norm_crop  # noqa: PLC0415  # seconds

        theirs = norm_crop(face, TEMPLATE_512.astype(np.float32))
    ours, by = identity.insightface_crop(face, TEMPLATE_512), f"insightface {version('insightface')}"
    return _furthest("identity/cosine-insightface, crop", "astronaut", ours, theirs, by=by, tolerance=1.0)


def _fan(face: Image) -> Iterator[Comparison]:
    """facexlib's own class and its way from picture to points, on drawn weights."""
    theirs, ours = facexlib_fan(), fan.FAN().eval()
    state = drawn_state({key: tuple(value.shape) for key, value in ours.state_dict().items()}, seed=5)
    for network in (theirs, ours):
        network.load_state_dict(state, strict=False)  # no num_batches_tracked
    by = f"facexlib {version('facexlib')}, drawn weights"
    expected = facexlib_landmarks(theirs, face)
    found = fan.landmarks_through(ours, face) * (face.shape[0] / fan.CELLS)
    yield _furthest("lmd/fan98, points", "astronaut, in px", found, expected, by=by, tolerance=0.0)
    darker = np.asarray(face // 2, dtype=np.uint8)
    apart = np.sqrt(((expected - facexlib_landmarks(theirs, darker)) ** 2).sum(axis=1)).mean()
    also = fan.landmarks_through(ours, darker) * (face.shape[0] / fan.CELLS)
    yield Comparison("lmd/fan98", "astronaut, half as bright", moved(also, found), float(apart), by, 1e-9)


def facexlib_fan() -> Any:
    """facexlib's FAN, undrawn, on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that facexlib imports
        from facexlib.alignment.awing_arch import FAN  # noqa: PLC0415  # seconds

        return FAN(num_modules=4, num_landmarks=fan.POINTS, device="cpu").eval()


def facexlib_landmarks(network: Any, image: Image) -> NDArray[np.float64]:
    """What facexlib's `get_landmarks` says of an RGB image."""
    with numpy_float(), torch.inference_mode():
        return np.asarray(network.get_landmarks(image[:, :, ::-1]), dtype=np.float64)


@contextmanager
def numpy_float() -> Iterator[None]:
    """The name np.float, which NumPy 1.24 took away and facexlib 0.3.0 needs."""
    there = "float" in vars(np)
    if not there:
        np.float = float  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if not there:
            del np.float  # type: ignore[attr-defined]


def _arcface(golden: Path) -> Iterator[Comparison]:
    """GFP-GAN's ResNetArcFace with drawn weights, as golden/losses/losses.json says."""
    recipe = json.loads((golden / "losses/losses.json").read_text(encoding="utf-8"))["arcface_recipe"]
    network = arcface_resnet18.ArcFaceResNet18().eval()
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    network.load_state_dict(drawn_state(shapes, recipe["seed"]), strict=False)
    with np.load(golden / "losses/losses.npz") as file:
        grey, gt, out = (file[name] for name in ("id_gray128", "arcface_emb_gt", "arcface_emb_out"))
    by, tolerance = "gfpgan 1.3.8, drawn weights", 1e-3 * float(np.abs(gt).max())
    ours = arcface_resnet18.embedding_through(network, grey[0, 0])
    yield _furthest("ArcFace ResNet-18", "ref_1.png", ours, gt, by=by, tolerance=tolerance)
    ours_degrees = math.degrees(angle(ours, out[0]))
    yield Comparison("Deg.", "ref_1.png, dist_1.png", ours_degrees, recipe["degrees"], by, 1e-3)


def drawn_state(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, torch.Tensor]:
    """Random weights of a network by the recipe of golden/losses/losses.json, without any weight file."""
    random = np.random.RandomState(seed)
    state = {}
    for key in sorted(key for key in shapes if not key.endswith("num_batches_tracked")):
        z, shape = random.standard_normal(shapes[key]), shapes[key]
        module, kind = key.split(".")[-2:]
        if kind == "running_var":
            z = np.exp(0.2 * z)
        elif len(shape) > 1:
            z = z * math.sqrt((2.0 if len(shape) == 4 else 1.0) / math.prod(shape[1:]))
        elif kind == "weight":
            z = 0.25 + 0.02 * z if module.startswith("prelu") else 1.0 + 0.1 * z
        else:
            z = 0.1 * z
        state[key] = torch.from_numpy(np.asarray(z, dtype=np.float32))
    return state
