"""Write the README's generated parts anew, or check that they are fresh.

    python docs/generate.py --write            # run the demo and the session, write README.md and the picture
    python docs/generate.py --check            # the same, but only compare; exit status 1 when stale
    python docs/generate.py --check --demo DIR # with a demo that has been run already

Numbers may differ by one in their last printed digit between machines (processors sum in other orders);
hashes and seconds are not compared.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from bfrbench.files import write_text
from bfrbench.leaderboards.board import make_board
from bfrbench.leaderboards.entry import read_entry
from bfrbench.leaderboards.render import markdown_table
from bfrbench.pixels import read_image, write_png
from bfrbench.types import Image

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "astronaut.png"
PAIR = "astronaut-2"
SHOWN = ("lq", "nlm", "bilateral", "wiener", "gfpgan-128", "hq")

SESSION = (
    "bfrbench degrade demo/faces pairs128 --preset gfpgan-release-128 --index demo/faces.csv --copies 4",
    "bfrbench verify pairs128",
    "bfrbench restore pairs128 runs/reference -r gfpgan-128",
    "bfrbench score runs/reference --against pairs128",
)


def run_demo(folder: Path) -> Path:
    """Run the demo in `folder`; returns where it is."""
    command = [sys.executable, "-m", "bfrbench", "demo", "demo", "--json"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "demo"


def session(demo: Path) -> str:
    """The verbs, one after another, with what they really print."""
    shown = []
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "demo").symlink_to(demo.resolve())
        environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}
        for command in SESSION:
            words = [sys.executable, "-m", *shlex.split(command)]
            done = subprocess.run(
                words, cwd=place, env=environment, check=True, capture_output=True, text=True
            )
            lines = [line.rstrip() for line in done.stdout.splitlines()]
            shown.append("\n".join([f"$ {command}", *lines]))
    return "```console\n" + "\n\n".join(shown) + "\n```"


def board(demo: Path) -> str:
    """The demo's board as a table without intervals, and what could not be computed."""
    entries = [read_entry(run) for run in sorted((demo / "runs").iterdir())]
    made = make_board(entries, title="bfrbench demo")
    left_out = ", ".join(note.partition(":")[0] for note in made.notes)
    return (
        f"{markdown_table(made, intervals=False)}\n\nNot computed on 128 px, or without weights: {left_out}."
    )


def strip(demo: Path, edge: int = 192) -> Image:
    """One face as every restorer left it, side by side, with captions: only the astronaut is shown."""
    tiles = []
    for name in SHOWN:
        image = read_image(demo / "runs" / name / "restored" / f"{PAIR}.png")
        tile = cv2.resize(image, (edge, edge), interpolation=cv2.INTER_CUBIC)
        caption = np.full((26, edge, 3), 255, np.uint8)
        text = name.upper() if name in ("lq", "hq") else name
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
        place = ((edge - width) // 2, 18)
        cv2.putText(caption, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60, 60, 60), 1, cv2.LINE_AA)
        gap = np.full((edge + 26, 6, 3), 255, np.uint8)
        tiles += [np.concatenate([tile, caption]), gap]
    return np.asarray(np.concatenate(tiles[:-1], axis=1), dtype=np.uint8)


def replace(text: str, name: str, content: str) -> str:
    """Put `content` between the marks of block `name`."""
    pattern = re.compile(rf"(<!-- {name}: generated -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
    found = pattern.sub(lambda match: match[1] + content + match[2], text, count=1)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no block {name!r}.")
    return found


NUMBER = re.compile(r"-?\d+\.\d+")


def same(ours: str, theirs: str) -> bool:
    """Equal but for hashes, and for one in the last digit of any number."""
    ours, theirs = (re.sub(r"[0-9a-f]{12,64}", "#", text) for text in (ours, theirs))
    if NUMBER.sub("#", ours) != NUMBER.sub("#", theirs):
        return False
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)
    return all(abs(float(a) - float(b)) < 1.5 * 10.0 ** -len(a.partition(".")[2]) for a, b in pairs)


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    parser.add_argument("--demo", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        demo = wanted.demo or run_demo(Path(place))
        text = README.read_text()
        fresh = replace(replace(text, "session", session(demo)), "board", board(demo))
        if wanted.write:
            write_text(README, fresh)
            write_png(PICTURE, strip(demo))
        elif not same(text, fresh):
            raise SystemExit("README.md is stale: run `make readme` and commit what it wrote.")


if __name__ == "__main__":
    main()
