"""Write docs/ablations.md from the scores of the ablation board, or check that it is fresh.

python docs/ablation_page.py --write
python docs/ablation_page.py --check    # exit status 1 when it is stale
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import pandas as pd

from bfrbench.benchmark.open_scores import RunScores, check_comparable, open_scores
from bfrbench.benchmark.statistics.paired import Paired, holm, paired
from bfrbench.errors import InputError
from bfrbench.files import write_text
from bfrbench.reference_model.training.ablation import ABLATIONS
from bfrbench.reference_model.training.config import GfpganTraining, read_config
from bfrbench.types import Direction

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "ablations.md"
BOARD = ROOT / "leaderboards" / "results" / "reference128-ablations"
FULL: Final = "full"
METRICS: Final[Mapping[str, tuple[str, Direction, int]]] = {
    "lpips/alex": ("LPIPS (alex)", "lower", 4),
    "identity/dlib": ("Identity (dlib)", "lower", 4),
    "psnr/rgb": ("PSNR (rgb)", "higher", 2),
    "ssim/rgb": ("SSIM (rgb)", "higher", 4),
}
"""Of single images: what it is called, which way is better, digits printed."""
SET: Final = "fd/dlib"
MEANT: Final[Mapping[str, str]] = {
    "full": "everything",
    "no-prior": "the decoder starts from noise, not from the trained StyleGAN2",
    "no-sft": "no spatial modulation: the prior gets latent codes alone",
    "sft-on-all-channels": "modulation of every channel, not of half of them",
    "no-pyramid": "no L1 at the U-Net's lower resolutions",
    "no-components": "no discriminators of eyes and mouth, and no Gram loss of theirs",
    "no-identity": "no identity loss",
    "l1-only": "L1 to the truth and nothing else",
}

HEAD = """# Ablations of the reference GFP-GAN

What each part of GFP-GAN is worth *at this scale*: {rows} trainings with the same faces, steps and seeds,
in each of which one part is missing; each with {seeds} seeds. [The configuration][config] says how,
`bfrbench train ablation` makes them all, [the board][board] has every run, and `python
docs/ablation_page.py --write` made this page from the board's raw scores.

[config]: ../reference_model/training/configs/ablation-128.toml
[board]: boards/reference128-ablations.md

**Read it as what it is:** {steps}, on {images} held-back faces of {people} people. So short a training
says which part helps *early*, not where each would end.
"""

EFFECTS = """
## What is lost without each part

Row minus *full*, each the mean of its seeds, image by image, with 95 % intervals by person. In brackets,
what each seed says on its own; the intervals know nothing of how much another training would differ, the
brackets show it. **Bold**: the interval leaves out 0, the signed-rank test agrees after Holm's correction
for all {tests} comparisons, and every seed has the same sign.
"""


READING = """
## Is it what the paper saw?

Of the paper's ablations (Wang et al., CVPR 2021, section 4.4) we have the words, not the numbers, so only
the order can be compared.

- **The prior** is what makes pictures look real: without it LPIPS loses more than by taking away anything
  else, as the paper says. But identity and PSNR are *better* without it, which the paper does not see;
  perhaps because a decoder from noise is led by its input alone at first.
- **Spatial modulation** is what keeps the person: without it identity and PSNR collapse, as the paper
  says, and LPIPS is even a little better.
- **Half of the channels against all**: the paper finds half better for realism. Not seen here: all
  channels are a little better by everything.
- **Pyramid loss**: a little better LPIPS and PSNR with it, as the paper says; identity is a little better
  without.
- **Component losses**: nothing that both seeds agree on and the tests confirm. Their discriminators had
  60 steps; a null result, and no verdict on them.
- **Identity loss**: buys identity with LPIPS and PSNR.
- **L1 alone** has the best PSNR, and next to the worst LPIPS: the perception-distortion trade-off.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One part taken away: its runs, a seed each."""

    name: str
    runs: tuple[RunScores, ...]

    def values(self, metric: str) -> pd.Series:
        """By image, the mean over seeds."""
        return pd.concat([run.values[metric] for run in self.runs], axis=1).mean(axis=1)

    def mean(self, metric: str) -> float:
        """Over seeds, of a run's mean."""
        return fmean(mean(run, metric) for run in self.runs)


def mean(run: RunScores, metric: str) -> float:
    """A run's score; raises InputError where it has none, for then the table would be of other images."""
    score = run.score(metric)
    if score is None or score.mean is None or score.n != score.expected:
        raise InputError(f"{run.name} has no whole {metric}: score it again.")
    return score.mean


def read(board: Path) -> list[Row]:
    """Every row of the board, `full` first, with all its seeds."""
    rows = [
        Row(name, tuple(open_scores(place) for place in sorted(board.glob(f"gfpgan-{name}-seed*"))))
        for name in ABLATIONS
    ]
    if len({len(row.runs) for row in rows}) != 1 or not rows[0].runs:
        raise InputError(f"{board} does not have as many seeds of each of {', '.join(ABLATIONS)}.")
    check_comparable([run.entry for row in rows for run in row.runs])
    return rows


def effects(rows: Sequence[Row]) -> dict[tuple[str, str], Paired]:
    """Each row but the first against the first, by each metric of single images."""
    people = list(rows[0].runs[0].people.values())
    return {
        (row.name, metric): paired(
            list(row.values(metric)), list(rows[0].values(metric)), people, better=better
        )
        for row in rows[1:]
        for metric, (_, better, _) in METRICS.items()
    }


def page(board: Path) -> str:
    """The page in Markdown."""
    rows = read(board)
    found = effects(rows)
    corrected = dict(zip(found, holm([effect.p for effect in found.values()]), strict=True))
    seen = rows[0].runs[0]
    schedule = _schedule()
    head = HEAD.format(
        rows=len(rows),
        seeds=len(rows[0].runs),
        steps=schedule,
        images=len(seen.values),
        people=len(set(seen.people.values())),
    )
    names = [label for label, _, _ in METRICS.values()]
    means = [
        f"| {row.name} | {MEANT[row.name]} | "
        + " | ".join(f"{row.mean(metric):.{digits}f}" for metric, (_, _, digits) in METRICS.items())
        + f" | {row.mean(SET):.4f} |"
        for row in rows
    ]
    arrows = [f"{label} {'↓' if better == 'lower' else '↑'}" for label, better, _ in METRICS.values()]
    lines = [
        head,
        "## Means over seeds\n",
        "| row | what is missing | " + " | ".join([*arrows, "FD (dlib) ↓"]) + " |",
        "| :-- | :-- |" + " --: |" * (len(names) + 1),
        *means,
        EFFECTS.format(tests=len(found)),
        "| row | " + " | ".join(arrows) + " |",
        "| :-- |" + " :-- |" * len(names),
        *_effects(rows, found, corrected),
        READING,
    ]
    return "\n".join(lines)


def _effects(
    rows: Sequence[Row],
    found: Mapping[tuple[str, str], Paired],
    corrected: Mapping[tuple[str, str], float],
) -> Iterator[str]:
    for row in rows[1:]:
        cells = []
        for metric, (_, _, digits) in METRICS.items():
            effect = found[row.name, metric]
            alone = [
                mean(run, metric) - mean(full, metric)
                for run, full in zip(row.runs, rows[0].runs, strict=True)
            ]
            cells.append(_cell(effect, corrected[row.name, metric], alone, digits))
        yield f"| {row.name} | " + " | ".join(cells) + " |"


def _cell(effect: Paired, p: float, alone: Sequence[float], digits: int) -> str:
    if effect.difference is None or effect.low is None or effect.high is None:
        raise InputError("A difference is infinite: the ablation board holds a perfect image.")
    agree = len({value > 0 for value in alone}) == 1
    sure = agree and p < 0.05 and (effect.low > 0 or effect.high < 0)
    said = f"{effect.difference:+.{digits}f}"
    seeds = ", ".join(f"{value:+.{digits}f}" for value in alone)
    interval = f"[{effect.low:+.{digits}f}, {effect.high:+.{digits}f}]"
    return f"{f'**{said}**' if sure else said} {interval} ({seeds})"


def _schedule() -> str:
    config = read_config(ROOT / "reference_model/training/configs/ablation-128.toml", GfpganTraining)
    return (
        f"{config.schedule.images} images in batches of {config.batch} for each run, "
        f"the discriminators from image {config.adversarial_from} on"
    )


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        write_text(PAGE, page(BOARD))
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page(BOARD):
        raise SystemExit("docs/ablations.md is stale: run `python docs/ablation_page.py --write`.")


if __name__ == "__main__":
    main()
