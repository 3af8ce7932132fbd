"""Do the judges of faces tell people apart? `python -m bfrbench.benchmark.separation SHARED [--sets SET …]`

Prints, for each recogniser whose weights are here and each folder SHARED/data/SET of aligned faces with an
index.csv (file, person_id), how far pairs of photographs of one person are from pairs of two, with the
thresholds at several false-accept rates; and how far landmarkers are from points that people marked.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bfrbench.alignment import template
from bfrbench.benchmark.judges.judge import Judge, Picture, Vector, picture_of
from bfrbench.benchmark.metrics import identity, identity_accept, identity_angle
from bfrbench.benchmark.metrics.landmark_distance import LANDMARKERS, Landmarker, Points, points_of
from bfrbench.pixels import read_image
from bfrbench.weights import locate

FALSE_ACCEPT_RATES: Final = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A judge of identity, and how alike it finds two images: the higher, the more."""

    judge: Judge[Vector]
    likeness: Callable[[NDArray[np.float64]], NDArray[np.float64]]  # n×d to n×n
    sign: int  # -1: its number is a distance
    threshold: float | None = None  # that of the metric `-accept`


def _cosines(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def _distances(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    product = vectors @ vectors.T
    square = np.diag(product)
    return np.asarray(-np.sqrt(np.maximum(square[:, None] + square - 2 * product, 0.0)))


RECOGNISERS: Final[dict[str, Recogniser]] = {
    "identity/dlib": Recogniser(identity.DLIB, _distances, -1, identity_accept.DLIB_DISTANCE),
    "identity/mbf-fr": Recogniser(identity.MBF_FR, _cosines, 1, identity_accept.MBF_FR_COSINE),
    "identity/cosine-insightface": Recogniser(identity.INSIGHTFACE, _cosines, 1),
    "cosine of identity/deg-gfpgan": Recogniser(identity_angle.VQFR, _cosines, 1),
}


@dataclass(frozen=True, slots=True)
class Separation:
    """How well numbers of pairs of one person and of two are apart; higher numbers mean more alike."""

    one: NDArray[np.float64]  # ascending
    two: NDArray[np.float64]  # ascending

    @property
    def area(self) -> float:
        """Under the ROC curve; ties count half."""
        below, upto = (np.searchsorted(self.two, self.one, side) for side in ("left", "right"))
        return float((below + upto).mean() / (2 * len(self.two)))

    @property
    def d_prime(self) -> float:
        """Difference of the means over the root of the mean variance."""
        spread = math.sqrt((self.one.var() + self.two.var()) / 2)
        return float(self.one.mean() - self.two.mean()) / spread

    @property
    def equal_error_rate(self) -> float:
        """Where as many of one person are refused as of two accepted, as a share."""
        return float(
            min(
                max((self.one < t).mean(), 1 - np.searchsorted(self.two, t) / len(self.two)) for t in self.one
            )
        )

    def threshold(self, rate: float) -> float:
        """Above which that share of pairs of two people lies."""
        return float(self.two[-int(rate * len(self.two)) - 1])

    def accepted(self, threshold: float) -> tuple[float, float]:
        """Shares of pairs of one person, and of two, above the threshold."""
        return float((self.one > threshold).mean()), float((self.two > threshold).mean())


def separation(likeness: NDArray[np.float64], person: Sequence[str] | NDArray[np.object_]) -> Separation:
    """From how alike each of n images is to each other (n×n), and whom each shows."""
    people = np.asarray(person)
    i, j = np.triu_indices(len(people), 1)
    same = people[i] == people[j]
    return Separation(np.sort(likeness[i, j][same]), np.sort(likeness[i, j][~same]))


def report(faces: Path) -> Iterator[str]:
    """Lines of Markdown: one row a recogniser whose weights are here."""
    index = pd.read_csv(faces / "index.csv")
    pictures = [Picture((faces / file).read_bytes(), file) for file in index["file"]]
    people = index["person_id"].to_numpy(dtype=object)
    yield f"{faces.name}: {len(index):,} photographs of {len(set(people)):,} people.\n"
    yield (
        "| number | pairs of one person | of two | mean of one | of two | area under ROC | d' | equal error "
        + "".join(f"| threshold, accepted at {rate:g} " for rate in FALSE_ACCEPT_RATES)
        + "| `-accept`: true, false |"
    )
    yield "|---" * (9 + len(FALSE_ACCEPT_RATES)) + "|"
    for name, recogniser in RECOGNISERS.items():
        if all(locate(weights) for weights in recogniser.judge.weights):
            vectors = np.stack([picture.through(recogniser.judge) for picture in pictures])
            yield _row(name, recogniser, separation(recogniser.likeness(vectors.astype(np.float64)), people))


def _row(name: str, recogniser: Recogniser, apart: Separation) -> str:
    sign = recogniser.sign
    cells = [name, f"{len(apart.one):,}", f"{len(apart.two):,}"]
    cells += [f"{sign * apart.one.mean():.3f}", f"{sign * apart.two.mean():.3f}"]
    cells += [f"{apart.area:.6f}", f"{apart.d_prime:.2f}", f"{apart.equal_error_rate:.3%}"]
    for rate in FALSE_ACCEPT_RATES:
        threshold = apart.threshold(rate)
        cells.append(f"{sign * threshold:.4f}, {apart.accepted(threshold)[0]:.2%}")
    if recogniser.threshold is None:
        cells.append("")
    else:
        cells.append(", ".join(f"{share:.3%}" for share in apart.accepted(sign * recogniser.threshold)))
    return "| " + " | ".join(cells) + " |"


# Points that people marked (of the 189 of webmorphR): pupils and mouth corners; and a landmarker's own
_MARKED: Final = (0, 1, 87, 93)
_SAME: Final[dict[str, tuple[Sequence[int], ...]]] = {
    "fan98": ((96,), (97,), (76,), (82,)),
    "fr68": (range(36, 42), range(42, 48), (48,), (54,)),
    "mtcnn5": ((0,), (1,), (3,), (4,)),
}


def marked_report(faces: Path, marked: Path) -> Iterator[str]:
    """How far landmarkers are from points that people marked on aligned 512 px faces."""
    with np.load(marked) as file:
        points = {key.partition("|")[2]: file[key][list(_MARKED)].astype(np.float64) for key in file.files}
    points = {name: place for name, place in points.items() if (faces / name).is_file()}
    for name, landmarker in LANDMARKERS.items():
        if all(locate(weights) for weights in landmarker.judge.weights):
            errors = np.array([_error(faces / file, name, landmarker, at) for file, at in points.items()])
            eyes, mouth = errors.mean(axis=0)
            yield (
                f"lmd/{name}: on {len(points)} faces with marked points its pupils are {eyes:.3f} and its "
                f"mouth corners {mouth:.3f} of the pupils' distance away."
            )


def _error(file: Path, name: str, landmarker: Landmarker, marked: Points) -> tuple[float, float]:
    found = points_of(landmarker, picture_of(read_image(file), template(512))) - 0.5
    own = np.array([found[list(which)].mean(axis=0) for which in _SAME[name]])
    off = np.linalg.norm(own - marked, axis=1) / np.linalg.norm(marked[0] - marked[1])
    return float(off[:2].mean()), float(off[2:].mean())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the reports."""
    parser = argparse.ArgumentParser(description="How well the judges of faces tell people apart.")
    parser.add_argument("shared", type=Path, help="folder with data/")
    parser.add_argument("--sets", nargs="+", default=["faces512", "faces128"], help="folders in data/")
    options = parser.parse_args(arguments)
    data = options.shared / "data"
    for name in options.sets:
        sys.stdout.write("\n".join(report(data / name)) + "\n\n")
    if (data / "landmarks189_512.npz").is_file():
        sys.stdout.write("\n".join(marked_report(data / "faces512", data / "landmarks189_512.npz")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
