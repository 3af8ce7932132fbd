"""The cards of an OpenFaces set: facts for programs, the same in words, and who is to be named."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bfrbench.degradations.openfaces.origins import CREDIT, ORIGINS, STUDIO
from bfrbench.degradations.openfaces.recipe import Crop
from bfrbench.files import few

README, ATTRIBUTION = "README.md", "ATTRIBUTION.md"


@dataclass(frozen=True, slots=True)
class Facts:
    """`openfaces.json`."""

    name: str  # openfaces512@1
    size: int
    count: int
    people: int
    splits: Mapping[str, int]  # faces
    people_by_split: Mapping[str, int]
    sets: Mapping[str, int]
    licences: Mapping[str, int]
    licence_bases: Mapping[str, int]
    repositories: Mapping[str, int]
    enlarged: int  # crops with more pixels than their source has there
    missing: tuple[str, ...]  # of the recipe, when the set is a partial one
    index_sha256: str


def facts(name: str, crops: Sequence[Crop], missing: Sequence[str], index_sha256: str) -> Facts:
    """Count what is in a set; one that lacks crops of its recipe is called partial."""
    return Facts(
        name=f"{name}, partial" if missing else name,
        size=crops[0].size,
        count=len(crops),
        people=len({crop.person_id for crop in crops}),
        splits=_counts(crop.split for crop in crops),
        people_by_split=_counts(split for split, _ in {(crop.split, crop.person_id) for crop in crops}),
        sets=_counts(crop.set for crop in crops),
        licences=_counts(crop.licence for crop in crops),
        licence_bases=_counts(crop.licence_basis for crop in crops),
        repositories=_counts(crop.source.repo for crop in crops),
        enlarged=sum(crop.enlarged for crop in crops),
        missing=tuple(missing),
        index_sha256=index_sha256,
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def attribution(crops: Sequence[Crop]) -> str:
    """ATTRIBUTION.md: the text to show with the faces, and each file's own line."""
    lines = [
        f"- {crop.name}: {crop.attribution or ORIGINS[crop.set].title} ({crop.licence}; "
        f"https://github.com/{crop.source.repo}, {crop.source.path})"
        for crop in crops
    ]
    return (
        "# Attribution\n\nShow this with the faces, and with anything trained on them or showing them; "
        f"the part on CC BY is required.\n\n> {CREDIT.replace(chr(10), chr(10) + '> ')}\n\n"
        "## File by file\n\n" + "\n".join(lines) + "\n"
    )


def in_words(facts: Facts) -> str:
    """README.md: the card for people, written from the facts. The same facts give the same text."""
    sections = {
        "What it is": _what(facts),
        "Sources and licences": _sources(facts),
        "The people, and what they agreed to": _people(facts),
        "Limits": _limits(facts),
        "Use it": _use(facts),
        "Cite it": f"Name {facts.name}, and show the text of [{ATTRIBUTION}]({ATTRIBUTION}).",
    }
    return f"# {facts.name}\n" + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def _what(facts: Facts) -> str:
    splits = ", ".join(
        f"{split} {count} ({facts.people_by_split[split]} people)" for split, count in facts.splits.items()
    )
    text = (
        f"{facts.count} faces of {facts.people} people at {facts.size}×{facts.size} px, aligned by five "
        "points to the FFHQ template, under open licences. Nobody distributes the faces: a recipe names each "
        "public source file by commit and sha256, and says how the face is cut out of it; each crop was "
        "checked.\n\n"
        f"Splits by person: {splits}. Nobody is in two of them. The recipe's test split is kept apart."
    )
    if facts.missing:
        text += (
            f"\n\n**Partial**: {len(facts.missing)} crops of the recipe could not be had, so no number on "
            f"this set stands beside one on the whole set. They are {few(facts.missing)}; `openfaces.json` "
            "names all."
        )
    return text


def _sources(facts: Facts) -> str:
    rows = [
        f"| {ORIGINS[name].title} | {count} | {ORIGINS[name].licence} | {ORIGINS[name].why} |"
        for name, count in facts.sets.items()
    ]
    return "\n".join(["| source | faces | licence | how that is known |", "|---|--:|---|---|", *rows])


def _people(facts: Facts) -> str:
    groups: dict[str, int] = {}
    for name, count in facts.sets.items():
        groups[ORIGINS[name].people] = groups.get(ORIGINS[name].people, 0) + count
    known = "\n".join(f"- {people} ({count} face{'s' * (count > 1)})" for people, count in groups.items())
    return (
        f"{known}\n\nA licence is not consent. All are real people, many named by the sources' paths; "
        "publicity and privacy rights remain. The set is for restoration and image quality, not for "
        "recognising anyone.\n\n"
        "Known: adults only. Unknown: age, sex, skin and origin of each person; nothing here records them, "
        "and no result on this set speaks for all."
    )


def _limits(facts: Facts) -> str:
    studio = sum(facts.sets.get(name, 0) for name in STUDIO)
    share = f"{studio} of {facts.count} faces ({studio / facts.count:.0%})"
    limits = (
        f"{share} are from studios with one camera, one light and a plain ground.",
        f"{facts.enlarged} crops are enlarged: their source has fewer pixels there.",
        "Sources are JPEG or PNG files for the web: clean faces hold weak traces of compression.",
        "Frontal to mildly turned faces only; one face a picture; colour only.",
        "Part of a crop may be the mirrored border of its source.",
        "Landmarks are a detector's (SCRFD-2.5g), checked with a second one, not marked by hand.",
        "People were told apart by official ids and by face similarity: a missed match is possible.",
    )
    return "\n".join(f"- {limit}" for limit in limits)


def _use(facts: Facts) -> str:
    licences = ", ".join(facts.licences)
    return (
        "    bfrbench degrade faces/ DATA --index index.csv --split val \\\n"
        f'        --source "{facts.name}" --licence "{licences}"\n\n'
        "`index.csv` has person, split, landmarks in the crop, licence and source of every face. "
        f"`bfrbench data get {facts.name.partition(',')[0]} --out .` checks every face again."
    )
