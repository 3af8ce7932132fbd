"""The cards of aligned faces: facts for programs, and the same in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrbench.degradations.align.photo import Settings

README, FACTS = "README.md", "align.json"
UNKNOWN = "Not stated: whoever made the set said nothing. Ask before you use it."


@dataclass(frozen=True, slots=True)
class Facts:
    """`align.json`."""

    photographs: int
    kept: int
    skipped: Mapping[str, int]  # by reason
    people: int
    largest_person: int  # faces
    splits: Mapping[str, int]  # faces; empty: no splits
    source: str
    licence: str
    settings: Settings
    index_sha256: str


def facts(
    settings: Settings,
    reasons: Mapping[str, int],
    people: NDArray[np.int64],
    splits: Mapping[str, int],
    *,
    source: str,
    licence: str,
    index_sha256: str,
) -> Facts:
    """Put together: `reasons` has how many photographs were skipped for each, `people` the faces of each."""
    return Facts(
        photographs=sum(reasons.values()),
        kept=int(people.sum()),
        skipped={reason: count for reason, count in sorted(reasons.items()) if reason},
        people=len(people),
        largest_person=int(people.max()),
        splits=dict(sorted(splits.items())),
        source=source,
        licence=licence,
        settings=settings,
        index_sha256=index_sha256,
    )


def in_short(reasons: Mapping[str, int]) -> str:
    """ "3 blurred, 1 no face": the commonest first."""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {reason}" for reason, count in ordered if reason) or "none skipped"


def in_words(facts: Facts) -> str:
    """README.md. The same facts give the same text."""
    sections = {
        "What it is": _what(facts),
        "What was left out": _left_out(facts),
        "The people": _people(facts),
        "Source and licence": f"- Source: {facts.source or UNKNOWN}\n- Licence: {facts.licence or UNKNOWN}",
        "Files": _FILES,
        "Use it": "    bfrbench degrade faces/ DATA --index index.csv",
        "Known limits": _LIMITS,
    }
    return "# Aligned faces\n" + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def _what(facts: Facts) -> str:
    settings = facts.settings
    return (
        f"{facts.kept} faces of {facts.photographs} photographs, {settings.size}×{settings.size} px, aligned "
        f"by five points to the FFHQ template. The points are those of the detector `{settings.detector}`; "
        "they are frozen in `index.csv`, so that nobody needs to find them again."
    )


def _left_out(facts: Facts) -> str:
    limits = facts.settings.limits
    several = "the largest was taken" if limits.largest else "the photograph was skipped"
    return (
        f"{facts.photographs - facts.kept} photographs: {in_short(facts.skipped)}. `report.csv` names "
        "each.\n\nA face was kept when it is\n\n"
        f"- enlarged at most {limits.most_enlarged:g} times,\n"
        f"- turned so far that its nose is at most {limits.most_turned:g} eye distances aside,\n"
        f"- of a shape that lies at most {limits.most_misshapen:g} eye distances off the template,\n"
        f"- at most {limits.most_outside:.0%} beyond the photograph's edge, where it is mirrored,\n"
        f"- of sharpness {limits.least_sharp:g} or more (the share of its gradients that a blur of σ = 1 px "
        "takes),\n"
        f"- alone: with a second face of {limits.second_face:g} times its size or more, {several}."
    )


def _people(facts: Facts) -> str:
    if facts.settings.recogniser:
        text = (
            f"{facts.people} people, told apart by `{facts.settings.recogniser}`: a guess, which rather "
            f"joins two who look alike than tears one apart. The largest has {facts.largest_person} faces."
        )
    else:
        text = "Nobody told people apart: each photograph counts as a person of its own, which may be wrong."
    if facts.splits:
        parts = ", ".join(f"{split} {count}" for split, count in facts.splits.items())
        text += f" Splits by person: {parts}."
    return text + (
        "\n\nUnknown, unless you know it: whether the people agreed, and their age, sex, skin and origin. No "
        "result on this set speaks for all."
    )


_FILES = """- `faces/NAME.png`: the faces; `set-aside/`: those of near-duplicates
- `index.csv`: a row per face: person, split, landmarks in the crop, its photograph, measures
- `report.csv`: a row per photograph: kept, or why not; `kept.jpg`, `skipped.jpg`: some of each to look at
- `align.json`: this card for programs, with the index's sha256"""

_LIMITS = """- Landmarks are a detector's, not marked by hand.
- Limits are measured, not judged: look at `kept.jpg`, and take away what does not belong.
- Photographs from phones and the web are themselves compressed: "clean" faces hold weak traces of it."""
