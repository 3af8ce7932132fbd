"""The recipe: which public file each crop comes from, how it is cut out of it, and what must come out.

`openfaces.csv.xz` is the published table, whole. Its columns `matrix`, `ss` and `interp` are what
`alignment.crop_face` computes from the landmarks, to the last bit (a test compares every row), so the code
reads the landmarks alone.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bfrbench.alignment import similarity, template
from bfrbench.errors import UnknownName
from bfrbench.types import Landmarks

VERSION = 1
SIZES = (512, 256, 128)
TABLE = Path(__file__).with_name("openfaces.csv.xz")


@dataclass(frozen=True, slots=True)
class Source:
    """A file in a public repository."""

    repo: str  # owner/name
    commit: str
    path: str  # in the repository
    sha256: str
    git_blob: str  # its id in git, for those who read it from a clone
    bytes: int
    width: int
    height: int

    @property
    def place(self) -> str:
        """Where it lies below a mirror's root. One path exists in two repositories, hence all three."""
        return f"{self.repo}/{self.commit}/{self.path}"


@dataclass(frozen=True, slots=True)
class Crop:
    """One row: a face of one size."""

    name: str  # without suffix; unique within one size
    size: int
    source: Source
    person_id: str
    split: str
    set: str  # which part of which repository
    licence: str
    licence_basis: str
    attribution: str
    points: tuple[float, ...]  # x0, y0, ... x4, y4 in the source's pixels
    gain: tuple[float, ...] | None  # white balance: factors of R, G and B
    thumb16: bytes  # 16×16 grey, row by row
    sha256: tuple[str, str]  # of the pixels, as OpenCV 5 and OpenCV 4 give them

    @property
    def landmarks(self) -> Landmarks:
        """5×2 in the source's pixels."""
        return np.array(self.points).reshape(5, 2)

    @property
    def landmarks_in_crop(self) -> Landmarks:
        """5×2 in the crop's own pixels."""
        return np.asarray(self.landmarks @ self.matrix[:, :2].T + self.matrix[:, 2])

    @property
    def matrix(self) -> NDArray[np.float64]:
        """2×3, from the source's pixels to the crop's."""
        return similarity(self.landmarks, template(self.size))

    @property
    def enlarged(self) -> bool:
        """Whether the crop has more pixels than its source has there."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0])) > 1


def full_name(size: int) -> str:
    """The data set's name with its version: openfaces512@1."""
    return f"openfaces{size}@{VERSION}"


def parse_name(name: str, size: int | None = None) -> int:
    """The size that a name means: `openfaces256`, `openfaces256@1`, or `openfaces` with a size (else 512).

    Raises UnknownName.
    """
    stem, _, version = name.partition("@")
    named = {f"openfaces{edge}": edge for edge in SIZES} | {"openfaces": size or SIZES[0]}
    if stem not in named or version not in ("", str(VERSION)) or named[stem] not in SIZES:
        raise UnknownName(f"There is no {name!r}. There are: {', '.join(map(full_name, SIZES))}.")
    if size not in (None, named[stem]):
        raise UnknownName(f"{name} is of {named[stem]} px, and {size} px were asked for. Leave one out.")
    return named[stem]


@cache
def read_recipe(size: int) -> tuple[Crop, ...]:
    """All crops of one size, sorted by name."""
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    rows = table[table["size"] == str(size)].to_dict("records")
    return tuple(sorted((_crop(row) for row in rows), key=lambda crop: crop.name))


def _crop(row: Mapping[Hashable, str]) -> Crop:
    return Crop(
        name=Path(row["name"]).stem,
        size=int(row["size"]),
        source=Source(
            repo=row["repo"],
            commit=row["commit"],
            path=row["path"],
            sha256=row["source_sha256"],
            git_blob=row["source_git_blob"],
            bytes=int(row["source_bytes"]),
            width=int(row["source_width"]),
            height=int(row["source_height"]),
        ),
        person_id=row["person_id"],
        split=row["split"],
        set=row["set"],
        licence=row["licence"],
        licence_basis=row["licence_basis"],
        attribution=row["attribution"],
        points=_numbers(row["lm"]),
        gain=_numbers(row["post"].removeprefix("gain_rgb=")) if row["post"] else None,
        thumb16=bytes.fromhex(row["thumb16"]),
        sha256=(row["crop_sha256"], row["crop_sha256_cv4"]),
    )


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(";"))
