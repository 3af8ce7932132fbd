"""Make a data set of every preset with this OpenCV, and `verify` it with another one.

    python tests/degradations/across_opencv.py [--other "opencv-python<5"] [--faces 2]

pip fetches the other OpenCV into a scratch folder, which a second process looks into first; nothing that is
installed changes. Prints a Markdown table: pairs with the same bytes, pairs within the tolerance of
`verification.py`, others, and the largest differences in levels of 255.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2

from bfrbench import pixels
from bfrbench.degradations.agreement.batches import faces
from bfrbench.degradations.dataset import make_dataset, verify_dataset
from bfrbench.degradations.presets import PRESETS

FAST = "gfpgan-release --fast"


def make_all(folder: Path, count: int) -> list[Path]:
    """A data set of each preset, and one of the fast mode."""
    sizes = {preset.size for preset in PRESETS.values()}
    for size in sizes:
        (folder / str(size)).mkdir()
        for number, face in enumerate(faces(count, size)):
            pixels.write_png(folder / str(size) / f"{number}.png", face)
    for name in (*PRESETS, FAST):
        preset = PRESETS[name.split()[0]]
        make_dataset(
            folder / str(preset.size),
            folder / "sets" / name,
            preset=preset.id,
            copies=preset.per_face,
            fast=name == FAST,
        )
    return [folder / "sets" / name for name in (*PRESETS, FAST)]


def verify(folder: Path) -> dict[str, Any]:
    """One row of the table; called by the process that sees the other OpenCV."""
    result = verify_dataset(folder)
    off = [*result.within_tolerance, *result.differing]
    return {
        "preset": folder.name,
        "opencv": cv2.__version__,
        "pairs": result.total,
        "same": result.same,
        "near": len(result.within_tolerance),
        "other": len(result.differing) + len(result.missing),
        "levels": max((item.levels or 0 for item in off), default=0),
        "mean": max((item.mean or 0.0 for item in off), default=0.0),
    }


def install(other: str, target: Path) -> None:
    """The other OpenCV alone, without what it depends on; exits with a sentence when there is none."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), other]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"pip could not fetch {other!r}: is the package index reachable?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--other", default="opencv-python<5", help="what pip is asked for")
    parser.add_argument("--faces", type=int, default=2)
    parser.add_argument("--verify", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.verify:
        for folder in options.verify:
            print(json.dumps(verify(folder)), flush=True)
        return
    with tempfile.TemporaryDirectory() as scratch:
        install(options.other, Path(scratch) / "other")
        folders = make_all(Path(scratch), options.faces)
        seen = subprocess.run(
            [sys.executable, __file__, "--verify", *map(str, folders)],
            env={**os.environ, "PYTHONPATH": str(Path(scratch) / "other")},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    rows = [json.loads(line) for line in seen.splitlines()]
    print(f"Made with OpenCV {cv2.__version__}, verified with {rows[0]['opencv']}.\n")
    print("| preset | pairs | same bytes | within tolerance | other | largest, levels | largest mean |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print("| {preset} | {pairs} | {same} | {near} | {other} | {levels} | {mean:.4f} |".format(**row))
    print("| all | {} | {} | {} | {} | {} | {:.4f} |".format(*totals(rows)))


def totals(rows: list[dict[str, Any]]) -> list[float]:
    """The last row."""
    sums = [sum(row[key] for row in rows) for key in ("pairs", "same", "near", "other")]
    return [*sums, *(max(row[key] for row in rows) for key in ("levels", "mean"))]


if __name__ == "__main__":
    main()
