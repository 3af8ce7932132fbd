"""A user's own copy of one of the field's sets: recognised, told from others of its name, and recorded.

Nothing is copied. OUT gets a manifest with the checksum of every file, the data set's cards, and `links.json`
that says where the images are. The manifest names no place, so equal copies have equal manifests: its sha256
is what to compare with a colleague's, or with one's own a year later.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bfrbench import files
from bfrbench.degradations import manifest
from bfrbench.degradations.card import README
from bfrbench.degradations.catalog.entry import Entry
from bfrbench.degradations.catalog.findings import Finding, Seen, about_files, about_hq, look, mean_psnr
from bfrbench.degradations.catalog.words import card_in_words
from bfrbench.degradations.manifest import LINKS, Links
from bfrbench.degradations.pairs import Made
from bfrbench.degradations.plan import CARD
from bfrbench.engine import HERE, Engine
from bfrbench.errors import NameMismatch, OutputError
from bfrbench.types import Card


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a copy is like."""

    entry: Entry
    images: int
    sizes: Mapping[str, int]  # width×height → images
    psnr: float | None  # dB, of the sampled LQ against HQ; None: no HQ
    findings: tuple[Finding, ...]
    manifest_sha256: str = ""  # of the record; '': not recorded

    @property
    def is_it(self) -> bool:
        """Whether nothing speaks against it."""
        return not any(finding.weight == "wrong" for finding in self.findings)


def recognise(
    entry: Entry,
    lq: Path,
    hq: Path | None,
    out: Path,
    *,
    engine: Engine = HERE,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Recognition:
    """Look at a copy of a set, and record it in OUT when nothing speaks against it.

    `lq` is the folder of LQ images, or the set's only one; `hq` the folder of HQ images with the same names.
    Where OUT has a record already, the copy is compared with it, file by file. Raises InputError (no images,
    an image that is none), NameMismatch (LQ and HQ), OutputError (OUT holds something else).
    """
    there, clean = files.images_in(lq), files.images_in(hq) if hq else {}
    if hq and there.keys() != clean.keys():
        alone = sorted(there.keys() ^ clean.keys())
        raise NameMismatch(f"{len(alone)} names are in one of {lq} and {hq} alone: {files.few(alone)}.")
    _begin(out)
    seen: list[Seen] = []
    for done, image in enumerate(engine.map(partial(look, clean), there.items(), together=16), 1):
        seen.append(image)
        on_progress(done, len(there))
    psnr = mean_psnr([(there[name], clean[name]) for name in clean]) if clean else None
    findings = [*about_files(entry, seen, lq), *about_hq(entry, seen, psnr)]
    sizes = Counter(f"{width}×{height}" for width, height in (image.size for image in seen))
    recognition = Recognition(entry, len(seen), dict(sorted(sizes.items())), psnr, tuple(findings))
    if not recognition.is_it:
        return recognition
    links = Links(str(lq.resolve()), str(hq.resolve()) if hq else None)
    return _record(recognition, seen, links, out)


def _begin(out: Path) -> None:
    known = {CARD, manifest.MANIFEST, LINKS, README}
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; the record of a copy needs a folder.")
    others = sorted(path.name for path in out.iterdir() if path.name not in known) if out.is_dir() else []
    if others:
        raise OutputError(f"{out} already holds other things ({files.few(others)}). Choose another --out.")


def _record(recognition: Recognition, seen: Sequence[Seen], links: Links, out: Path) -> Recognition:
    """Write the record; or compare with the one that is there, which stays as it is."""
    entry = recognition.entry
    if (out / CARD).is_file():
        card, old = manifest.read_manifest(out, ("name", "lq_sha256", "hq_sha256"))
        if card.name != entry.id:
            raise OutputError(f"{out} is the record of {card.name}, not of {entry.id}. Choose another --out.")
        then = {row["name"]: (row["lq_sha256"], row["hq_sha256"]) for row in old.to_dict("records")}
        now = {image.name: (image.sha256, image.hq_sha256) for image in seen}
        changed = sorted(
            name for name in then.keys() | now.keys() if _known(then.get(name)) != _known(now.get(name))
        )
        if changed:
            sentence = f"{len(changed)} files are not those that {out} recorded: {files.few(changed)}."
            findings = (*recognition.findings, Finding("wrong", sentence))
            return replace(recognition, findings=findings, manifest_sha256=card.manifest_sha256)
        files.write_json(out / LINKS, links)  # the copy may have moved
        return replace(recognition, manifest_sha256=card.manifest_sha256)
    files.make_folder(out)
    rows = manifest.table([Made(_row(image), {}) for image in seen], {})
    files.write_parquet(out / manifest.MANIFEST, rows)
    card = _card(entry, len(seen), files.sha256_file(out / manifest.MANIFEST))
    files.write_json(out / LINKS, links)
    files.write_text(out / README, card_in_words(entry, card, recognition.sizes))
    files.write_json(out / CARD, card)
    return replace(recognition, manifest_sha256=card.manifest_sha256)


def _known(hashes: tuple[object, object] | None) -> tuple[object, ...]:
    """Hashes of a file and of its HQ; a table says NA where there is no HQ."""
    return tuple(value for value in hashes or () if isinstance(value, str))


def _row(image: Seen) -> dict[str, object]:
    return {
        "name": image.name,
        "source_file": image.file,
        "source_sha256": image.sha256,
        "lq_sha256": image.sha256,
        "hq_sha256": image.hq_sha256,
        "width": image.size[0],
        "height": image.size[1],
        "person_id": image.name,
        "split": None,
        "landmarks": None,
        "recipe": None,
    }


def _card(entry: Entry, images: int, manifest_sha256: str) -> Card:
    return Card(
        name=entry.id,
        count=images,
        people=images,  # nobody says who is who
        preset=None,
        preset_source=entry.text("what"),
        seed=None,
        copies=1,
        source=entry.text("published"),
        licence=entry.text("licence"),
        manifest_sha256=manifest_sha256,
    )
