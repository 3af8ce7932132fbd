"""What a judge is, and a picture as judges look at it: each judge looks once, whoever asks.

A judge is a frozen network (or anything fixed that takes an image to features). Metrics ask a picture what a
judge sees in it; the picture keeps the answer, so that FID and KID share one pass through the Inception, and
every restorer of a data set shares the HQ images' features. Vectors are also kept on disk, by content.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bfrbench.alignment import template
from bfrbench.benchmark.judges.code import code_sha256
from bfrbench.files import sha256_bytes, sha256_json
from bfrbench.pixels import decode_image, encode_png
from bfrbench.types import Image, Landmarks
from bfrbench.weights import WEIGHTS

Seen_co = TypeVar("Seen_co", covariant=True)
Vector = NDArray[np.float32]


class NoFaceSeen(ValueError):
    """A judge that looks for a face itself found none; the image's state becomes `no_face`."""


@dataclass(slots=True)
class Picture:
    """An image file in memory: decoded at most once, seen at most once by each judge."""

    data: bytes
    name: str  # for messages
    frozen: Landmarks | None = None  # the pair's own, in pixels; None: aligned to the template
    recall: Callable[[str], Vector | None] = lambda _: None  # what an earlier run saw, by key
    sha256: str = ""  # of `data`
    seen: dict[str, Any] = field(default_factory=dict)  # by key
    fresh: dict[str, Vector] = field(default_factory=dict)  # what is to be remembered, by key
    _image: Image | None = None

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or sha256_bytes(self.data)

    @property
    def image(self) -> Image:
        """The decoded image; raises UnreadableImage."""
        if self._image is None:
            self._image = decode_image(self.data, self.name)
        return self._image

    @property
    def landmarks(self) -> Landmarks:
        """The frozen landmarks, or the template's; raises ValueError when there are neither."""
        if self.frozen is not None:
            return self.frozen
        height, width = self.image.shape[:2]
        if height != width:
            raise ValueError(
                f"{width}×{height} px is not a square: without landmarks, faces must be aligned squares. "
                "Give the data set landmarks, or align it."
            )
        return template(width)

    def through(self, judge: "Judge[Seen_co]") -> Seen_co:
        """What the judge sees in this picture. Raises ValueError, with the reason, when it cannot look."""
        key = judge.key(self)
        if key not in self.seen:
            known = self.recall(key) if judge.kept else None
            self.seen[key] = judge.look(self) if known is None else known
            if judge.kept and known is None:
                self.fresh[key] = self.seen[key]
        seen: Seen_co = self.seen[key]
        return seen


def picture_of(image: Image, frozen: Landmarks | None = None) -> Picture:
    """A picture of an image that is in no file."""
    return Picture(encode_png(image), "image", frozen)


@dataclass(frozen=True, slots=True)
class Judge(Generic[Seen_co]):
    """A frozen network and the way images are put before it."""

    id: str  # network/preparation, e.g. inception/clean
    version: int  # goes up whenever what it sees can change
    look: Callable[[Picture], Seen_co]  # one image at a time, on one thread: see `arithmetic`
    weights: tuple[str, ...] = ()  # by name in the weights table
    framed: bool = False  # it looks at the face, where the landmarks are
    kept: bool = True  # it sees a vector, small enough to be kept on disk

    def key(self, picture: Picture) -> str:
        """What the answer depends on, hashed: judge, weights, code, image, and landmarks if framed."""
        where = picture.frozen.tolist() if self.framed and picture.frozen is not None else None
        files = [WEIGHTS[name].sha256 for name in self.weights]
        return sha256_json([self.id, self.version, files, code_sha256(), picture.sha256, where])
