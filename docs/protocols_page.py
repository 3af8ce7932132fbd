"""Write docs/protocols.md, what the numbers mean and which never compare, or check that it is fresh.

    python docs/protocols_page.py --write
    python docs/protocols_page.py --check    # exit status 1 when it is stale

The values of all variants on one restored image are computed with the weights that are at hand; `--check`
looks at everything but that table, because it depends on them.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import skimage.data

from bfrbench.alignment import crop_face
from bfrbench.benchmark.judges.judge import NoFaceSeen, picture_of
from bfrbench.benchmark.metrics.metric import Metric, SetMetric, weights_of, why_not
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.degradations.presets import draw_recipe, find_preset
from bfrbench.degradations.recipe import apply
from bfrbench.files import write_text

PAGE: Final = Path(__file__).parent / "protocols.md"
_VALUES: Final = ("<!-- values -->", "<!-- end of values -->")

# found once by a detector and checked by eye: eyes, nose tip, mouth corners
_ASTRONAUT: Final = np.array(
    [[203.35, 103.62], [247.52, 104.45], [224.10, 127.69], [203.96, 143.14], [242.91, 143.67]]
)

INTRODUCTION: Final = """# What the numbers mean, and which must never be compared

Generated from the metrics and protocols themselves by `python docs/protocols_page.py --write`; do not edit.

Two numbers may be compared when **metric, variant, version, data set and reference** are the same. bfrbench
puts all five into every score and refuses a board that mixes them. The field's papers print one famous name
over numbers that differ in network, resizing, colour order, reference set or unit; here each variant has an
id of its own.

- **PSNR, SSIM**: of R, G and B or of luma; with or without first matching the output's colours to the HQ's.
- **LPIPS**: AlexNet, VGG, red and blue exchanged, values in [0, 1] where [-1, 1] is meant: four different
  numbers.
- **FID**: the resizing to 299 px (clean, legacy, tf1), and the reference set (this data set's HQ, or FFHQ).
  FID grows as sets shrink, so sets of different size never compare. A distance through another network is
  called `fd`, never FID.
- **Identity**: degrees, radians, cosines and Euclidean distances of five networks; on landmarks that are
  frozen with the data set, found on the restored image, or on the whole picture without any.
- **LMD**: pixels at the image's own size, or fractions of the eye distance; with or without first moving
  the face.
- **NIQE**: of BT.601 luma (papers) or of MATLAB's grey; pyiqa's is of yet another luma.
"""


def one_image(metric: Metric, pictures: tuple[object, object]) -> str:
    """The metric's value on the degraded astronaut, or why there is none."""
    if isinstance(metric, SetMetric):
        return "of sets"
    if reason := why_not(metric):
        return (
            f"needs {', '.join(f'`{name}`' for name in weights_of(metric))}" if weights_of(metric) else reason
        )
    try:
        return f"{metric.value(*pictures[: 1 + metric.needs_hq]):.4g}"
    except (NoFaceSeen, ValueError) as error:
        return str(error)


def values() -> Iterator[str]:
    """A table of every metric of the table on one image, famous names together."""
    hq = crop_face(skimage.data.astronaut(), _ASTRONAUT, 512)  # type: ignore[no-untyped-call]
    recipe = draw_recipe(find_preset("gfpgan-release"), seed=0, name="astronaut", size=(512, 512))
    blurred = np.asarray(cv2.GaussianBlur(apply(recipe, hq), (0, 0), 1.0), dtype=np.uint8)
    pictures = (picture_of(blurred), picture_of(hq))
    yield "| metric | version | better | value | what | source |\n|---|---|---|---|---|---|"
    for metric in METRICS.values():
        cells = (f"`{metric.id}`", metric.version, metric.better, one_image(metric, pictures))
        yield f"| {' | '.join(map(str, (*cells, metric.title, metric.source)))} |"


def section(protocol: Protocol) -> str:
    """One protocol in words and a table."""
    lines = [f"### `{protocol.name}`\n"]
    lines += [
        f"- **Source**: {protocol.source}",
        f"- **Reference**: {protocol.reference}",
        f"- **Alignment**: {protocol.alignment}",
        f"- **Rules**: {protocol.rules}",
    ]
    lines += [f"- **Not here**: {each}" for each in protocol.beyond]
    names = ", ".join(f"`{metric.id}`" for metric in protocol.metrics)
    headline = ", ".join(f"`{name}`" for name in protocol.headline)
    lines += [f"- **Metrics**: {names}", f"- **Headline**: {headline}"]
    return "\n".join(lines)


def families() -> Iterator[str]:
    """Famous names that have several variants: none of them compares with another."""
    by_name: dict[str, list[str]] = {}
    for metric in METRICS.values():
        by_name.setdefault(metric.id.partition("/")[0], []).append(metric.id)
    yield "| name | variants, of which no two compare |\n|---|---|"
    for name, ids in by_name.items():
        if len(ids) > 1:
            yield f"| {name} | {', '.join(f'`{each}`' for each in ids)} |"


def page(rows: Iterable[str]) -> str:
    """The whole page; `rows` are the table of values."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Never compare\n",
            *families(),
            "\n## Every metric on one image\n",
            "scikit-image's astronaut, aligned at 512 px, degraded by `gfpgan-release` (seed 0) and",
            "smoothed: the same image under every variant. Metrics of sets have no value for one image;",
            "where weights are not at hand the table says which.\n",
            _VALUES[0],
            *rows,
            _VALUES[1],
            "\n## Protocols\n",
            "`bfrbench score RUN --against DATA --protocol NAME`. A protocol never changes: a change is a",
            "new version.\n",
            *(section(protocol) + "\n" for protocol in PROTOCOLS.values()),
        ]
    )


def main() -> int:
    """Write the page, or compare."""
    parser = argparse.ArgumentParser(description="Write or check docs/protocols.md.")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        fresh = is_fresh()
        print("fresh" if fresh else f"{PAGE.name} is stale: run `python docs/protocols_page.py --write`.")
        return 0 if fresh else 1
    text = page(values())
    write_text(PAGE, text) if options.write else sys.stdout.write(text)
    return 0


def is_fresh() -> bool:
    """Whether the written page is what this code would write, but for the values."""
    pattern = re.compile(re.escape(_VALUES[0]) + ".*" + re.escape(_VALUES[1]), re.DOTALL)
    return pattern.sub("", PAGE.read_text(encoding="utf-8")) == pattern.sub("", page([]))


if __name__ == "__main__":
    sys.exit(main())
