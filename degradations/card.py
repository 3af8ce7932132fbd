"""The data card in words: `README.md` inside a data set, written from its facts and from nothing else."""

import shlex
from collections.abc import Sequence

import pandas as pd

from bfrbench.degradations.pairs import Shard
from bfrbench.degradations.plan import Plan
from bfrbench.degradations.presets import Preset
from bfrbench.types import Card

README = "README.md"

_CARRIED_OUT = {
    True: "Recipes are carried out exactly.",
    False: "Recipes are carried out in the fast mode, to nearly the same pixels (`--fast`).",
}
_UNKNOWN = "Not stated: whoever made the set said nothing. Ask before you use it."


def in_words(card: Card, rows: pd.DataFrame, preset: Preset, plan: Plan, shards: Sequence[Shard]) -> str:
    """The whole text in Markdown; `rows` is the manifest. The same data set gives the same text."""
    sections = {
        "What it is": _what(card, rows),
        "The degradations": _degradations(card, preset, plan),
        "The people": _people(card, rows, plan),
        "Source and licence of the faces": _origin(card),
        "Files": _files(shards),
        "Check it": "    bfrbench verify .\n\nmakes every LQ again from HQ and recipe, and compares bytes.",
        "Make it again": _again(card, plan),
        "Known limits": _limits(card, rows, preset),
    }
    return f"# {card.name}\n" + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def _what(card: Card, rows: pd.DataFrame) -> str:
    return (
        f"{card.count} pairs of faces for blind face restoration: a high-quality image (HQ) and the "
        f"low-quality one (LQ) that bfrbench {card.tools['bfrbench']} made of it, {card.copies} of each HQ. "
        f"Sizes in pixels, width × height: {_counts(_sizes(rows))}."
    )


def _sizes(rows: pd.DataFrame) -> pd.Series:
    return rows["width"].astype(str) + "×" + rows["height"].astype(str)


def _counts(values: pd.Series, most: int = 8) -> str:
    """ "512×512 (90), 500×512 (3)": the commonest first, equals by name."""
    ordered = sorted(values.value_counts().items(), key=lambda item: (-int(item[1]), str(item[0])))
    more = f", and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(f"{value} ({count})" for value, count in ordered[:most]) + more


def _degradations(card: Card, preset: Preset, plan: Plan) -> str:
    return (
        f"Preset `{card.preset}`, {preset.title}; root seed {card.seed}.\n\n"
        f"- Source: {preset.source}\n"
        f"- Uncertain, or other than the source: {preset.notes or 'nothing known.'}\n\n"
        "Each pair's recipe is drawn from the seed, the preset and the pair's name; the manifest holds every "
        f"recipe, whole as JSON and flat in columns. {_CARRIED_OUT[plan.mode == 'exact']}"
    )


def _people(card: Card, rows: pd.DataFrame, plan: Plan) -> str:
    text = f"{card.people} people."
    if not _has_index(plan):
        text += " No index said who is who: each image counts as a person of its own, which may be wrong."
    splits = rows["split"].dropna()
    if splits.empty:
        return f"{text} There are no splits."
    parts = [
        f"- {split}: {len(part)} pairs of {part['person_id'].nunique()} people"
        for split, part in rows.groupby("split", sort=True)
    ]
    rule = (
        "by the index that the set was made with"
        if plan.splits is None
        else f"{plan.splits} (train/val/test) by sha256(person_id) mod 100"
    )
    return f"{text} Splits, {rule}; nobody is in two of them:\n\n" + "\n".join(parts)


def _origin(card: Card) -> str:
    return f"- Source: {card.source or _UNKNOWN}\n- Licence: {card.licence or _UNKNOWN}"


def _files(shards: Sequence[Shard]) -> str:
    images = (
        f"- `shards/`: {len(shards)} tars in WebDataset's layout, each sample `NAME.lq.png`, `NAME.hq.png` "
        "and `NAME.json`; `shards.json` has the sha256 of each"
        if shards
        else "- `lq/NAME.png`, `hq/NAME.png`: the pairs"
    )
    return (
        f"{images}\n"
        "- `manifest.parquet`: a row per pair: hashes of both images, person, split, landmarks, recipe\n"
        "- `dataset.json`: this card for programs, with the manifest's sha256\n"
        "- `plan.json`: what the set was made of, by the sha256 of each HQ file"
    )


def _again(card: Card, plan: Plan) -> str:
    options = {
        "--preset": card.preset,
        "--seed": card.seed,
        "--copies": card.copies,
        "--index": "INDEX.csv" if _has_index(plan) else None,
        "--splits": plan.splits,
        "--shards": plan.shards,
        "--source": card.source or None,
        "--licence": card.licence or None,
    }
    words = [str(word) for option in options.items() if option[1] is not None for word in option]
    command = shlex.join(words + (["--fast"] if plan.mode != "exact" else []))
    tools = ", ".join(
        f"{tool} {version}" for tool, version in card.tools.items() if tool not in ("cpu", "ipp")
    )
    return (
        f"    bfrbench degrade HQ OUT {command}\n\n"
        "HQ is a folder with the files that the manifest names as `source_file`, of the `source_sha256` there"
        f"{'; INDEX.csv holds its people, splits and landmarks' if _has_index(plan) else ''}. "
        f"The same tools on the same kind of processor give the same bytes: {tools}."
    )


def _has_index(plan: Plan) -> bool:
    return any(
        face.labels.person_id != face.name
        or face.labels.landmarks is not None
        or (plan.splits is None and face.labels.split is not None)
        for face in plan.faces
    )


def _limits(card: Card, rows: pd.DataFrame, preset: Preset) -> str:
    limits = [
        "The LQ images are synthetic: a method that does well on them may do otherwise on real photographs.",
        "Nothing here says whose faces these are by age, sex or skin: no result on this set speaks for all.",
    ]
    if preset.stands_in_for:
        limits.append(
            f"The ranges are not those of {preset.stands_in_for}, which were not found: no number on this "
            "set stands beside that paper's."
        )
    other = int(((rows["width"] != preset.size) | (rows["height"] != preset.size)).sum())
    if other:
        limits.append(
            f"{other} of {card.count} HQ images are not {preset.size}×{preset.size} px, the size that the "
            f"pixel ranges of {preset.id} are meant for."
        )
    bare = int(rows["landmarks"].isna().sum())
    if bare:
        limits.append(
            f"{bare} of {card.count} pairs have no landmarks: judges take their faces as aligned to the "
            "FFHQ template."
        )
    return "\n".join(f"- {limit}" for limit in limits)
