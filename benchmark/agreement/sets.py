"""Do the metrics of sets agree with somebody else's?

Fréchet distance and KID against SciPy and stored values of pytorch-fid, torch-fidelity and torchmetrics,
leaving one out against stored values that took every distance anew; and, where they are installed, against
those three themselves. Matrix square roots and eigenvalues of Σ1 Σ2, as the others take them, lose half of
the digits where there are fewer images than dimensions; the nuclear norm does not. KID as a mean over random
subsets is another estimate, and is not compared.
"""

import importlib.util
import json
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import scipy.linalg
import torch
from numpy.typing import NDArray

from bfrbench.benchmark.agreement import set_judges
from bfrbench.benchmark.agreement.comparison import Comparison
from bfrbench.benchmark.agreement.set_judges import furthest_off
from bfrbench.benchmark.features import ArrayFeatures
from bfrbench.benchmark.metrics.frechet import frechet, frechet_distance
from bfrbench.benchmark.metrics.kid import kid
from bfrbench.benchmark.metrics.precision_recall import precision, recall

Vectors = NDArray[np.float32]


def comparisons(golden: Path | None) -> Iterator[Comparison]:
    """Against whatever is installed; and, with the folder, against golden numbers."""
    random = np.random.default_rng(0)
    wide = [random.normal(mean, 1.0, (300, 64)).astype(np.float32) for mean in (0.0, 0.3)]
    flat = [random.normal(mean, 1.0, (60, 200)).astype(np.float32) for mean in (0.0, 0.3)]
    yield from _scipy("300×64 normal numbers", *wide)
    for subject, sets in (("300×64 normal numbers", wide), ("60×200 normal numbers", flat)):
        for name, compare in _OUTSIDE.items():
            if importlib.util.find_spec(name):
                yield from compare(subject, *sets)
    if golden is not None:
        yield from _golden_distances(golden)
        yield from _golden_jackknife(golden)
    yield from set_judges.comparisons(golden)


def features(vectors: Vectors, name: str = "") -> ArrayFeatures:
    """The rows of an n×d array, each a person's of its own."""
    return ArrayFeatures(vectors, [f"{name}{place:04}" for place in range(len(vectors))])


def frechet_by_root(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> float:
    """The Fréchet distance as its formula is written, with SciPy's matrix square root."""
    step = one.mean(axis=0, dtype=np.float64) - other.mean(axis=0, dtype=np.float64)
    first, second = (np.cov(vectors, rowvar=False, dtype=np.float64) for vectors in (one, other))
    root = scipy.linalg.sqrtm(first @ second)
    return float(step @ step + np.trace(first) + np.trace(second) - 2.0 * np.trace(root).real)


def _scipy(subject: str, one: Vectors, other: Vectors) -> Iterator[Comparison]:
    ours, theirs = frechet_distance(features(one), features(other)), frechet_by_root(one, other)
    yield Comparison("Fréchet distance", subject, ours, theirs, f"scipy {version('scipy')} sqrtm", 1e-6)


def _pytorch_fid(subject: str, one: Vectors, other: Vectors) -> Iterator[Comparison]:
    from pytorch_fid.fid_score import calculate_frechet_distance  # noqa: PLC0415

    by = f"pytorch-fid {version('pytorch-fid')}"
    moments = [(x.mean(axis=0, dtype=float), np.cov(x, rowvar=False, dtype=float)) for x in (one, other)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its call of sqrtm
        theirs = float(calculate_frechet_distance(*moments[0], *moments[1]))
    ours = frechet_distance(features(one), features(other))
    yield Comparison("Fréchet distance", subject, ours, theirs, by, 1e-5 * theirs)


def _torch_fidelity(subject: str, one: Vectors, other: Vectors) -> Iterator[Comparison]:
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric  # noqa: PLC0415
    from torch_fidelity.metric_kid import kernel_mmd  # noqa: PLC0415
    from torch_fidelity.metric_prc import calculate_precision_recall_full  # noqa: PLC0415

    by = f"torch-fidelity {version('torch-fidelity')}"
    x, y = features(one), features(other)
    tensors = [torch.from_numpy(vectors.astype(np.float64)) for vectors in (one, other)]
    statistics = [fid_features_to_statistics(tensor) for tensor in tensors]
    theirs = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    yield Comparison("Fréchet distance", subject, frechet_distance(x, y), theirs, by, 1e-5 * theirs)
    theirs = float(kernel_mmd(*(tensor.numpy() for tensor in tensors)))
    yield Comparison("KID", subject, kid(x, y).value, theirs, by, 1e-9)
    shares = calculate_precision_recall_full(*tensors)
    for name, share, value in zip(("precision", "recall"), (precision, recall), shares, strict=True):
        yield Comparison(name, subject, share(x, y).value, value, by, 1e-6)


def _torchmetrics(subject: str, one: Vectors, other: Vectors) -> Iterator[Comparison]:
    from torchmetrics.image.fid import _compute_fid  # noqa: PLC0415
    from torchmetrics.image.kid import poly_mmd  # noqa: PLC0415

    by = f"torchmetrics {version('torchmetrics')}"
    x, y = (torch.from_numpy(vectors.astype(np.float64)) for vectors in (one, other))
    theirs = float(_compute_fid(x.mean(0), x.T.cov(), y.mean(0), y.T.cov()))
    ours = frechet_distance(features(one), features(other))
    yield Comparison("Fréchet distance", subject, ours, theirs, by, 1e-5 * theirs)
    theirs = float(poly_mmd(x, y))
    yield Comparison("KID", subject, kid(features(one), features(other)).value, theirs, by, 1e-9)


_OUTSIDE: Final = {
    "pytorch_fid": _pytorch_fid,
    "torch_fidelity": _torch_fidelity,
    "torchmetrics": _torchmetrics,
}


def _golden_distances(golden: Path) -> Iterator[Comparison]:
    """Distances of stored features, by pytorch-fid, torch-fidelity and torchmetrics."""
    stored = _json(golden / "fid/fid.json")
    keys = {"pytorch_fid_sqrtm": "pytorch-fid", "torch_fidelity": "torch-fidelity"}
    keys["torchmetrics_eigvals"] = "torchmetrics"
    with np.load(golden / "fid/features.npz") as file:
        a, b, c, d = (file[name] for name in "abcd")
    sets = {
        "a_vs_b": (a, b),
        "b_vs_a": (b, a),
        "c_vs_d": (c, d),
        "b_first200_vs_b_last200": (b[:200], b[200:]),
    }
    for name, (one, other) in sets.items():
        x, y, expected = features(one), features(other), stored["sets"][name]
        for key, maker in keys.items():
            by, theirs = f"{maker} {stored['versions'][maker]}", expected[f"fid/{key}"]
            yield Comparison("Fréchet distance", name, frechet_distance(x, y), theirs, by, 1e-5 * theirs)
        theirs = expected["kid/u_statistic_double"]
        yield Comparison("KID", name, kid(x, y).value, theirs, "the formula, float64", 1e-9 * abs(theirs))
        n = expected["kid_first_n"]
        by = f"torchmetrics {stored['versions']['torchmetrics']}"
        ours, theirs = (
            kid(features(one[:n]), features(other[:n])),
            expected["kid/torchmetrics_poly_mmd_first_n"],
        )
        yield Comparison("KID", f"{name}, {n} each", ours.value, theirs, by, 1e-9 * abs(theirs))


def _golden_jackknife(golden: Path) -> Iterator[Comparison]:
    """Leaving one row out, by as many distances taken anew."""
    with (
        np.load(golden / "fid/features.npz") as file,
        np.load(golden / "fid/jackknife_leave_one_out.npz") as left,
    ):
        for what, metric, one, other in _LEFT_OUT:
            key = f"{'kid' if what == 'KID' else 'fid'}_{one}_vs_{other}"
            found, theirs = metric(features(file[one]), features(file[other], "other ")), left[key]
            ours = np.array(list(found.without.values()))
            tolerance = 1e-9 * float(np.abs(theirs).max())
            yield furthest_off(
                f"{what} without one", key, ours=ours, theirs=theirs, by=_ANEW, tolerance=tolerance
            )
            error = float(np.sqrt((len(theirs) - 1) * theirs.var()))
            yield Comparison(f"{what}, standard error", key, found.error or 0.0, error, _ANEW, 1e-4 * error)


_ANEW: Final = "every distance taken anew"
_LEFT_OUT: Final = (
    ("Fréchet distance", frechet, "a", "b"),
    ("Fréchet distance", frechet, "c", "d"),
    ("KID", kid, "a", "b"),
)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
