"""What is seen in a copy of a set, and what that means: right, another of its name, or damaged."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image as Pillow

from bfrbench import files, pixels
from bfrbench.degradations.catalog.entry import Copy, Entry, read_catalog
from bfrbench.errors import UnreadableImage

SAMPLED = 100
"""Pairs, evenly spread, whose PSNR tells LQ archives apart."""
NEAR = 0.5
"""dB: archives whose mean PSNR is further off are not the same."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen in a copy."""

    weight: Literal["wrong", "warning"]  # wrong: it is not recorded as the set
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One image, and its HQ if there is one."""

    name: str
    file: str
    size: tuple[int, int]  # width, height; of the LQ
    sha256: str
    hq_sha256: str | None


def look(clean: Mapping[str, Path], item: tuple[str, Path]) -> Seen:
    """Read one image by (name, path): its size from its header, its checksum, and that of its HQ."""
    name, path = item
    try:
        data = path.read_bytes()
        with Pillow.open(io.BytesIO(data)) as image:
            size = image.size
    except OSError as error:  # UnidentifiedImageError is one
        raise UnreadableImage(f"{path} is no image that can be read: {error}.") from error
    hq = files.sha256_file(clean[name]) if clean else None
    return Seen(name, path.name, size, files.sha256_bytes(data), hq)


def mean_psnr(pairs: Sequence[tuple[Path, Path]]) -> float | None:
    """dB, the mean over a sample, of pairs whose sizes agree."""
    values = []
    count = min(SAMPLED, len(pairs))
    for number in range(count):
        lq, hq = (pixels.read_image(path) for path in pairs[number * len(pairs) // count])
        if lq.shape == hq.shape and (error := float(((lq.astype(np.float64) - hq) ** 2).mean())):
            values.append(10 * np.log10(255**2 / error))
    return float(np.mean(values)) if values else None


def about_files(entry: Entry, seen: Sequence[Seen], folder: Path) -> list[Finding]:
    """Count, sizes, repeated files, and what the folder is called."""
    copy = entry.copy
    found = [] if copy is None else _about_count(entry, copy, len(seen))
    sides = Counter(seen.size for seen in seen)
    for size, count in sorted(sides.items()):
        if copy and copy.size and size != (copy.size, copy.size):
            said = copy.other_sizes.get(size[0], f"{entry.title} is {copy.size}×{copy.size} px.")
            found.append(Finding("wrong", f"{count} images are {size[0]}×{size[1]} px. {said}"))
    if len(sides) > 1 and not (copy and copy.size):
        sizes = files.few(f"{w}×{h}" for w, h in sorted(sides))
        found.append(Finding("warning", f"The images are of several sizes: {sizes}."))
    repeated = len(seen) - len({image.sha256 for image in seen})
    if repeated:
        found.append(Finding("warning", f"{repeated} files are the same, byte by byte, as another one."))
    for other in read_catalog().values():
        if other.id != entry.id and other.copy and folder.resolve().name in other.copy.folders:
            theirs = f"what the publishers of {other.title} ({other.id}) call theirs"
            found.append(Finding("warning", f"The folder is called {folder.resolve().name}: {theirs}."))
    return found


def _about_count(entry: Entry, copy: Copy, images: int) -> list[Finding]:
    if images == copy.images:
        return []
    if images in copy.other_counts:
        return [Finding("warning", copy.other_counts[images])]
    same = [other.id for other in read_catalog().values() if other.copy and other.copy.images == images]
    hint = f" {files.few(same)} has that many." if same else ""
    return [Finding("wrong", f"{images} images are there; {entry.title} has {copy.images}.{hint}")]


def about_hq(entry: Entry, seen: Sequence[Seen], psnr: float | None) -> list[Finding]:
    """HQ, and which of several LQ archives this is."""
    copy = entry.copy
    found: list[Finding] = []
    if copy and copy.hq and seen[0].hq_sha256 is None:
        found.append(
            Finding("warning", "No HQ folder is given (--hq): only metrics without reference remain.")
        )
    same = sum(image.sha256 == image.hq_sha256 for image in seen)
    if same:
        found.append(
            Finding("wrong", f"{same} LQ images are their own HQ, byte by byte: is it the HQ folder?")
        )
    if psnr is not None and copy and copy.psnr and abs(psnr - copy.psnr) > NEAR:
        sentence = f"Its LQ have {psnr:.2f} dB on average, those published {copy.psnr:g} dB"
        found.append(Finding("wrong", f"{sentence}: this is another LQ archive."))
    for name in copy.like if copy else ():
        other = read_catalog()[name]
        theirs = other.copy.psnr if other.copy else None
        if psnr is not None and theirs and abs(psnr - theirs) <= NEAR:
            sentence = f"Its LQ have {psnr:.2f} dB, as those of {other.title} ({name}: {theirs:g} dB)"
            found.append(Finding("wrong", f"{sentence}: is it that one?"))
        elif psnr is None or not (copy and copy.psnr):
            found.append(Finding("warning", f"Count and sizes do not tell it from {other.title} ({name})."))
    return found
