"""Write docs/presets.md and its pictures from the presets themselves, or check that they are fresh.

    python docs/presets_page.py --write
    python docs/presets_page.py --check    # exit status 1 when something is stale

Pictures may differ a little between versions of OpenCV; they are compared by their mean difference.
"""

import argparse
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image as Pillow

from bfrbench.degradations.presets import GROUPS, LEFT_OUT, PRESETS, Grid, Preset, draw_recipe
from bfrbench.degradations.presets.ladders import FACTORS, SEVERITIES, SIDES, Level, levels
from bfrbench.degradations.presets.words import describe
from bfrbench.degradations.recipe import apply
from bfrbench.files import write_bytes, write_text
from bfrbench.pixels import read_image
from bfrbench.types import Image

DOCS = Path(__file__).parent
PAGE, PICTURE, LADDERS = DOCS / "presets.md", DOCS / "presets.png", DOCS / "presets-ladders.png"
TILE = 88
SEEDS = (0, 1, 2)
COLUMNS = 3

INTRODUCTION = """# Presets

Generated from the presets themselves by `python docs/presets_page.py --write`; do not edit.

A preset is named, versioned ranges that the recipe of every LQ is drawn from. A published preset never
changes: other ranges are a new version. Presets make LQs and nothing else: what a training set does to its
HQs as well (a flip, a shift, a grey face as target) is left out and told under "uncertain or different".
`bfrbench degrade HQ OUT --preset ID` makes a data set of one.

σ and kernels are in pixels of the HQ at the size given, noise is in levels of 255, angles are in radians
unless they say degrees. [Brackets] hold what comes together; 30 % means with that probability. The upper end
of a range of real numbers is itself not drawn.

![The presets on one face](presets.png)

Each preset on one face with the seeds 0, 1 and 2 (the grids: their first, middle and last combination). The
face is a crop of scikit-image's astronaut (NASA, public domain), enlarged to the preset's size. Aliases share
a picture.
"""
LADDER_TEXT = """Made to show a method as curves: each factor alone at five fixed levels, and all together.
One face gets all five severities, NAME-1 to NAME-5; `--severity 3` makes that one alone, by the preset
`ladder-blur-3` (`ladder-blur-128-3` at 128 px).

![The ladders on one face](presets-ladders.png)

The ladders at 128 px, pixel by pixel: the HQ, then severity 1 to 5.
"""
LEFT_OUT_TEXT = """## Left out

Degradations and test sets of the field that are no presets, because what would make them is not known or is
not a degradation. Nothing is invented; asking for one of these names gives the reason.
"""


def page() -> str:
    """The whole of presets.md."""
    parts = [INTRODUCTION]
    for title, presets in GROUPS.items():
        parts.append(f"## {title}\n")
        if presets[0].per_face > 1:
            parts += [LADDER_TEXT, *(_levels_table(size) for size in SIDES)]
            parts.append(_list(presets))
        else:
            parts.append(_table(presets))
    rows = [f"| `{name}` | {reason[0].upper()}{reason[1:]} |" for name, reason in LEFT_OUT.items()]
    parts.append("\n".join([LEFT_OUT_TEXT, "| name | why |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def _table(presets: Iterable[Preset]) -> str:
    head = ["| preset | size | what | draws | source | uncertain or different |", "|---|---|---|---|---|---|"]
    rows = [
        f"| `{p.full_name}` | {p.size} px | {p.title} | {describe(p)} | {p.source} | {p.notes.strip()} |"
        for p in presets
    ]
    return "\n".join([*head, *rows, ""])


def _list(presets: Sequence[Preset]) -> str:
    names = ", ".join(f"`{preset.full_name}`" for preset in presets)
    return f"Presets: {names}. {presets[0].notes}\n"


def _levels_table(size: int) -> str:
    head = [
        f"| at {size} px | {' | '.join(f'severity {n}' for n in SEVERITIES)} |",
        "|---|" + "---|" * len(SEVERITIES),
    ]
    rows = [f"| {factor} | {' | '.join(map(_level, levels(factor, size)))} |" for factor in FACTORS]
    return "\n".join([*head, *rows, ""])


def _level(level: Level) -> str:
    parts = []
    if level.blur is not None:
        parts.append(f"σ {level.blur:.4g} px")
    if level.side is not None:
        parts.append(f"{level.side} px left")
    if level.noise is not None:
        parts.append(f"noise {level.noise:g}/255")
    if level.quality is not None:
        parts.append(f"JPEG {level.quality}")
    return ", ".join(parts)


def face(size: int) -> Image:
    """The astronaut's face, size×size."""
    crop = skimage.data.astronaut()[5:205, 125:325]
    return np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def presets_picture() -> Image:
    """Every preset that draws otherwise than those before it, three LQs each, in three columns."""
    names: dict[object, list[Preset]] = {}
    for preset in (p for p in PRESETS.values() if p.per_face == 1):
        names.setdefault(preset.draws, []).append(preset)
    blocks = [_captioned(" = ".join(p.id for p in same), _three(same[0])) for same in names.values()]
    blocks += [np.full_like(blocks[0], 255)] * (-len(blocks) % COLUMNS)
    rows = [np.hstack(blocks[i : i + COLUMNS]) for i in range(0, len(blocks), COLUMNS)]
    return np.vstack(rows)


def _three(preset: Preset) -> list[Image]:
    last = len(preset.draws) - 1 if isinstance(preset.draws, Grid) else 0
    return [_lq(preset, seed, place) for seed, place in zip(SEEDS, (0, last // 2, last), strict=True)]


def ladders_picture() -> Image:
    """A row for each factor at 128 px, not resized: the HQ and its five severities."""
    rows = []
    for factor in FACTORS:
        ladder = PRESETS[f"ladder-{factor}-128"]
        hq = face(ladder.size)
        size = (ladder.size, ladder.size)
        lqs = [apply(draw_recipe(ladder, 0, "astronaut", size, n - 1), hq) for n in SEVERITIES]
        rows.append(_captioned(ladder.id, [_middle(image) for image in (hq, *lqs)]))
    return np.vstack(rows)


def _middle(image: Image) -> Image:
    top, left = ((side - TILE) // 2 for side in image.shape[:2])
    return image[top : top + TILE, left : left + TILE]


def _lq(preset: Preset, seed: int, position: int) -> Image:
    size = (preset.size, preset.size)
    return _tile(apply(draw_recipe(preset, seed, "astronaut", size, position), face(preset.size)))


def _tile(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _captioned(text: str, tiles: Sequence[Image]) -> Image:
    """Tiles side by side under one line of text, cut to their width."""
    row = np.hstack(tiles)
    caption = np.full((16, row.shape[1], 3), 255, np.uint8)
    cv2.putText(caption, text, (2, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (40, 40, 40), 1, cv2.LINE_AA)
    block = np.vstack([caption, row])
    return np.asarray(
        cv2.copyMakeBorder(block, 0, 4, 0, 6, cv2.BORDER_CONSTANT, value=(255, 255, 255)), dtype=np.uint8
    )


def small_png(image: Image) -> bytes:
    """A PNG of 80 colours: pictures in the repository stay small."""
    file = BytesIO()
    Pillow.fromarray(image).quantize(80, dither=Pillow.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def stale(path: Path, image: Image) -> bool:
    """Whether a picture is missing or is not this one, palette and small differences aside."""
    if not path.is_file():
        return True
    old = read_image(path)
    return old.shape != image.shape or float(np.abs(old.astype(float) - image).mean()) > 5


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    text, pictures = page(), {PICTURE: presets_picture(), LADDERS: ladders_picture()}
    if wanted.write:
        write_text(PAGE, text)
        for path, image in pictures.items():
            write_bytes(path, small_png(image))
    elif not PAGE.is_file() or PAGE.read_text() != text or any(stale(*pair) for pair in pictures.items()):
        raise SystemExit("docs/presets.md or a picture is stale: run `python docs/presets_page.py --write`.")


if __name__ == "__main__":
    main()
